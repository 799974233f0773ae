"""Put lessons and exercises where a learner works on them, and leave alone what the learner has changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.ledger import Ledger, Outcome
from autograder.checks.hints import FILE


@dataclass(frozen=True)
class Workspace:
    """What :func:`write_workspace` did.

    Args:
        folder: the workspace.
        written: files that are new, or newer than before.
        current: files that already were as they should be.
        kept: files that the learner has changed and that were left alone, though the course has another text.
    """

    folder: Path
    written: tuple[Path, ...]
    current: tuple[Path, ...]
    kept: tuple[Path, ...]


def write_workspace(course: Path, into: Path) -> Workspace:
    """Copy the lessons and the released exercises of a built course to ``NN_name/{lesson,exercises}.ipynb``.

    The file of hints comes along, beside the exercises.

    Args:
        course: a built course directory.
        into: the learner's folder; made when it is not there.

    Raises:
        FileNotFoundError: the course is not built.
    """
    notebooks = sorted((*course.glob("lessons/*/lesson.ipynb"), *course.glob("release/*/exercises.ipynb")))
    if not notebooks:
        raise FileNotFoundError(f"{course} holds no lessons and no exercises; build the course into it first")
    hints = sorted(course.glob(f"release/*/{FILE}"))
    ledger = Ledger(into)
    done: dict[Outcome, list[Path]] = {"written": [], "current": [], "kept": []}
    for file in (*notebooks, *hints):
        name = f"{file.parent.name}/{file.name}"
        done[ledger.put(name, file.read_bytes())].append(into / name)
    return Workspace(into, tuple(done["written"]), tuple(done["current"]), tuple(done["kept"]))
