"""Feedback pages: processor seconds of `nbgrader generate_feedback` and of ours over the same submissions, as a ratio.

Run: python benchmarks/feedback.py [--course build/demo] [--assignment 02_gradients] [--students 60]
The course must have been graded (`make demo`); a copy of it is given a class of the size that is asked for, each of
whom has the work of a student of its own. Both then write everybody's pages, each as a process that is started for it;
ours once more with nothing changed. Targets: 200 pages in under 20 s, and at least ten times less than nbgrader.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

from nbgrader.api import Gradebook

OURS = """
import sys
from pathlib import Path
from autograder.grading import Grading, write_feedback
write_feedback(Path("."), Grading(sys.argv[1], marks=dict.fromkeys(sys.argv[2].split(","), {})))
"""
PAGES_SECONDS, RATIO = 20.0, 10.0


def make_class(course: Path, assignment: str, size: int) -> list[str]:
    """Give a graded course a class of invented students, each with the work and the marks of one that it has."""
    graded = course / "autograded"
    own = sorted(path.parent.name for path in graded.glob(f"*/{assignment}"))
    students = [f"student-{k:03}" for k in range(size)]
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy's, of nbgrader's way of adding a submission
        for k, student in enumerate(students):
            model = own[k % len(own)]
            shutil.copytree(graded / model / assignment, graded / student / assignment)
            gradebook.add_student(student)
            made = gradebook.add_submission(assignment, student)
            marks = {
                (notebook.name, grade.name): grade
                for notebook in gradebook.find_submission(assignment, model).notebooks
                for grade in notebook.grades
            }
            for notebook in made.notebooks:
                for grade in notebook.grades:
                    known = marks.get((notebook.name, grade.name))
                    grade.auto_score = known.auto_score if known else 0.0
                    grade.needs_manual_grade = bool(known and known.needs_manual_grade)
        gradebook.db.commit()
    for student in own:
        shutil.rmtree(graded / student)
    shutil.rmtree(course / "feedback", ignore_errors=True)
    return students


def measure(command: list[str], course: Path, students: list[str], assignment: str) -> tuple[float, float]:
    """Run a command; its processor seconds, its children's included, and its seconds on the clock."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    began = time.monotonic()
    child = subprocess.Popen(command, cwd=course, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = child.stdout.read() if child.stdout else b""
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    made = [student for student in students if any((course / "feedback" / student / assignment).glob("*.html"))]
    if child.returncode or made != students:
        sys.exit(f"{command[1:4]} made {len(made)} of {len(students)} pages:\n{said.decode()[-2000:]}")
    return used.ru_utime + used.ru_stime, time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--course", type=Path, default=Path("build/demo"))
    parser.add_argument("--assignment", default="02_gradients")
    parser.add_argument("--students", type=int, default=60)
    given = parser.parse_args()
    if not (given.course / "autograded").is_dir():
        sys.exit(f"{given.course} has no graded work; grade a course first, such as with: make demo")
    with tempfile.TemporaryDirectory() as folder:
        course = Path(shutil.copytree(given.course, Path(folder) / "course"))
        (course / "nbgrader_config.py").write_text("c = get_config()\n")  # nbgrader's own template, not ours
        students = make_class(course, given.assignment, given.students)
        ours = [sys.executable, "-c", OURS, given.assignment, ",".join(students)]
        stock = [sys.executable, "-m", "nbgrader", "generate_feedback", given.assignment, "--force"]
        costs = {
            "nbgrader": measure(stock, course, students, given.assignment),
            "ours": measure(ours, course, students, given.assignment),
            "ours, nothing changed": measure(ours, course, students, given.assignment),
        }
    for name, (cpu, wall) in costs.items():
        each = 1e3 * cpu / len(students)
        print(f"{name:22s} {cpu:7.2f} CPU s, {wall:7.2f} s, {each:7.1f} ms of CPU a student, start-up included")
    ratio = costs["nbgrader"][0] / costs["ours"][0]
    whole = costs["ours"][0] / len(students) * 200
    print(f"nbgrader takes {ratio:.1f} times as much; at this rate 200 pages take us {whole:.1f} CPU s")
    return int(ratio < RATIO or whole > PAGES_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
