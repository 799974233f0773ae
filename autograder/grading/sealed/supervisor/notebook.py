"""Takes one notebook through its two processes, cell by cell.

What is the student's runs in the student's process; what is the instructor's and no test runs in both, for both need
what it defines; a test runs in the tests' process alone, which the student's code never sees.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograder.grading.rebuild import Blueprint
from autograder.grading.sealed import names
from autograder.grading.sealed.inside.outputs import cut_notebook, unpacked
from autograder.grading.sealed.supervisor.clean import clean, error, size
from autograder.grading.sealed.supervisor.pair import AGAIN, ENDED, Pair, Reply, Solution
from autograder.grading.sealed.supervisor.verdict import judge

Cell = dict[str, Any]


def run_notebook(text: str, plans: Sequence[Blueprint], pair: Pair) -> str:
    """Run a notebook.

    Args:
        text: the rebuilt notebook.
        plans: the instructor's cells, in order.
        pair: its processes.

    Returns:
        The notebook as text, with outputs; graded cells have those from which nbgrader reads their marks.
    """
    notebook = json.loads(text)
    run = _Run(plans, pair)
    cells = list(_code(notebook["cells"]))
    for cell in cells:
        run.cell(cell)
    run.judge()
    for count, cell in enumerate(cells, start=1):
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
    pair.pass_on()
    return json.dumps(notebook, ensure_ascii=False)  # with an indent it takes three times as long


def _code(cells: Sequence[Cell]) -> Iterator[Cell]:
    """The cells that are run; no cell keeps what only we may say of it."""
    for cell in cells:
        cell["metadata"].pop("mcourse", None)
        cell["source"] = "".join(cell["source"])  # the format allows a list of lines
        if cell["cell_type"] == "code":
            yield cell


class _Run:
    def __init__(self, plans: Sequence[Blueprint], pair: Pair) -> None:
        self.pair = pair
        self.order, self.passed = plans, 0
        self.places: Mapping[str, int] = {plan.name: place for place, plan in enumerate(plans) if plan.name}
        self.asked = _asked(plans)
        self.alone = _alone(plans)
        free = [plan for plan in plans if plan.cell_type == "code" and not (plan.solution or plan.locked or plan.grade)]
        self.unlocked = sorted(frozenset[str]().union(*(names.bound(plan.source) for plan in free)))
        self.solutions: list[Solution] = []
        self.said: list[tuple[Cell, Blueprint, Reply]] = []
        self.room = pair.limits.notebook_output

    def cell(self, cell: Cell) -> None:
        """Run one cell where it belongs, and leave its outputs in it."""
        own = cell["metadata"].get("nbgrader") or {}
        place = self.places.get(own["grade_id"], -1) if "grade_id" in own else -1
        plan = self.order[place] if place >= 0 else None
        self._catch_up(place)
        if plan is None or not plan.locked:
            self._theirs(cell, place)
        elif plan.grade and not plan.solution:
            self._test(cell, plan)
        else:
            self._given(cell, place)

    def _catch_up(self, place: int) -> None:
        """Take note of the instructor's cells down to this one: what solutions bind, and what plain cells define."""
        while self.passed <= place:
            passed = self.order[self.passed]
            self.passed += 1
            if passed.cell_type != "code":
                pass
            elif passed.solution:
                self.solutions.append((passed.source, passed.changes, passed.imports))
            elif not passed.locked and not passed.grade and passed.source.strip():
                alone = self.alone[self.passed - 1]
                self.pair.run_given(passed.source, self._noted(), ran_there=False, alone=alone)

    def _noted(self) -> list[Solution]:
        noted, self.solutions = self.solutions, []
        return noted

    def _theirs(self, cell: Cell, place: int) -> None:
        added = place < 0
        gives = () if not added and self.order[place].solution else self.unlocked
        reply = self.pair.run_theirs(cell["source"], gives, () if added else self.asked[place], added)
        cell["outputs"] = self._outputs(reply)

    def _given(self, cell: Cell, place: int) -> None:
        reply = self.pair.run_theirs(cell["source"], sorted(names.bound(cell["source"])), self.asked[place])
        cell["outputs"] = self._outputs(reply)
        self.pair.run_given(cell["source"], self._noted(), _ended_well(reply), self.alone[place])

    def _outputs(self, reply: Reply) -> list[dict[str, Any]]:
        """What a cell of the student's process is left with, as far as the notebook has room for it."""
        outputs = _outputs(reply, self.pair)
        taken = size(outputs)
        if taken > self.room:
            said = cut_notebook(self.pair.limits.notebook_output)
            return [{"output_type": "stream", "name": "stdout", "text": said}]
        self.room -= taken
        return outputs

    def _test(self, cell: Cell, plan: Blueprint) -> None:
        self.said.append((cell, plan, self.pair.run_test(cell["source"], self._noted())))

    def judge(self) -> None:
        """Judge what the tests said: all at once, for between two cells it takes five times as long."""
        for said in self.said:
            self._judge(*said)

    def _judge(self, cell: Cell, plan: Blueprint, reply: Reply) -> None:
        if reply.body is None:
            cell["outputs"] = [_unfinished(reply)]
            if reply.died and reply.ran and not reply.limit:
                cell["metadata"]["mcourse"] = {"manual": "The process of the tests ended while it ran this one."}
            return
        verdict = judge(reply.body, plan.points, self.pair.limits)
        cell["outputs"] = verdict.outputs
        if reply.limit and not verdict.manual:
            cell["outputs"].append(_unfinished(reply))
        if verdict.manual:
            cell["metadata"]["mcourse"] = {"manual": verdict.manual}


def _asked(plans: Sequence[Blueprint]) -> list[list[str]]:
    """For each cell, the names that the tests which follow at once are going to ask the student's process for."""
    theirs, ours, later = frozenset[str](), frozenset(vars(builtins)), frozenset[str]()
    asked: list[list[str]] = [[] for _ in plans]
    before = 0
    for place, plan in enumerate(plans):
        if plan.cell_type != "code":
            continue
        source = plan.source
        if plan.solution:
            theirs |= names.bound(source) | set(plan.changes)
            before = place
            continue
        later |= names.read_later(source)
        if plan.grade and plan.locked:
            reads = names.read(source)
            unknown = reads - ours - names.bound(source)  # what a test binds itself is not the student's to know of
            asked[before] = sorted({*asked[before], *((reads | later) & theirs), *unknown})
        else:
            before = place
        ours |= names.bound(source)
    return asked


def _alone(plans: Sequence[Blueprint]) -> list[bool]:
    """For each cell, whether it is a given one that needs nothing but what such cells before it have defined."""
    code = [plan for plan in plans if plan.cell_type == "code"]
    theirs = frozenset[str]().union(*(names.bound(plan.source) for plan in code if plan.solution))
    known, alone = frozenset(vars(builtins)), []
    for plan in plans:
        source = plan.source if plan.cell_type == "code" else ""
        binds = names.bound(source)
        given = plan.cell_type == "code" and not (plan.solution or plan.grade or binds & theirs)
        alone.append(given and names.is_python(source) and names.read(source) <= known | binds)
        known = known | binds if alone[-1] else known - binds - set(plan.changes)
    return alone


def _outputs(reply: Reply, pair: Pair) -> list[dict[str, Any]]:
    """What a cell of the student's process is left with."""
    body = reply.body
    outputs = clean(unpacked(body[0]), pair.limits, trusted=False) if type(body) is tuple and len(body) == 2 else []
    return outputs if body is not None and not reply.limit else [*outputs, _unfinished(reply)]


def _ended_well(reply: Reply) -> bool:
    """Whether a cell of the student's process ran to its end without an error."""
    return type(reply.body) is tuple and len(reply.body) == 2 and reply.body[1] is False


def _unfinished(reply: Reply) -> dict[str, Any]:
    """Say why a cell did not come to its own end."""
    if not reply.ran:
        return error("LimitReached", f"this cell was not run: {reply.limit}")
    if reply.limit:
        return error("LimitReached", f"this cell was stopped: {reply.limit}. {AGAIN if reply.died else ''}".rstrip())
    return error("ProcessEnded", f"{ENDED}. {AGAIN}")
