"""What is left of a solution in the released cell."""

from __future__ import annotations

import ast
from textwrap import indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.authoring.blanks import SolutionMarks, blank, regions, solved

STUBS = {
    "a return": ("return A @ x", "return ..."),
    "steps, then a return": ("y = A @ x\nif y.any():\n    y = y + 1\nreturn y", "return ..."),
    "a return over several lines": ("return np.sum(\n    A @ x,\n    axis=0,\n)", "return ..."),
    "an assignment": ("y = A @ x", "y = ..."),
    "several assignments": ("y = A @ x\nz = y + 1", "y = ...\nz = ..."),
    "one name twice": ("y = A @ x\ny = y + 1", "y = ..."),
    "names unpacked together": ("(y, z), *w = f(x)", "y = ...\nz = ...\nw = ..."),
    "an annotated name": ("y: float = x[0]", "y = ..."),
    "a name, and a loop that fills it": ("g = np.zeros(3)\nfor i in range(3):\n    g[i] = x[i]", "g = ..."),
    "an entry of an array": ("g[0] = 1", "..."),
    "a bare return": ("return", "..."),
    "an expression": ("f(x)", "..."),
    "lines of a list": ('"2*x @ dx",\n"(x + x) @ dx",', "...,\n...,"),
    "a line of a list": ("(x + x) @ dx,", "...,"),
    "the last line of a list": ('"(x + x) @ dx"', "..."),
    "a whole function": ("def f(x):\n    return x", "..."),
    "half a statement": ("else:\n    y = 1", "..."),
    "an annotation without a value": ("y: float", "..."),
}


def marked(solution: str, margin: str = "") -> str:
    return indent(f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION", margin)


@pytest.mark.parametrize("name", STUBS)
def test_the_stub_rule(name: str) -> None:
    """A return stays one, an assignment binds its names, anything else leaves the dots; the margin stays."""
    solution, stub = STUBS[name]
    assert blank(marked(solution)) == stub
    assert blank(f"def f(x):\n{marked(solution, '    ')}\n    pass") == f"def f(x):\n{indent(stub, '    ')}\n    pass"


def test_what_stands_around_a_region_stays() -> None:
    """A worked example keeps its lines and loses only the marked ones."""
    cell = f'def f(x):\n    """Doc."""\n    y = 2 * x\n{marked("return y + 1", "    ")}\n\n\n{marked("a = 1")}'
    assert blank(cell) == 'def f(x):\n    """Doc."""\n    y = 2 * x\n    return ...\n\n\na = ...'
    assert solved(cell) == 'def f(x):\n    """Doc."""\n    y = 2 * x\n    return y + 1\n\n\na = 1'


def test_a_cell_without_regions_stays_as_it_is() -> None:
    """There is nothing to take out where nothing is marked."""
    assert blank("x = 1\n\ny = 2") == "x = 1\n\ny = 2"


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("x = 1\n### BEGIN SOLUTION\ny = 1", 2, "BEGIN SOLUTION has no END SOLUTION after it"),
        ("y = 1\n### END SOLUTION", 2, "END SOLUTION has no BEGIN SOLUTION before it"),
        ("### BEGIN SOLUTION\na = 1\n### BEGIN SOLUTION\n### END SOLUTION", 3, "inside another region"),
        ("### BEGIN SOLUTION\n\n### END SOLUTION", 1, "no solution between these marks"),
    ],
)
def test_marks_that_do_not_pair(source: str, line: int, message: str) -> None:
    """Marks that do not pair are refused with the line within the cell."""
    with pytest.raises(SolutionMarks, match=message) as caught:
        regions(source)
    assert caught.value.line == line


@given(st.lists(st.sampled_from([solution for solution, _ in STUBS.values() if "else" not in solution]), max_size=4))
def test_a_blank_is_python_and_tells_nothing(solutions: list[str]) -> None:
    """Whatever the regions hold, the blank can be parsed and holds none of it."""
    cell = "def f(x):\n    pass\n" + "\n".join(marked(solution, "    ") for solution in solutions)
    ast.parse(blank(cell))
    assert regions(blank(cell)) == ()
    assert "A @ x" not in blank(cell)
