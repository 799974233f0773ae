"""What one hostile submission consists of, and the honest work that it is put into.

Separate from the attacks so that these read as tables. In the text of a cell ``@COURSE@``, ``@HOME@``, ``@PORT@``,
``@UDP@`` and ``@SOCKET@`` stand for what a determined student would find out: where the course and the instructor's
home are, and where servers of this machine listen. A cell says ``GOT`` when it has what it was after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Effect = Literal["marks", "secret", "got", "stays", "breaks", "flood", "markup", "forged"]
"""How an attack shows that it has worked: a mark it does not deserve, a planted secret that came out, a cell that says
so, something left behind, other cells or the run lost, output without bound, live markup on the page, a
mistake in the instructor's table that nobody made."""

HONEST: dict[str, str] = {
    "double": "def double(x):\n    return 2 * x",
    "root": "root = 2 ** 0.5",
    "apply": "def apply(f, x):\n    return f(x)",
    "label": 'def label(n):\n    return f"no. {n}"',
    "grad": "def grad(x, A):\n    return (A + A.T) @ x",
    "triple": "def triple(x):\n    return 3 * x",
    "moved": "def moved(x):\n    return Place(x + 1)",
    "area": "import math\n\narea = 4 * math.pi",
    "why": "Because.",
    "last": "last = 5",
}
"""Answers that deserve everything."""

FULL: dict[str, float | None] = dict.fromkeys(
    ("double", "hidden", "root", "apply", "label", "grad", "triple", "moved", "area", "last"), 1.0
)
"""What they get, by test; ``hidden`` tests the answer ``double`` too."""


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Args:
        name: of the attack; the student's too.
        attempts: what it is after, in a sentence.
        by: what it works against: ``stock`` for nbgrader's own executor, or the seal or the defence that was taken out,
            or ``odd`` for what gains nothing anywhere and is here to be survived.
        effect: how that shows.
        first: a cell that runs before the answers; empty for none.
        answers: what is written in place of honest answers.
        loses: the marks that it deserves where they are not full; ``None`` where a person must decide.
        files: what is handed in beside the notebook.
        change: what is done to the notebook before it is handed in.
        place: what is done to the folder that is handed in.
        set_aside: words of the reason, where there is nothing that can be graded.
    """

    name: str
    attempts: str
    by: str
    effect: Effect
    first: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    loses: Mapping[str, float | None] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Any], object] | None = None
    place: Callable[[Path], object] | None = None
    set_aside: str = ""

    @property
    def deserves(self) -> dict[str, float | None]:
        """Its marks, by test."""
        return FULL | dict(self.loses)


ZERO_DOUBLE = {"double": 0.0, "hidden": 0.0}
WRONG_DOUBLE = "def double(x):\n    return 0\n"


def trouble(name: str, attempts: str, text: str, **more: object) -> Attack:
    """An answer that only makes trouble: it deserves nothing, and what is below it everything."""
    options = {"by": "stock", "effect": "breaks", "loses": ZERO_DOUBLE, **more}
    return Attack(name, attempts, answers={"double": text}, **options)  # type: ignore[arg-type] # as the table below gives them
