"""What changed between two lines of a derivation: the one term that is not what it was, and how.

Separate from the mistake bank, which looks at whole answers: here the learner's own line before says what is right, so
a slip is found in its term, and quoted.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np

import mcutils
from autograder.checks.draw import FOR_EVERYBODY, draw
from autograder.checks.forward import Forward
from autograder.checks.insight import typed_tree
from autograder.checks.sizes import Symbol, read_sizes
from autograder.checks.written import links
from mcutils._symbolic import Expression

MOST_FACTORS = 5  # of a product whose orders and transposes are tried


class Piece(NamedTuple):
    """A term of a line: its text without and with its sign, its value, and the sizes it is read with."""

    text: str
    signed: str
    value: Expression
    sizes: Mapping[str, str]

    def equals(self, other: str) -> bool:
        """Whether a text has this value; a text that cannot be read has not.

        Most texts that are tried have another value at the first point, which shows in a tenth of the time.
        """
        sizes = tuple(self.sizes.items())
        if not _may_be_equal(_sampled(self.signed, sizes), _sampled(other, sizes)):
            return False
        try:
            return mcutils.equivalent(self.value, mcutils.parse(other, dict(self.sizes))).equal is True
        except ValueError:
            return False


@lru_cache(maxsize=256)
def _sampled(text: str, sizes: tuple[tuple[str, str], ...]) -> np.ndarray | None:
    """The value of a text at some point; None where it has none that is easily had."""
    symbols, point = _point(sizes)
    tree = typed_tree(text, {symbol.name: len(symbol.axes) for symbol in symbols})
    try:
        with np.errstate(all="ignore"):
            return None if tree is None else Forward(point).value(tree)
    except Exception:  # shapes that do not fit, or a name that is none: the parser will say so
        return None


@lru_cache(maxsize=16)
def _point(sizes: tuple[tuple[str, str], ...]) -> tuple[tuple[Symbol, ...], Mapping[str, Any]]:
    symbols = read_sizes(dict(sizes))
    drawn = draw(symbols, 0, seed=FOR_EVERYBODY)
    return symbols, {**drawn.lengths, **{s.name: arg for s, arg in zip(symbols, drawn.args, strict=True)}}


def _may_be_equal(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    if a is None or b is None or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return True
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-4, atol=1e-4))


def changed_term(line: Sequence[Piece], before: Sequence[Piece]) -> tuple[str | None, str] | None:
    """Name the slip where one term of the line before has changed or is gone.

    Returns:
        The tag, if it has one, and its sentence; None where more than one term differs.
    """
    new, old = _unmatched(line, before)
    if not new and len(old) == 1:
        return "missing-term", f"The term `{old[0].text}` is missing."
    if len(new) == 1 and not old:
        return None, f"The term `{new[0].text}` is new: where does it come from?"
    if len(new) != 1 or len(old) != 1:
        return None
    for tag, sentence, fits in KINDS:
        if fits(new[0], old[0]):
            return tag, f"`{old[0].signed}` has become `{new[0].signed}`: {sentence}"
    return None


def _unmatched(line: Sequence[Piece], before: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Take away the terms that both lines have, by value."""
    new, old = list[Piece](), list(before)
    for piece in line:
        same = next((k for k, other in enumerate(old) if mcutils.equivalent(piece.value, other.value).equal), None)
        if same is None:
            new.append(piece)
        else:
            del old[same]
    return new, old


def _negated(new: Piece, old: Piece) -> bool:
    return new.equals(f"-({old.signed})")


def _multiple(factor: str) -> Callable[[Piece, Piece], bool]:
    return lambda new, old: new.equals(f"{factor}*({old.signed})")


def _traced(piece: Piece) -> ast.Call | None:
    calls = [node for node in ast.walk(ast.parse(piece.signed, mode="eval")) if isinstance(node, ast.Call)]
    traces = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "tr" and node.args]
    return traces[0] if len(traces) == 1 else None


def _variants(piece: Piece, changed: Callable[[list[ast.expr]], Iterator[list[ast.expr]]]) -> Iterator[str]:
    """Write a term again with the factors of its longest product changed."""
    tree = ast.parse(piece.signed, mode="eval")
    products = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)]
    if not products:
        return
    longest = max(products, key=lambda node: len(links(node)))
    factors = links(longest)
    if len(factors) > MOST_FACTORS:
        return
    whole, part = piece.signed, ast.get_source_segment(piece.signed, longest) or ""
    for made in changed(factors):
        text = " @ ".join(f"({ast.unparse(factor)})" for factor in made)
        yield whole.replace(part, f"({text})", 1)


def _reordered(factors: list[ast.expr]) -> Iterator[list[ast.expr]]:
    return (list(order) for order in permutations(factors))


def _one_turned(factors: list[ast.expr]) -> Iterator[list[ast.expr]]:
    for k, factor in enumerate(factors):
        yield [*factors[:k], ast.Attribute(factor, "T", ast.Load()), *factors[k + 1 :]]


def _all_turned(factors: list[ast.expr]) -> Iterator[list[ast.expr]]:
    texts = [ast.unparse(factor) for factor in factors]
    if texts != texts[::-1]:  # else this is the transpose of the product, and nothing was left unreversed
        yield [ast.Attribute(factor, "T", ast.Load()) for factor in factors]


def _any_of(changed: Callable[[list[ast.expr]], Iterator[list[ast.expr]]]) -> Callable[[Piece, Piece], bool]:
    """Whether the new term, with its factors changed so, equals the old one."""
    return lambda new, old: any(old.equals(text) for text in _variants(new, changed))


def _turned_in_vec(new: Piece, old: Piece) -> bool:
    """Whether the new term, with what stands in one of its vecs transposed, equals the old one."""
    calls = [node for node in ast.walk(ast.parse(new.signed, mode="eval")) if isinstance(node, ast.Call)]
    stacked = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "vec" and node.args]
    parts = [(ast.get_source_segment(new.signed, node) or "", ast.unparse(node.args[0])) for node in stacked]
    return any(old.equals(new.signed.replace(part, f"vec(({inside}).T)", 1)) for part, inside in parts)


def _permuted_trace(new: Piece, old: Piece) -> bool:
    return _traced(new) is not None and _any_of(_reordered)(new, old)


def _swapped(new: Piece, old: Piece) -> bool:
    return _traced(new) is None and _any_of(_reordered)(new, old)


KINDS: list[tuple[str | None, str, Callable[[Piece, Piece], bool]]] = [
    ("sign", "its sign has changed.", _negated),
    ("doubled", "it is twice what it was.", _multiple("2")),
    ("halved", "it is half of what it was.", _multiple("1/2")),
    (
        "missing-commutation",
        "something under `vec` has gained or lost a transpose, and vec(X.T) is a commutation matrix times vec(X).",
        _turned_in_vec,
    ),
    # before those that move several factors: between vectors, to turn the one matrix is to reverse the product
    ("transposed", "one factor has gained or lost a transpose.", _any_of(_one_turned)),
    (
        "product-transpose-unreversed",
        "the transpose of a product is the product of the transposes in reverse order.",
        _any_of(_all_turned),
    ),
    (
        "trace-permuted",
        "the factors of a trace may go round in a ring, but not change places in any other way.",
        _permuted_trace,
    ),
    ("order-swapped", "factors have changed places, and matrices do not commute.", _swapped),
]
