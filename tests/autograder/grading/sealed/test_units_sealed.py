"""Units of the course through the sealed executor: solutions earn full marks and blanks nothing, however kept apart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.utils import determine_grade, is_grade
from tasks import why_not

from autograder.authoring.build import build
from autograder.grading.rebuild import Blueprint, rebuild, with_plain
from autograder.grading.sealed import Limits, Sealed
from autograder.grading.sealed.supervisor.sandbox import find_bubblewrap
from autograder.grading.work import Task

COURSE = Path(__file__).parents[4] / "course"
WANTED = ("00_start", "02_gradients", "04_differentials", "09_hessians", "10_conv1d")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the units, built: costs, figures, typed formulas, steps and variants are among them."""
    into = tmp_path_factory.mktemp("units") / "course"
    build([COURSE / "units" / name for name in WANTED], into, config=COURSE / "nbgrader_config.py")
    return into


def task(built: Path, unit: str, step: str) -> Task:
    """The instructor's own notebook, or the released blank, handed in."""
    source, handed_in = (nbformat.read(next((built / s / unit).glob("*.ipynb")), 4) for s in ("source", step))
    plans = with_plain([_plan(cell) for cell in source.cells if "nbgrader" in cell.metadata], source.cells)
    own = {path.name: path.read_bytes() for path in (built / "source" / unit).iterdir() if path.suffix != ".ipynb"}
    notebook = nbformat.writes(rebuild(handed_in.cells, plans))
    environment = {"MC_SEED": "7", "MC_STUDENT": "bob"}
    return Task("bob", unit, {"n": notebook}, {"n": plans}, {}, own, environment, Limits())


def _plan(cell: Any) -> Blueprint:
    own = {name: cell.metadata.nbgrader.get(name, False) for name in ("locked", "grade", "solution", "task")}
    points, checksum = cell.metadata.nbgrader.get("points", 0.0), cell.metadata.nbgrader.get("checksum")
    return Blueprint(cell.metadata.nbgrader.grade_id, cell.cell_type, cell.source, checksum, points=points, **own)


def wrong(sealed: Sealed, what: Task, share: float) -> dict[str, Any]:
    """The tests that gave another share of their points, with what they said."""
    cells = nbformat.reads(sealed.run(what).notebooks["n"], 4).cells
    tests = [cell for cell in cells if is_grade(cell) and not cell.metadata.nbgrader.solution]
    assert len(tests) > 8
    out = {}
    for cell in tests:
        mark, worth = determine_grade(cell)
        if "mcourse" in cell.metadata or mark != share * worth:
            out[cell.metadata.nbgrader.grade_id] = (mark, cell.metadata.get("mcourse"), cell.outputs)
    return out


@pytest.mark.parametrize("unit", WANTED)
def test_a_unit(sealed: Sealed, built: Path, unit: str) -> None:
    """Every exercise of the unit: the solution earns everything, the blank nothing, and nobody has to decide."""
    assert wrong(sealed, task(built, unit, "source"), share=1.0) == {}
    assert wrong(sealed, task(built, unit, "release"), share=0.0) == {}


@pytest.mark.skipif(bool(why_not()) or os.getuid() != 0, reason=why_not() or "this is without root already")
def test_without_root(built: Path) -> None:
    """An ordinary user's submissions are sealed off too, in namespaces of the user's own; costs are held to memory."""
    program = find_bubblewrap()
    assert program is not None
    script = (
        "import os, sys; from pathlib import Path; from test_units_sealed import task, wrong\n"
        "assert os.getuid() == 1000\n"
        "from autograder.grading.sealed import Sealed; built = Path(sys.argv[1])\n"
        "with Sealed() as sealed:\n"
        "    for unit in ('00_start', '09_hessians'):\n"
        "        for step, share in (('source', 1.0), ('release', 0.0)):\n"
        "            assert wrong(sealed, task(built, unit, step), share) == {}, (unit, step)\n"
        "print('well')"
    )
    user = [program, "--unshare-user", "--uid", "1000", "--gid", "1000", "--dev-bind", "/", "/"]
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [*user, sys.executable, "-c", script, str(built)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"PYTHONPATH": paths},
    )
    assert done.stdout.strip() == "well", done.stderr
