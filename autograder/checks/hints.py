"""Hints: three steps, and then a sister question worked by the engine, all folded.

They are read from a small file that lies beside the notebook, so they work offline, cost nothing and are recorded
nowhere. The sister question is stated there as its author wrote it; what is shown of it is derived when it is shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from autograder.checks.show import Shown, folded, indented, plain

FILE = "hints.json"
HEADINGS = {1: "where to look", 2: "the rule", 3: "the next line"}
SISTER = "A sister question, worked"


def hint(exercise: str) -> Shown:
    """Show the hints of an exercise, to be opened one by one: where to look, the rule, the next line, an example.

    Args:
        exercise: its name, such as ``"02-tilted-bowl"``.

    Returns:
        What is shown; one sentence where there is no such exercise, or no file of hints beside the notebook.
    """
    try:
        exercises = _read()
    except LookupError as problem:
        return _sentence(str(problem.args[0]))
    if exercise not in exercises:
        near = get_close_matches(str(exercise), exercises, n=2, cutoff=0.4) or sorted(exercises)
        return _sentence(
            f"There are no hints for {exercise!r} beside this notebook; there are some for {_listed(near)}."
        )
    said = exercises[exercise]
    parts = list(_parts(said))
    text = [f"{summary}\n{indented(text)}" for summary, _, text in parts]
    markdown = [folded(summary, markdown) for summary, markdown, _ in parts]
    return Shown("\n".join([said["title"], *text]), "\n\n".join([f"**{said['title']}**", *markdown]))


def summary(step: int) -> str:
    """Return the line under which a hint is folded."""
    return f"Hint {step}: {HEADINGS[step]}"


def _parts(said: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for number, step in enumerate(said["steps"], start=1):
        yield summary(number), step, step
    if said["sister"]:
        from autograder.checks.worked import Worked, worked

        try:
            example = worked(said["sister"])
        except (TypeError, ValueError):  # somebody has changed the file
            broken = f"It cannot be worked here; take {FILE} from the course once more."
            example = Worked(broken, broken)
        yield SISTER, example.markdown, example.text


def _sentence(text: str) -> Shown:
    return Shown(text, plain(text))


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _read() -> Mapping[str, Any]:
    """Read the file of hints in the notebook's folder.

    Raises:
        LookupError: it is not there, or damaged; the message is for the learner.
    """
    session = os.environ.get("JPY_SESSION_NAME", "")  # the notebook's path, where Jupyter tells it
    for folder in dict.fromkeys([Path.cwd(), *([Path(session).parent] if session else [])]):
        try:
            exercises: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))["exercises"]
            if not all({"title", "steps", "sister"} <= set(said) for said in exercises.values()):
                raise ValueError
            return exercises
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise LookupError(f"{FILE} beside this notebook is damaged; take it from the course once more.") from None
    raise LookupError(
        f"There is no {FILE} beside this notebook, where its hints are; copy it there from the course, or open the "
        "folded hints in the notebook."
    )
