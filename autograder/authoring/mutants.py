"""All mutants of the solutions in one answer cell: where each operator applies between the solution marks.

Separate from :mod:`.operators`, which knows the errors, and from :mod:`.mutation`, which runs the mutants. A mutant is
the cell's own text with one statement written anew, so that its diff is one that an author can read.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from autograder.authoring.asked import Asked
from autograder.authoring.blanks import regions
from autograder.authoring.formula_mutants import text_mutants
from autograder.authoring.model import Cell
from autograder.authoring.operators import Operator, Place
from autograder.authoring.ranks import Ranks, with_locals
from autograder.authoring.trees import replaced
from autograder.authoring.walk import changes, within

MOST = 40
"""How many mutants of one exercise are run; of more, every operator keeps its share, in the order of the text."""

VALUED = (ast.Return, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)
HEADS = (("iter", ast.For), ("test", ast.If), ("test", ast.While))
DROPPED = Operator("statement dropped", frozenset({"missing-term", "last-use-only"}))
OVERWRITTEN = Operator("overwritten, not added", frozenset({"missing-term", "last-use-only"}))


@dataclass(frozen=True)
class Mutant:
    """One solution with one small error.

    Args:
        cell: the answer cell, with the error in its source.
        operator: what was done.
        before: the statement as it was.
        after: the statement as it is.
        line: the line of the unit's text on which that begins.
        names: what the statement at the edge of the cell binds: a function, or values.
        definition: that statement as it was, as Python writes it.
        changed: that statement as it is.
    """

    cell: Cell
    operator: Operator
    before: str
    after: str
    line: int
    names: frozenset[str]
    definition: str
    changed: str

    @property
    def tags(self) -> frozenset[str]:
        """The tags that it may rightly be given."""
        return self.operator.tags

    @property
    def diff(self) -> str:
        """What was changed, as a unified diff without its head."""
        lines = list(difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), n=0, lineterm=""))
        return "\n".join(lines[3:])


def mutants_of(
    cell: Cell,
    asked: Mapping[str, Asked] | None = None,
    filled: Callable[[ast.expr], ast.expr] = lambda value: value,
) -> tuple[Mutant, ...]:
    """Make every mutant of the solutions in an answer cell, none twice.

    Args:
        cell: the answer cell, marks included.
        asked: what the tests declare about the names that the cell binds, where they do.
        filled: what puts the values that a student drew in the place of a variant's templates.
    """
    found: dict[str, Mutant] = {}
    for number, statement in enumerate(ast.parse(cell.source).body):
        names = _bound(statement)
        known = next((asked[name] for name in sorted(names) if name in asked), Asked()) if asked else Asked()
        for part, place in _parts(cell.source, statement, known):
            for operator, changed in _changes(part, place, known.symbols, filled):
                mutant = _mutant(cell, part, changed, operator, number, statement, names)
                if mutant is not None and mutant.changed != mutant.definition:
                    found.setdefault(mutant.cell.source, mutant)
    return tuple(found.values())


def chosen(mutants: Sequence[Mutant], most: int = MOST) -> tuple[Mutant, ...]:
    """Choose at most so many, the same ones each time: one of each operator in turn, in the order of the text."""
    groups: dict[str, list[tuple[int, Mutant]]] = {}
    for number, mutant in enumerate(mutants):
        groups.setdefault(mutant.operator.name, []).append((number, mutant))
    in_turn = [entry for row in zip_longest(*groups.values()) for entry in row if entry is not None]
    return tuple(mutant for _, mutant in sorted(in_turn[:most], key=lambda entry: entry[0]))


def _bound(statement: ast.stmt) -> frozenset[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return frozenset({statement.name})
    stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return frozenset(node.id for node in stored)


# --- where -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """A simple statement, or the head of a compound one, that lies within a solution."""

    node: ast.stmt | ast.expr
    source: str


def _parts(source: str, statement: ast.stmt, asked: Asked) -> Iterator[tuple[_Part, Place]]:
    """Find what may be mutated in one statement at the edge of a cell."""
    lines = {line for region in regions(source) for line in range(region.begin, region.end)}
    symbols = asked.symbols
    if isinstance(statement, ast.FunctionDef):
        symbols = _axes_of([argument.arg for argument in statement.args.args], asked)
    ranks, twins = _ranks(symbols), _twins(symbols)
    if isinstance(statement, ast.FunctionDef):
        ranks = with_locals(statement.body, ranks)
    for node in ast.walk(statement):
        if isinstance(node, VALUED) and node.lineno in lines:
            entry = isinstance(node, ast.Assign | ast.AugAssign) and isinstance(_target(node), ast.Subscript)
            whole = isinstance(node, ast.Return) or node is statement or entry
            yield _Part(node, source), Place(ranks, twins, whole)
        for field, kind in HEADS:
            if isinstance(node, kind) and node.lineno in lines:
                yield _Part(getattr(node, field), source), Place(ranks, twins)


def _target(node: ast.Assign | ast.AugAssign) -> ast.expr:
    return node.target if isinstance(node, ast.AugAssign) else node.targets[0]


def _axes_of(arguments: Sequence[str], asked: Asked) -> Mapping[str, str]:
    """Return the axes of a function's arguments; what nothing is known of is a matrix if its name is a capital."""
    guessed = {name: "? ?" for name in arguments if name[:1].isupper()}
    return {**guessed, **{name: asked.symbols[symbol] for name, symbol in asked.symbol_of(arguments).items()}}


def _ranks(symbols: Mapping[str, str]) -> Ranks:
    flags = {"symmetric", "spd", "positive"}
    axes = {name: [word for word in text.split() if word not in flags] for name, text in symbols.items()}
    return {**{axis: 0 for words in axes.values() for axis in words}, **{name: len(w) for name, w in axes.items()}}


def _twins(symbols: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    return {
        name: tuple(other for other, theirs in symbols.items() if other != name and theirs == text and "?" not in text)
        for name, text in symbols.items()
    }


# --- what ------------------------------------------------------------------------------------------------------------


def _changes(
    part: _Part, place: Place, symbols: Mapping[str, str], filled: Callable[[ast.expr], ast.expr]
) -> Iterator[tuple[Operator, ast.AST | None]]:
    """Yield each operator with the part as it leaves it; None where it takes the statement away."""
    root = part.node
    value = root if isinstance(root, ast.expr) else getattr(root, "value", None)
    if isinstance(root, ast.AugAssign):
        yield DROPPED, None
        yield OVERWRITTEN, ast.Assign([root.target], root.value, lineno=root.lineno)
    if value is None or (isinstance(root, ast.Expr) and isinstance(value, ast.Constant)):
        return
    drawn = filled(value)
    whole = replaced(root, value, drawn)
    for operator, node, new in changes(drawn, place):
        yield operator, replaced(whole, node, new)
    for node, here in within(drawn, place):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for operator, text in text_mutants(node.value, here, symbols):
                yield operator, replaced(whole, node, ast.Constant(text))


# --- the text again ---------------------------------------------------------------------------------------------------


def _mutant(
    cell: Cell,
    part: _Part,
    changed: ast.AST | None,
    operator: Operator,
    number: int,
    statement: ast.stmt,
    names: frozenset[str],
) -> Mutant | None:
    """Write one part of a cell anew; None where that is no Python."""
    before = ast.get_source_segment(cell.source, part.node)
    assert before is not None, "the part was found in this very text"
    after = "pass" if changed is None else _written(changed, before)
    source = _with(cell.source, part.node, after)
    try:
        again = ast.parse(source).body[number]
    except SyntaxError:
        return None
    line = cell.line + part.node.lineno - 1
    definition, whole = ast.unparse(statement), ast.unparse(again)
    return Mutant(replace(cell, source=source), operator, before, after, line, names, definition, whole)


def _with(source: str, node: ast.stmt | ast.expr, text: str) -> str:
    """Put a text in the place of a node; Python counts columns in bytes."""
    lines = source.splitlines()
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode()
    return "\n".join([*lines[:first], head + text + tail, *lines[last + 1 :]])


def _written(node: ast.AST, before: str) -> str:
    """Write a statement, with double quotes where the author has them, so that the diff shows nothing else."""
    text = ast.unparse(node)
    value = getattr(node, "value", None)
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and '"' not in value.value and '"' in before:
        return text.replace(repr(value.value), f'"{value.value}"')
    return text
