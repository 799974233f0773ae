"""Grading: processor seconds and time of `nbgrader autograde` and of ours over the same submissions, as ratios.

Run: python benchmarks/grading.py [--submissions 200] [--stock 4] [--ours 200] [--units 02_gradients,...] [--jobs 2]
Both graders run as processes of their own, over one student and over several; so the start is known apart from what a
submission costs, and is spread over as many submissions as a class has. Ours grades the whole class, for its first
submissions cost more than the others; nbgrader's cost the same each, and it grades a few. A process's seconds are what
the system says of it and of all its descendants. On a shared machine trust those, and not the time on the clock.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from grading_classes import BUSY, ORDINARY, first, make_ordinary, make_units, unit_names

CHILD_SUBREAPER = 36
FEW = 20
"""Submissions of the ordinary course that ours grades: each computes for a while, and costs what the first ones do."""
STAGES = ("intake", "run", "write", "feedback")


@dataclass(frozen=True)
class Cost:
    """What a process took.

    Args:
        cpu: processor seconds, its descendants' included.
        wall: seconds on the clock.
        said: what it printed last, if it was one of ours.
    """

    cpu: float
    wall: float
    said: dict[str, Any]


def measure(command: Sequence[str], cwd: Path, watch: Callable[[int], None] | None = None) -> Cost:
    """Run a command and wait for it."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.monotonic()
        child = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=err)
        while watch is not None and os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            watch(child.pid)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        cpu = used.ru_utime + used.ru_stime + orphans()
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode:
            sys.exit(f"{' '.join(command[1:4])} ended with {child.returncode}:\n{out.read()}{err.read()[-3000:]}")
        lines = out.read().splitlines()
    said = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return Cost(cpu, wall, said)


def adopt() -> None:
    """Have what our descendants leave behind handed to us, so that its seconds are counted too.

    A sandbox's first process is not waited for by the program that started it.
    """
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(CHILD_SUBREAPER, 1, 0, 0, 0):
        sys.exit("the system does not say what descendants of descendants have used")


def orphans() -> float:
    """Wait for everything that was left behind, and return its processor seconds."""
    seconds = 0.0
    with suppress(ChildProcessError):
        while True:
            _, _, used = os.wait4(-1, 0)
            seconds += used.ru_utime + used.ru_stime
    return seconds


def stock(course: Path, assignment: str) -> Cost:
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write('\nc.Autograde.pop("autograde_preprocessors", None)  # else it would be ours that runs\n')
    return measure([sys.executable, "-m", "nbgrader", "autograde", assignment], course)


def ours(course: Path, assignment: str, jobs: int = 1, *more: str, watch: Callable[[int], None] | None = None) -> Cost:
    script = str(Path(__file__).resolve().with_name("grading_ours.py"))
    command = [sys.executable, script, str(course), assignment, str(jobs), *more]
    return measure(command, course, watch)


# --- what is measured -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """What a grader costs: so much at the start, and so much for each submission."""

    start: float
    each: float

    @classmethod
    def through(cls, one: Cost, many: Cost, count: int) -> Line:
        """The line through the costs of one submission and of several."""
        each = (many.cpu - one.cpu) / (count - 1)
        return cls(one.cpu - each, each)

    def spread(self, over: int) -> float:
        """Processor seconds of a submission in a class of this size."""
        return self.each + self.start / over


def tell(what: str, figure: float, unit: str, goal: str) -> None:
    print(f"  {what:52s} {figure:9.2f} {unit:6s} goal: {goal}", flush=True)


def compare(
    course: Path, assignment: str, args: argparse.Namespace, room: Path, most: int = sys.maxsize
) -> tuple[float, float]:
    """Processor seconds of a submission of one assignment: nbgrader's, and ours, which grades so many at most."""
    lines = []
    for grader, count in ((stock, args.stock), (ours, min(most, args.ours))):
        costs = [grader(first(course, room / f"{assignment}-{grader.__name__}-{n}", n), assignment) for n in (1, count)]
        lines.append(Line.through(*costs, count))
    theirs, mine = lines
    spread = theirs.spread(args.submissions), mine.spread(args.submissions)
    print(
        f"  {assignment:24s} nbgrader {theirs.each:6.3f} s each + {theirs.start:4.1f}, ours {mine.each:6.3f} s each + "
        f"{mine.start:4.1f}: {spread[0] / spread[1]:5.1f} times less for {args.submissions}",
        flush=True,
    )
    if assignment == ORDINARY and mine.each < BUSY:
        sys.exit(f"{mine.each:.2f} s for what computes {BUSY} s: some process's seconds were not counted")
    return spread


def untested(course: Path, unit: str, args: argparse.Namespace, room: Path) -> float:
    """Processor seconds that we would take for a submission if no test had to be run."""
    counts = 1, args.ours
    costs = [ours(first(course, room / f"{unit}-untested-{n}", n), unit, 1, "untested") for n in counts]
    return Line.through(*costs, args.ours).spread(args.submissions)


class Memory:
    """Watches the processes below one: the largest sum of the private memory of those that come and go."""

    def __init__(self) -> None:
        self.samples: list[dict[int, int]] = []

    def __call__(self, pid: int) -> None:
        """Look once."""
        found: dict[int, int] = {}
        for process in _below(pid):
            try:
                found[process.pid] = process.memory_full_info().uss
            except psutil.Error:  # it has ended
                continue
        self.samples.append(found)
        time.sleep(0.02)

    @property
    def largest(self) -> float:
        """In megabytes."""
        seen: dict[int, int] = defaultdict(int)
        for sample in self.samples:
            for pid in sample:
                seen[pid] += 1
        lasting = {pid for pid, times in seen.items() if times > len(self.samples) / 2}
        return max((sum(uss for pid, uss in s.items() if pid not in lasting) for s in self.samples), default=0) / 1e6


def _below(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def class_of_one_unit(course: Path, unit: str, args: argparse.Namespace, room: Path) -> None:
    """A whole class on one unit: time, stages, several at once, memory."""
    count, memory = args.submissions, Memory()
    several = ours(first(course, room / "several", count), unit, args.jobs)
    alone = ours(first(course, room / "alone", count), unit, 1, "feedback")
    ours(first(course, room / "memory", min(count, 10)), unit, watch=memory)
    print(f"{unit}, {count} submissions (times on the clock of a machine that others may use too):")
    tell(f"graded with --jobs {args.jobs}", several.said["seconds"], "s", f"{30 * count / 200:.0f} s on 2 cores")
    tell("graded with --jobs 1", alone.said["seconds"], "s", "-")
    tell(f"--jobs {args.jobs} against --jobs 1", alone.said["seconds"] / several.said["seconds"], "times", "1.7")
    tell("feedback pages", alone.said["stages"]["feedback"], "s", f"{20 * count / 200:.0f} s for {count}")
    tell("feedback pages, processor", alone.said["cpu_of_feedback"], "s", "-")
    tell("imports", alone.said["imports"], "s", "with the next: 2 s")
    tell("from the call to the first mark", alone.said["until_first"], "s", "with the one before: 2 s")
    tell("memory of the processes of one submission", memory.largest, "MB", "200 MB")
    for stage in STAGES:
        tell(f"{stage}, each", 1e3 * alone.said["stages"][stage] / count, "ms", "-")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=200, help="size of the class")
    parser.add_argument("--stock", type=int, default=4, help="submissions of each assignment that nbgrader grades")
    parser.add_argument("--ours", type=int, default=200, help="submissions of each assignment that we grade")
    parser.add_argument("--units", default="", help="names with commas; by default all")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once, where that is measured")
    parser.add_argument("--skip", default="", help="of: units, ordinary, class")
    args = parser.parse_args()
    adopt()
    units = args.units.split(",") if args.units else unit_names()
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        course = make_units(room / "units", units, max(args.submissions, args.ours, args.stock))
        if "units" not in args.skip:
            print("units, processor seconds of a submission:")
            costs = [compare(course, unit, args, room) for unit in units]
            tell("median of the units", statistics.median(one / other for one, other in costs), "times", "25")
            free = [one / untested(course, unit, args, room) for unit, (one, _) in zip(units, costs, strict=True)]
            tell("the most that could be, if tests took no time", statistics.median(free), "times", "-")
        if "ordinary" not in args.skip:
            print(f"an ordinary course that computes {BUSY} s:")
            busy = make_ordinary(room / "busy", max(FEW, args.stock))
            one, other = compare(busy, ORDINARY, args, room, most=FEW)
            tell("all of it", one / other, "times", "3")
            tell("the most that could be, at no cost of ours", one / BUSY, "times", "-")
            tell("what is not its own compute", (one - BUSY) / (other - BUSY), "times", "-")
        if "class" not in args.skip:
            class_of_one_unit(course, units[0], args, room)


if __name__ == "__main__":
    main()
