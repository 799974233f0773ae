"""What a code cell of an exercise may not do, found from its text: each rule raises an error with the line.

These are the ways in which an exercise can give its answer away, or hand out marks for nothing, unnoticed.
"""

from __future__ import annotations

import ast
import builtins
import math
import re
from collections.abc import Iterable

from autograder.authoring import names
from autograder.authoring.blanks import SolutionMarks, regions
from autograder.authoring.model import Cell, Exercise

NBGRADER_MARKS = re.compile(r"(BEGIN|END) (HIDDEN TESTS|MARK SCHEME)|AUTOTEST")
"""Marks by which nbgrader cuts text out of a cell; roles do that here."""

PLACES = {
    ("question", "of"): 0,
    **dict.fromkeys([(how, "of") for how in ("derivative", "formula", "index", "steps", "cost")], 1),
    ("shape", "of"): 1,
    ("equal", "to"): 1,
    ("adjoint", "forward"): 0,
}
"""Where the arguments stand that say what is asked, when they are not given by name."""


def parse(cell: Cell) -> ast.Module:
    """Read a code cell as Python.

    Raises:
        AuthoringError: it is no plain Python; magics and shell lines are not.
    """
    try:
        return ast.parse(cell.source)
    except SyntaxError as error:
        raise cell.error(f"this is not plain Python ({error.msg}); mend it", error.lineno or 1) from None


def points(cell: Cell) -> float:
    """Read what a test cell is worth from the literal ``points=`` of its last expression, one check or a sum of checks.

    Raises:
        AuthoringError: the last line is no such expression, or its value is hidden by a semicolon.
    """
    body = parse(cell).body
    line = body[-1].lineno if body else 1
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    worth = _worth(last)
    if worth is None or not math.isfinite(worth):
        raise cell.error(
            "a test cell ends with a check and its points as a number, such as bowl.derivative(grad_bowl, points=2), "
            "or a sum of those; this one does not",
            line,
        )
    if _rest_of_line(cell.source, body[-1]).startswith(";"):
        raise cell.error(
            "a semicolon at the end of a test cell hides its value, and nbgrader then gives full marks; take it out",
            line,
        )
    return worth


def _rest_of_line(source: str, node: ast.stmt) -> str:
    """Return what stands behind a statement on its last line (Python counts columns in bytes)."""
    line = source.splitlines()[(node.end_lineno or node.lineno) - 1]
    return line.encode()[node.end_col_offset :].decode().lstrip()


def _worth(node: ast.expr | None) -> float | None:
    """Return the points of an expression, added in the order in which Python will add the marks."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _worth(node.left), _worth(node.right)
        return None if left is None or right is None else left + right
    for keyword in node.keywords if isinstance(node, ast.Call) else ():
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if keyword.arg == "points" and isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return float(value)
    return None


def marks(cell: Cell) -> None:
    """Refuse solution marks outside answer cells, unbalanced or empty ones inside, and nbgrader's other marks anywhere.

    Raises:
        AuthoringError: any of these.
    """
    for number, line in enumerate(cell.source.splitlines(), start=1):
        if found := NBGRADER_MARKS.search(line):
            raise cell.error(f"{found[0]!r} is a mark of nbgrader's own; give the cell the role it should have", number)
    try:
        found_regions = regions(cell.source)
    except SolutionMarks as error:
        raise cell.error(str(error), error.line) from None
    if cell.role == "answer" and not found_regions:
        raise cell.error("an answer cell has its solution between ### BEGIN SOLUTION and ### END SOLUTION; mark it")
    if cell.role != "answer" and found_regions:
        raise cell.error("solution marks belong in answer cells only", found_regions[0].begin)


def checks(cells: Iterable[Cell], solved: frozenset[str]) -> None:
    """Refuse checks that reveal the answer, or that grade the learner's own function as if it were the question.

    Args:
        cells: the given, test and hidden cells of one exercise and the common ones, in order.
        solved: names that the unit's answer cells bind.

    Raises:
        AuthoringError: ``to=`` is a literal in a visible cell; ``of=``, ``forward=`` or ``to=`` depends on a name in
            ``solved``.
    """
    modules = set(dir(builtins))
    constants: set[str] = set()
    tainted = set(solved)
    for cell in cells:
        tree = parse(cell)
        modules |= names.imported(cell.source)
        for statement in tree.body:
            text = ast.unparse(statement)
            if names.read(text) & tainted:
                tainted |= names.bound(text)
            if isinstance(statement, ast.Assign) and _is_literal(statement.value, modules):
                constants |= names.bound(text)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            _refuse_question(cell, call, tainted)
            if cell.role != "hidden":
                _refuse_literal(cell, call, modules, constants)


def _is_literal(node: ast.expr, modules: set[str]) -> bool:
    """Whether an expression, or a lambda without arguments, is made of numbers and library calls alone."""
    takes = isinstance(node, ast.Lambda) and node.args.args
    return not takes and names.read_by(node) <= modules and not isinstance(node, ast.Name | ast.Attribute)


def _refuse_question(cell: Cell, call: ast.Call, tainted: set[str]) -> None:
    for name in ("of", "forward", "to"):
        node = _argument(call, name)
        if node is not None and (taken := sorted(names.read_by(node) & tainted)):
            raise cell.error(
                f"{name}= depends on {taken[0]!r}, which the learner writes; what is asked, and what is right, "
                "must come from given cells, or the answer is compared with itself",
                node.lineno,
            )


def _refuse_literal(cell: Cell, call: ast.Call, modules: set[str], constants: set[str]) -> None:
    to = _argument(call, "to")
    if to is None:
        return
    value = to.body if isinstance(to, ast.Lambda) else to
    if _is_literal(to, modules) or (isinstance(value, ast.Name) and value.id in constants):
        raise cell.error(
            "to= shows the answer to anybody who reads this cell; compute it from the question, as in "
            "to=lambda: f(x), or make the cell hidden",
            to.lineno,
        )


def _argument(call: ast.Call, name: str) -> ast.expr | None:
    """Return an argument of a ``check.*`` call, given by name or by its place."""
    function = call.func
    if not isinstance(function, ast.Attribute) or ast.unparse(function.value) != "check":
        return None
    place = PLACES.get((function.attr, name))
    by_place = call.args[place] if place is not None and place < len(call.args) else None
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), by_place)


def rebinding(cell: Cell, exercise: Exercise) -> None:
    """Refuse a listed mistake, or another right answer, that no test can see.

    Raises:
        AuthoringError: it binds no name that a test of its exercise reads.
    """
    parse(cell)
    if not any(names.bound(cell.source) & names.read(test.source) for test in exercise.tests):
        binds = ", ".join(sorted(names.bound(cell.source))) or "nothing"
        raise cell.error(
            f"this {cell.role} cell binds {binds}, which no test of {exercise.id} reads; bind the answer's name"
        )


def shared_names(exercises: Iterable[Exercise], common: Iterable[Cell]) -> None:
    """Refuse a name that two exercises bind and a test of either needs; imports do not count.

    A learner who goes back and runs the first test again would be checked on the second question; one who skips an
    answer would be checked on the one before.

    Raises:
        AuthoringError: there is such a name.
    """
    owners: dict[str, list[tuple[str, Cell]]] = {}
    for cell in common:
        for name in names.bound(cell.source) - names.imported(cell.source):
            owners.setdefault(name, []).append(("a cell outside the exercises", cell))
    needed: set[str] = set()
    for exercise in exercises:
        own = exercise.having("given", "answer")
        needed |= _needed(own, exercise.tests)
        for cell in own:
            for name in names.bound(cell.source) - names.imported(cell.source):
                owners.setdefault(name, []).append((exercise.id, cell))
    for name in sorted(needed & set(owners)):
        first = owners[name][0][0]
        for owner, cell in owners[name]:
            if owner != first:
                raise cell.error(
                    f"{name!r} is bound by {first} and again by {owner}, and a test needs it; give it a name of its own"
                )


def _needed(cells: Iterable[Cell], tests: Iterable[Cell]) -> frozenset[str]:
    """The names that tests read, and those that the cells which bind them read in turn."""
    needed = frozenset().union(*(names.read(test.source) for test in tests))
    for cell in reversed(tuple(cells)):
        if names.bound(cell.source) & needed:
            needed |= names.read(cell.source)
    return needed
