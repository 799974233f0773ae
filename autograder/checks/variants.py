"""Questions that differ from student to student, and are the same again for the same student.

The draw depends on the names of the student and the exercise and on nothing else: a learner offline and the grader,
which has a secret for the data of the checks, must draw the same question. So whoever knows a name can find out its
variant. That is no leak: a variant is a question, never an answer.

What varies is a constant, a sign, a letter or a whole line of the question. What the answer's function is called with
never varies, so that code written for one variant runs under every other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograder.checks.identity import called, draw_for
from autograder.checks.show import Shown, plain

if TYPE_CHECKING:
    from autograder.check import Question

VARIANT_TYPE = "application/vnd.mcourse.variant+json"
"""The record by which a submission shows whose variant its answers were written for."""


class Variant:
    """One student's values; made by :func:`variant`.

    ``v.c`` is the value drawn for ``c``, ``v(text)`` fills a template, and ``v.show(f=question)`` as the last line of
    the cell shows the learner the question.
    """

    def __init__(self, exercise: str, drawn_for: str, values: Mapping[str, Any]) -> None:
        self._exercise = exercise
        self._drawn_for = drawn_for
        self._values = dict(values)
        for _ in values:  # a value may be a template of the others, these in turn of others
            self._values = {k: self(value) if isinstance(value, str) else value for k, value in self._values.items()}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._values:
            there = ", ".join(self.__dict__.get("_values", ()))
            raise AttributeError(f"this variant has no {name!r}; it has {there}")
        return self._values[name]

    def __call__(self, template: str) -> str:
        """Fill a template: ``{c}`` becomes the value of ``c``; other braces stay, as indices and LaTeX have them."""
        names = "|".join(map(re.escape, self._values))
        return re.sub(rf"\{{({names})\}}", lambda name: str(self._values[name[1]]), template)

    def show(self, text: str = "", **questions: Question) -> Shown:
        """Return what the learner is shown, to be the last line of the cell.

        Args:
            text: Markdown with ``{c}`` for drawn values, for what formulas do not say.
            questions: the function's name and the question, as in ``v.show(f=bowl_question)``.
        """
        whose = f"drawn for {called(self._drawn_for)}" if self._drawn_for else "drawn without a name"
        words = f" {self(text)}" if text else ""
        asked = [(question.as_text(name), question.as_latex(name)) for name, question in questions.items()]
        lines = [f"Your question ({whose}):{words}", *(f"  {line}" for line, _ in asked)]
        markdown = [f"**Your question** ({plain(whose)}):{words}", *(f"$$\n{line}\n$$" for _, line in asked)]
        return Shown("\n".join(lines), "\n\n".join(markdown), {VARIANT_TYPE: self._record()})

    def _record(self) -> dict[str, Any]:
        return {"exercise": self._exercise, "student": self._drawn_for, "drawn": dict(self._values)}

    def _overview(self) -> Shown:
        return self.show(", ".join(f"`{name}` = `{value}`" for name, value in self._values.items()))

    def __repr__(self) -> str:
        return self._overview().text

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self._overview()._repr_mimebundle_()


def variant(exercise: str, **choices: Sequence[Any]) -> Variant:
    """Draw one student's values for an exercise.

    Args:
        exercise: the exercise's name.
        choices: for each name the values that it can have: numbers, or text, which may hold ``{other}`` names.

    Returns:
        The values, as attributes, and as what fills a template: ``v("x @ A @ x {sign} {c} * (b @ x)")``.

    Raises:
        ValueError: there is nothing to choose from.

    >>> from unittest.mock import patch
    >>> with patch.dict("os.environ", MC_STUDENT="ada"):
    ...     v = variant("02-tilted-bowl", sign=["+", "-"], c=[2, 3, 5])
    >>> v("x @ A @ x {sign} {c} * (b @ x)") == f"x @ A @ x {v.sign} {v.c} * (b @ x)"
    True
    """
    if not isinstance(exercise, str) or not choices:
        raise ValueError('variant: give the exercise and what varies, as in variant("02-tilted-bowl", c=[2, 3, 5])')
    name = draw_for()
    return Variant(exercise, name, dict(drawn(exercise, name, choices)))


def drawn(exercise: str, name: str, choices: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Any]]:
    """Draw a value for each keyword, each by itself, so that one more keyword changes no other's value."""
    for keyword, values in choices.items():
        if keyword == "show":
            raise ValueError("variant: show is what displays the question; give the values another name")
        if not isinstance(values, list | tuple) or len(values) == 0:
            raise ValueError(f"variant: {keyword} = {values!r}; give a list of the values that it can have")
        text = f"variant|{name}|{exercise}|{keyword}"
        number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
        yield keyword, values[number % len(values)]
