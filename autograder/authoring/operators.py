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
from typing import TypeGuard

from autograder.authoring.ranks import ELEMENTWISE, Ranks, called, operands, rank

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
        tags: the tags that its mutants may rightly be given.
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


# --- writing trees ----------------------------------------------------------------------------------------------------


def _number(value: float) -> ast.expr:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _negated(node: ast.expr) -> ast.expr:
    return node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else _minus(node)


def _minus(node: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node)


def _joined(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
    return ast.BinOp(left, op, right)


def _turned(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "T", ast.Load())


def _with_args(node: ast.Call, args: list[ast.expr]) -> ast.expr:
    return ast.Call(node.func, args, node.keywords)


def _is_sum(node: ast.expr) -> TypeGuard[ast.BinOp]:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _is_product(node: ast.expr) -> TypeGuard[ast.BinOp]:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)


def _value(node: ast.expr) -> float | None:
    """Return the number that a node is, if it is one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    return None


def _is_number(node: ast.expr) -> bool:
    return _value(node) is not None


def _is_transpose(node: ast.expr) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and node.attr == "T"


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
        yield _negated(node)


@operator("the whole doubled", "doubled")
def _whole_doubled(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if place.whole and _is_array(node):
        yield _joined(ast.Constant(2), ast.Mult(), node)


@operator("the whole halved", "halved")
def _whole_halved(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if place.whole and _is_array(node):
        yield _joined(node, ast.Div(), ast.Constant(2))


@operator("the whole transposed", *WAY_ROUND)
def _whole_transposed(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if place.whole and (rank(node, place.ranks) or 0) > 1 and not _is_transpose(node):
        yield _turned(node)


# --- sums -------------------------------------------------------------------------------------------------------------


@operator("sign of a term", "sign")
def _sign_of_term(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if _is_sum(node):
        yield _joined(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
        if not _is_sum(node.left):
            yield _joined(_negated(node.left), node.op, node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not _is_number(node.operand):
        yield node.operand


# 1 - tanh(u)**2 without its second term is no slope at all
@operator("term dropped", "missing-term", "inner-derivative-missing", "halved", "shape")
def _term_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if _is_sum(node):
        yield node.left
        if not _is_sum(node.left):
            yield node.right if isinstance(node.op, ast.Add) else _negated(node.right)


@operator("term doubled", "doubled", "scaled")
def _term_doubled(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if _is_sum(node) and not (_is_number(node.left) or _is_number(node.right)):
        yield _joined(node.left, node.op, _joined(ast.Constant(2), ast.Mult(), node.right))
        if not _is_sum(node.left):
            yield _joined(_joined(ast.Constant(2), ast.Mult(), node.left), node.op, node.right)


# --- products ---------------------------------------------------------------------------------------------------------


@operator("order swapped", "order-swapped", "chain-reversed", "trace-permuted", "not-symmetrised", *KRON, *WAY_ROUND)
def _order_swapped(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    """Swapped sides of a product; before or behind a vector that is the transposed matrix."""
    inner = (1, 1)
    if _is_product(node) and (rank(node.left, place.ranks), rank(node.right, place.ranks)) != inner:
        yield _joined(node.right, node.op, node.left)


@operator("* for @", "elementwise-for-matmul", "batch-not-summed", "shape")
def _elementwise(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if _is_product(node):
        yield _joined(node.left, ast.Mult(), node.right)


@operator("@ for *", "matmul-for-elementwise", "shape")
def _matmul(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        sides = (node.left, node.right)
        if all(rank(side, place.ranks) for side in sides):
            yield _joined(node.left, ast.MatMult(), node.right)


# without its differential a term of a derivation gives nothing
@operator("factor dropped", "inner-derivative-missing", "missing-term", "missing-commutation", "shape", *FACTORS)
def _factor_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.MatMult):
        yield node.left
        if not isinstance(node.op, ast.Div) and not _is_number(node.right):
            yield node.right


@operator("* for /", *FACTORS)
def _multiplied(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        yield _joined(node.left, ast.Mult(), node.right)


@operator("exponent", "norm-not-squared", *FACTORS)
def _exponent(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield node.left
        if (exponent := _value(node.right)) is not None:
            yield _joined(node.left, ast.Pow(), ast.Constant(exponent + 1))
        else:
            yield _joined(node.left, ast.Pow(), _minus(node.right))


@operator("constant", "missing-term", "one-based-index", *FACTORS)
def _constant(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    """A number one too large or too small, as by counting from 1; of 1 nothing is left, of 2 the half."""
    if (value := _value(node)) is not None:
        yield _number(value + 1)
        yield _number(value - 1)


# --- transposes -------------------------------------------------------------------------------------------------------


@operator("transpose dropped", "inverse-not-transposed", *UNTURNED)
def _transpose_dropped(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    if _is_transpose(node) and rank(node, place.ranks) != 1:
        yield node.value


@operator("transpose added", *UNTURNED)
def _transpose_added(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    """A matrix, or an inverse, transposed where it stands."""
    single = isinstance(node, ast.Name) or called(node) == "inv"
    if single and not place.turned and not place.whole and rank(node, place.ranks) == 2:
        yield _turned(node)


@operator("transpose not reversed", "product-transpose-unreversed", "shape")
def _transpose_unreversed(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    """(AB).T as A.T B.T, and inv(AB) as inv(A) inv(B)."""
    if _is_transpose(node):
        inner = node.value
        if _is_product(inner):
            yield _joined(_turned(inner.left), inner.op, _turned(inner.right))
    if isinstance(node, ast.Call) and called(node) == "inv" and len(node.args) == 1:
        inner = node.args[0]
        if _is_product(inner):
            yield _joined(_with_args(node, [inner.left]), inner.op, _with_args(node, [inner.right]))


# --- functions --------------------------------------------------------------------------------------------------------

ORDERED = frozenset({"outer", "kron", "commutation", "commutation_matrix"})
RELATIVES: Mapping[str, str] = {
    "sin": "cos", "cos": "sin", "tanh": "sin", "exp": "cos", "log": "sqrt", "sqrt": "abs", "sum": "mean", "mean": "sum",
    "relu": "step", "sigmoid": "tanh", "max": "min", "min": "max", "all": "any", "any": "all",
}  # fmt: skip


@operator("function dropped", "inner-derivative-missing", "derivative-at-output", "shape")
def _function_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) in {*ELEMENTWISE, "diag"} and operands(node):
        yield operands(node)[0]


@operator("inverse dropped", "missing-inverse", "shape")
def _inverse_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) == "inv":
        yield node.args[0]
    if isinstance(node, ast.Call) and called(node) == "solve" and len(node.args) == 2:
        yield _joined(node.args[0], ast.MatMult(), node.args[1])
        yield node.args[1]


@operator("elementwise inverse", "elementwise-inverse")
def _elementwise_inverse(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) == "inv":
        yield _joined(ast.Constant(1), ast.Div(), node.args[0])


@operator("another function", "batch-not-summed", *FACTORS)
def _relative(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and (relative := RELATIVES.get(called(node))):
        function = node.func
        renamed = (
            ast.Attribute(function.value, relative, ast.Load())
            if isinstance(function, ast.Attribute)
            else ast.Name(relative, ast.Load())
        )
        yield ast.Call(renamed, node.args, node.keywords)


@operator("sum dropped", "batch-not-summed", "broadcast-not-reduced", "shape")
def _sum_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) in {"sum", "mean"} and operands(node):
        yield operands(node)[0]


@operator("arguments swapped", "kron-swapped", "row-major-vec", "order-swapped", "missing-commutation", *WAY_ROUND)
def _arguments_swapped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) in ORDERED and len({ast.unparse(one) for one in node.args}) == 2:
        yield _with_args(node, node.args[::-1])


@operator("wrong axis", "softmax-axis", "broadcast-not-reduced", "batch-not-summed", "shape")
def _wrong_axis(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    for keyword in node.keywords if isinstance(node, ast.Call) else ():
        other = {"0": 1, "1": 0, "-1": 0, "True": False, "False": True}.get(ast.unparse(keyword.value))
        if keyword.arg in {"axis", "keepdims"} and other is not None:
            changed = ast.keyword(keyword.arg, _number(other) if keyword.arg == "axis" else ast.Constant(other))
            yield ast.Call(node.func, node.args, [changed if k is keyword else k for k in node.keywords])  # type: ignore[attr-defined] # a call has keywords


@operator("order dropped", "row-major-vec", "kron-swapped", "missing-commutation")
def _order_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and any(keyword.arg == "order" for keyword in node.keywords):
        yield ast.Call(node.func, node.args, [keyword for keyword in node.keywords if keyword.arg != "order"])


# --- names, places and limits -----------------------------------------------------------------------------------------


@operator("another argument", "inner-point", "missing-term", "dummy-index-clash", "not-a-derivative-of-this")
def _another_argument(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    """One of the question's symbols for another one of the same axes."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for twin in place.twins.get(node.id, ()):
            yield ast.Name(twin, ast.Load())


@operator("index off by one", "one-based-index", "off-by-one-window", "missing-term", "shape")
def _index(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Constant) and type(node.slice.value) is int:
            yield ast.Subscript(node.value, _number(node.slice.value + 1), node.ctx)
        elif isinstance(node.slice, ast.BinOp | ast.Name):
            yield ast.Subscript(node.value, _joined(node.slice, ast.Sub(), ast.Constant(1)), node.ctx)
        elif isinstance(node.slice, ast.Slice):
            for bounds in _slices(node.slice):
                yield ast.Subscript(node.value, bounds, node.ctx)


def _slices(given: ast.Slice) -> Iterator[ast.Slice]:
    if given.lower is not None:
        yield ast.Slice(_joined(given.lower, ast.Add(), ast.Constant(1)), given.upper, given.step)
    if given.upper is not None:
        yield ast.Slice(given.lower, _joined(given.upper, ast.Sub(), ast.Constant(1)), given.step)


@operator("range too short", "off-by-one-window", "one-based-index", "missing-term", "wrong-stride", "shape")
def _range(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) in {"range", "arange"} and node.args:
        end = min(len(node.args) - 1, 1)
        shorter = _joined(node.args[end], ast.Sub(), ast.Constant(1))
        yield _with_args(node, [*node.args[:end], shorter, *node.args[end + 1 :]])


NEIGHBOURS: Mapping[type, type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip


@operator("comparison", "off-by-one-window", "one-based-index")
def _comparison(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and (other := NEIGHBOURS.get(type(node.ops[0]))):
        yield ast.Compare(node.left, [other()], node.comparators)
