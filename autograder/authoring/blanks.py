"""Solution regions and what a learner finds in their place: a pure function from text to text.

The released blank must run without an error and must not pass, so it keeps the names and the ``return`` that the code
around it needs, with ``...`` for each value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

BEGIN = "BEGIN SOLUTION"
END = "END SOLUTION"


class SolutionMarks(ValueError):
    """The solution marks of a cell do not pair; ``line`` is the line within the cell, counted from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Region:
    """The lines of a solution; ``begin`` and ``end`` are the lines of its marks, counted from 1."""

    begin: int
    end: int
    source: str


def regions(source: str) -> tuple[Region, ...]:
    """Find the solution regions of a cell.

    Raises:
        SolutionMarks: a mark without its partner, one region inside another, or an empty one.
    """
    lines = source.splitlines()
    found: list[Region] = []
    begin: int | None = None
    for number, line in enumerate(lines, start=1):
        if BEGIN in line:
            if begin is not None:
                raise SolutionMarks(f"{BEGIN} stands inside another region; end that one first", number)
            begin = number
        elif END in line:
            if begin is None:
                raise SolutionMarks(f"{END} has no {BEGIN} before it; add it", number)
            text = "\n".join(lines[begin : number - 1])
            if not text.strip():
                raise SolutionMarks("there is no solution between these marks; write it", begin)
            found.append(Region(begin, number, text))
            begin = None
    if begin is not None:
        raise SolutionMarks(f"{BEGIN} has no {END} after it; add it", begin)
    return tuple(found)


def blank(source: str) -> str:
    """Return an answer cell as it is released: each solution region replaced by its stub.

    Raises:
        SolutionMarks: the marks do not pair.

    >>> print(blank('def f(x):\\n    ### BEGIN SOLUTION\\n    y = 2 * x\\n    return y\\n    ### END SOLUTION'))
    def f(x):
        return ...
    """
    lines = source.splitlines()
    for region in reversed(regions(source)):
        mark = lines[region.begin - 1]
        indent = mark[: len(mark) - len(mark.lstrip())]
        lines[region.begin - 1 : region.end] = [indent + line for line in _stub(region.source)]
    return "\n".join(lines)


def solved(source: str) -> str:
    """Return an answer cell as a learner who knows would have it: the solution without its marks."""
    return "\n".join(line for line in source.splitlines() if BEGIN not in line and END not in line)


def _stub(solution: str) -> list[str]:
    """A return stays a return, an assignment binds its names, lines of a list stay lines; all else leaves the dots."""
    try:
        body = ast.parse(dedent(solution)).body
    except SyntaxError:  # half a statement: an else without its if, the middle of a call
        return ["..."]
    if body and isinstance(body[-1], ast.Return) and body[-1].value is not None:
        return ["return ..."]
    entries = [s.value.elts if isinstance(s, ast.Expr) and isinstance(s.value, ast.Tuple) else [] for s in body]
    if entries and all(entries):  # lines of a list that begins before the mark
        return ["...,"] * sum(map(len, entries))
    targets = dict.fromkeys(name for statement in body for name in _targets(statement))
    return [f"{name} = ..." for name in targets] or ["..."]


def _targets(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Assign):
        stored = [node for target in statement.targets for node in ast.walk(target)]
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        stored = [statement.target]
    else:
        return
    yield from (node.id for node in stored if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
