"""Formulas on a feedback page are set without a script and without a network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from live_markup import answer, live, notebook, ours, shown

from autograder.grading.feedback.maths import formula

UNITS = Path(__file__).parents[3] / "course" / "units"

READ = {
    "matrix": r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
    "aligned": r"\begin{aligned} a &= b \\ &= c \end{aligned}",
    "cases": r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
    "operator": r"\operatorname{tr}(A^\top B)",
    "fraction": r"\frac{\partial f}{\partial x^i}",
    "blackboard": r"A \in \mathbb{R}^{m \times n}",
    "norm": r"\lVert Ax - b \rVert_2^2",
    "sympy": r"\left[\begin{matrix}1 & x^{2}\\y & \mathtt{\text{a}}\end{matrix}\right]",
    "brace": r"\underbrace{a + b}_{\text{sum}}",
    "kronecker": r"B^\top \otimes A",
    "less": "a < b",
}


def body(page: str) -> str:
    return page[page.index("<header") :]


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize(
    "write",
    [
        lambda tex: answer(f"so ${tex}$ holds"),
        lambda tex: answer(f"so\n\n$$\n{tex}\n$$\n\nholds"),
        lambda tex: shown("text/latex", f"$\\displaystyle {tex}$"),
        lambda tex: shown("text/markdown", f"so ${tex}$ holds"),
        lambda tex: shown("text/html", f"<p>so ${tex.replace('<', '&lt;').replace('& ', '&amp; ')}$ holds</p>"),
    ],
    ids=["answer", "display", "LaTeX", "Markdown", "HTML"],
)
def test_set(name: str, write: object) -> None:
    """What the course and sympy write is set as MathML, wherever it stands, and no delimiter is left."""
    page = body(ours(notebook(write(READ[name]))))  # type: ignore[operator]  # a lambda of the table
    assert page.count("<math") == 1
    assert '<code class="tex">' not in page
    assert "$" not in page
    assert "\\(" not in page


def test_parentheses() -> None:
    """Backslash and parenthesis enclose a formula too, in text and in an output."""
    page = body(ours(notebook(answer("so \\\\(x^2\\\\) and"), shown("text/html", "so \\(y\\) and \\[z\\]"))))
    assert page.count("<math") == 3
    assert "\\" not in page


def test_every_formula_of_the_course() -> None:
    """Every formula in the text of the units is set."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(UNITS.glob("*/*.md")))
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    found = set(re.findall(r"(?<![\\$])\$\$?([^$]+)\$\$?", text))
    assert len(found) > 500
    assert [tex for tex in found if not formula(tex).startswith("<math")] == []


@pytest.mark.parametrize(
    "tex",
    [
        r"\href{javascript:x()}{y}", r"\require{html}", r"\style{color:red}{x}", r"\newcommand{\a}{x}\a",
        r"\includegraphics{a}", r"\unicode{x3c}", r"\frac{1}", r"\begin{pmatrix}", "{" * 100_000, r"\sqrt " * 100_000,
        "x" * 30_000,
    ],
    ids=lambda tex: tex[:24],
)  # fmt: skip
def test_source_of_what_cannot_be_read(tex: str) -> None:
    """What is no formula that can be read, or none that a person wrote, is shown as it was typed."""
    assert formula(tex).startswith('<code class="tex">')
    assert not live(ours(notebook(answer(f"${tex}$"))))


def test_dollars() -> None:
    """Prices, code and escaped dollar signs are no formulas."""
    page = body(
        ours(notebook(answer("`$a$` costs \\$5 and \\$6"), shown("text/html", "<p>$5 and $6 <code>$b$</code></p>")))
    )
    assert "<math" not in page
    assert "$5 and $6" in page


def test_a_page_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where formulas take fifty times as many characters as their sources, the last of them are not set any more."""
    monkeypatch.setattr("autograder.grading.feedback.page.MOST_MARKUP", 300_000)
    primes = [shown("text/latex", "'" * 2000 + str(number)) for number in range(20)]
    page = ours(notebook(answer("First $x^2$."), *primes, answer("Last $x^2$.")))
    assert 100_000 < len(page) < 500_000
    assert "First <math>" in page
    assert "Last $x^2$." in page
    assert "This output cannot be shown." in page


def test_mathml_cannot_be_smuggled() -> None:
    """Text in a formula stays text."""
    made = formula(r"\text{<script>x()</script>} < \mathrm{\&lt;img}")
    assert "<script" not in made
    assert "<img" not in made


DEEPEST = """
import os, resource, sys
if len(sys.argv) == 1:
    resource.setrlimit(resource.RLIMIT_STACK, (4 << 20, 4 << 20))
    os.execv(sys.executable, [*sys.orig_argv, "again"])  # the first thread has the stack that its process began with
from autograder.grading.feedback.maths import MOST_COMMANDS, formula
for opening in ("{", "_{", r"\\frac{", r"\\sqrt ", "x^{", r"\\left(", r"\\underbrace{", r"\\hat"):
    formula(opening * (MOST_COMMANDS // sum(map(opening.count, r"\\{^_"))))
print("all")
"""


def test_depth_is_bounded() -> None:
    """The deepest formulas that are tried leave half of a usual stack unused: they cannot take the grader down."""
    ran = subprocess.run([sys.executable, "-c", DEEPEST], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, "all\n")
