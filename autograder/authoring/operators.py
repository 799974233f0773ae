"""The mutations: each a small error that people make, as a change of one node of a formula's syntax tree.

They serve code and typed formulas in matrix notation alike, for both are read by Python's own grammar. Each operator
declares the tags that its mutants may rightly be given; any other tag is a wrong name. The sets are part of what is
checked, so they hold only what the change can be said to be: dropping one of two equal terms may be called a half, a
flipped sign may not.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from autograder.authoring.ranks import Ranks, rank
from autograder.authoring.trees import (
    called,
    is_number,
    is_product,
    is_sum,
    is_transpose,
    joined,
    minus,
    negated,
    number,
    turned,
    value,
    with_args,
)

WAY_ROUND = frozenset({"transposed", "layout-flipped", "shape"})
"""A transpose changes which way round an array stands, and its shape unless that is square."""

UNTURNED = WAY_ROUND | {
    "not-symmetrised",
    "hessian-not-symmetrised",
    "missing-commutation",
    "inverse-not-transposed",
}
"""A + A.T with a transpose too many or too few is 2A; a Hessian loses its symmetry, or one of its commutations; an
inverse with a transpose too many, inv(X.T).T, is the inverse without its own."""

KRON = frozenset({"kron-swapped", "row-major-vec"})
"""A commutation matrix on the other side of a Kronecker product is the product with its factors swapped."""

FACTORS = frozenset({"doubled", "halved", "scaled"})


@dataclass(frozen=True)
class Place:
    """What is known around a node.

    Args:
        ranks: how many axes each name has.
        twins: for each argument the others of the same axes, one of which might be taken for it.
        whole: whether the node is a whole answer: what a function returns, or what a cell assigns.
        turned: whether the node is being transposed: the ``A`` of ``A.T``.
    """

    ranks: Ranks = field(default_factory=dict)
    twins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    whole: bool = False
    turned: bool = False


Make = Callable[[ast.expr, Place], Iterator[ast.expr]]


@dataclass(frozen=True)
class Operator:
    """One kind of mutation.

    Args:
        name: what was done, for the report.
        tags: the tags that its mutants may rightly be given; none where the mistake bank has no name for what was done.
        make: from a node and its place to what may stand there instead (nothing, where it is no change of a node).
    """

    name: str
    tags: frozenset[str]
    make: Make = field(default=lambda *_: iter(()), repr=False, compare=False)


OPERATORS: list[Operator] = []


def operator(name: str, *tags: str) -> Callable[[Make], Make]:
    """Register a mutation.

    Raises:
        ValueError: the name is taken.
    """

    def register(make: Make) -> Make:
        if any(known.name == name for known in OPERATORS):
            raise ValueError(f"operator: the name {name!r} is registered twice; choose another one")
        OPERATORS.append(Operator(name, frozenset(tags), make))
        return make

    return register


NO_ARRAYS = frozenset({"all", "any", "set", "sorted", "list", "tuple", "dict", "range", "zip", "str", "bool"})


def _is_array(node: ast.expr) -> bool:
    """Whether an answer is a number or an array, as far as its text tells."""
    kinds = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Attribute, ast.Name, ast.Subscript)
    return (
        isinstance(node, kinds) and called(node) not in NO_ARRAYS and not isinstance(getattr(node, "op", None), ast.Not)
    )


# --- the whole answer -------------------------------------------------------------------------------------------------


@operator("sign of the whole", "sign")
def _sign_of_whole(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if place.whole and _is_array(node):
        yield negated(node)


@operator("the whole doubled", "doubled")
def _whole_doubled(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if place.whole and _is_array(node):
        yield joined(ast.Constant(2), ast.Mult(), node)


@operator("the whole halved", "halved")
def _whole_halved(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if place.whole and _is_array(node):
        yield joined(node, ast.Div(), ast.Constant(2))


@operator("the whole transposed", *WAY_ROUND)
def _whole_transposed(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if place.whole and (rank(node, place.ranks) or 0) > 1 and not is_transpose(node):
        yield turned(node)


# --- sums -------------------------------------------------------------------------------------------------------------


@operator("sign of a term", "sign")
def _sign_of_term(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if is_sum(node):
        yield joined(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
        if not is_sum(node.left):
            yield joined(negated(node.left), node.op, node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not is_number(node.operand):
        yield node.operand


# 1 - tanh(u)**2 without its second term is no slope at all
@operator("term dropped", "missing-term", "inner-derivative-missing", "halved", "shape")
def _term_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if is_sum(node):
        yield node.left
        if not is_sum(node.left):
            yield node.right if isinstance(node.op, ast.Add) else negated(node.right)


@operator("term doubled", "doubled", "scaled")
def _term_doubled(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if is_sum(node) and not (is_number(node.left) or is_number(node.right)):
        yield joined(node.left, node.op, joined(ast.Constant(2), ast.Mult(), node.right))
        if not is_sum(node.left):
            yield joined(joined(ast.Constant(2), ast.Mult(), node.left), node.op, node.right)


# --- products ---------------------------------------------------------------------------------------------------------


# K.T @ (K @ H) for K @ H @ K.T: a permutation on the wrong side
@operator(
    "order swapped",
    "missing-commutation",
    "order-swapped",
    "chain-reversed",
    "product-transpose-unreversed",
    "trace-permuted",
    "not-symmetrised",
    *KRON,
    *WAY_ROUND,
)
def _order_swapped(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    """Swapped sides of a product; before or behind a vector that is the transposed matrix, and of two transposes the
    order that they have before they are transposed."""
    inner = (1, 1)
    if is_product(node) and (rank(node.left, place.ranks), rank(node.right, place.ranks)) != inner:
        yield joined(node.right, node.op, node.left)


# x_i x_i b_i, entry by entry, is x_j x_j b_i with one index for two
@operator("* for @", "elementwise-for-matmul", "dummy-index-clash", "batch-not-summed", "shape")
def _elementwise(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if is_product(node):
        yield joined(node.left, ast.Mult(), node.right)


@operator("@ for *", "matmul-for-elementwise", "shape")
def _matmul(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        sides = (node.left, node.right)
        if all(rank(side, place.ranks) for side in sides):
            yield joined(node.left, ast.MatMult(), node.right)


# without its differential a term of a derivation gives nothing; one of two equal factors is an
# exponent; phi'(Mx) without M is taken at x
@operator(
    "factor dropped",
    "missing-factor",
    "inner-point",
    "wrong-exponent",
    "inner-derivative-missing",
    "missing-term",
    "missing-commutation",
    "shape",
    *FACTORS,
)
def _factor_dropped(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    """A vector or a matrix dropped from a product."""
    for dropped, kept in _factors(node):
        if rank(dropped, place.ranks):
            yield kept


# a divisor that is the root of a sum is one half of an exponent
@operator(
    "number dropped",
    "missing-factor",
    "wrong-exponent",
    "sign",
    "inner-derivative-missing",
    "missing-term",
    "shape",
    *FACTORS,
)
def _number_dropped(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    """A number dropped, which may be a -1, or what may be a number for all that the text tells."""
    for dropped, kept in _factors(node):
        if not rank(dropped, place.ranks):
            yield kept


def _factors(node: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each factor of a product that can be dropped, with what is left."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.MatMult):
        yield node.right, node.left
        if not isinstance(node.op, ast.Div) and not is_number(node.right):
            yield node.left, node.right


@operator("* for /", "wrong-exponent", *FACTORS)
def _multiplied(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        yield joined(node.left, ast.Mult(), node.right)


# the square of a slope in a Hessian is two slopes, and one of them can be forgotten
@operator("exponent", "wrong-exponent", "norm-not-squared", "inner-derivative-missing", *FACTORS)
def _exponent(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield node.left
        if (exponent := value(node.right)) is not None:
            yield joined(node.left, ast.Pow(), ast.Constant(exponent + 1))
        else:
            yield joined(node.left, ast.Pow(), minus(node.right))


@operator("constant", "missing-term", "one-based-index", "off-by-one-window", "wrong-stride", "shape", *FACTORS)
def _constant(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    """A number one too large or too small, as by counting from 1; of 1 nothing is left, of 2 the half.

    The number may be a length or a step.
    """
    if (known := value(node)) is not None:
        yield number(known + 1)
        yield number(known - 1)


# --- transposes -------------------------------------------------------------------------------------------------------


@operator("transpose dropped", "inverse-not-transposed", *UNTURNED)
def _transpose_dropped(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if is_transpose(node) and rank(node, place.ranks) != 1:
        yield node.value


@operator("transpose added", *UNTURNED)
def _transpose_added(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    """A matrix, or an inverse, transposed where it stands."""
    single = isinstance(node, ast.Name) or called(node) == "inv"
    if single and not place.turned and not place.whole and rank(node, place.ranks) == 2:
        yield turned(node)


@operator("transpose moved", *UNTURNED)
def _transpose_moved(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    """A.T @ B as A @ B.T, and the other way round."""
    if is_product(node) and is_transpose(node.left) != is_transpose(node.right):
        plain = node.right if is_transpose(node.left) else node.left
        if rank(plain, place.ranks) == 2:
            yield joined(_flipped(node.left), node.op, _flipped(node.right))


def _flipped(node: ast.expr) -> ast.expr:
    return node.value if is_transpose(node) else turned(node)


@operator("transpose not reversed", "product-transpose-unreversed", "shape")
def _transpose_unreversed(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    """(AB).T as A.T B.T, and inv(AB) as inv(A) inv(B)."""
    if is_transpose(node):
        inner = node.value
        if is_product(inner):
            yield joined(turned(inner.left), inner.op, turned(inner.right))
    if isinstance(node, ast.Call) and called(node) == "inv" and len(node.args) == 1:
        inner = node.args[0]
        if is_product(inner):
            yield joined(with_args(node, [inner.left]), inner.op, with_args(node, [inner.right]))
