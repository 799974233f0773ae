"""The mutations of calls, indices and limits; those of sums, products and transposes are in :mod:`.operators`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from autograder.authoring.operators import FACTORS, WAY_ROUND, Place, operator
from autograder.authoring.ranks import ELEMENTWISE
from autograder.authoring.trees import called, is_number, joined, number, operands, replaced, with_args

# --- functions --------------------------------------------------------------------------------------------------------

ORDERED = frozenset({"outer", "kron", "commutation", "commutation_matrix"})
RELATIVES: Mapping[str, str] = {
    "sin": "cos", "cos": "sin", "tanh": "sin", "exp": "cos", "log": "sqrt", "sqrt": "abs", "sum": "mean", "mean": "sum",
    "relu": "step", "sigmoid": "tanh", "max": "min", "min": "max",
}  # fmt: skip


@operator("function dropped", "wrong-function", "inner-derivative-missing", "derivative-at-output", "scaled", "shape")
def _function_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) in {*ELEMENTWISE, "diag"} and operands(node):
        yield operands(node)[0]


@operator("inverse dropped", "missing-inverse", "shape")
def _inverse_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) == "inv":
        yield node.args[0]
    if isinstance(node, ast.Call) and called(node) == "solve" and len(node.args) == 2:
        yield joined(node.args[0], ast.MatMult(), node.args[1])
        yield node.args[1]


@operator("elementwise inverse", "elementwise-inverse")
def _elementwise_inverse(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) == "inv":
        yield joined(ast.Constant(1), ast.Div(), node.args[0])


@operator("another function", "wrong-function", "batch-not-summed", *FACTORS)
def _relative(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and (relative := RELATIVES.get(called(node))):
        yield _renamed(node, relative)


def _renamed(node: ast.Call, name: str) -> ast.Call:
    function = node.func
    renamed = (
        ast.Attribute(function.value, name, ast.Load())
        if isinstance(function, ast.Attribute)
        else ast.Name(name, ast.Load())
    )
    return ast.Call(renamed, node.args, node.keywords)


# an error of logic, for which the bank of mistakes in mathematics has no name
@operator("all for any")
def _all_for_any(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and (other := {"all": "any", "any": "all"}.get(called(node))):
        yield _renamed(node, other)


@operator("sum dropped", "batch-not-summed", "broadcast-not-reduced", "shape")
def _sum_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) in {"sum", "mean"} and operands(node):
        yield operands(node)[0]


@operator(
    "arguments swapped",
    "kron-swapped",
    "not-symmetrised",
    "row-major-vec",
    "order-swapped",
    "missing-commutation",
    *WAY_ROUND,
)
def _arguments_swapped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) in ORDERED and len({ast.unparse(one) for one in node.args}) == 2:
        yield with_args(node, node.args[::-1])


@operator("wrong axis", "softmax-axis", "broadcast-not-reduced", "batch-not-summed", "shape")
def _wrong_axis(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    for keyword in node.keywords if isinstance(node, ast.Call) else ():
        other = {"0": 1, "1": 0, "-1": 0, "True": False, "False": True}.get(ast.unparse(keyword.value))
        if keyword.arg in {"axis", "keepdims"} and other is not None:
            changed = ast.keyword(keyword.arg, number(other) if keyword.arg == "axis" else ast.Constant(other))
            yield ast.Call(node.func, node.args, [changed if k is keyword else k for k in node.keywords])  # type: ignore[attr-defined] # a call has keywords


@operator("wrong side", "order-swapped", "shape")
def _wrong_side(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    """v[:, None] as v[None, :]: columns are scaled in place of rows."""
    bounds = node.slice.elts if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) else ()
    if len(bounds) == 2 and sorted(map(ast.unparse, bounds)) == [":", "None"]:
        yield ast.Subscript(node.value, ast.Tuple(bounds[::-1], ast.Load()), node.ctx)  # type: ignore[attr-defined] # a subscript has a value


@operator("indices swapped", "dummy-index-clash", *WAY_ROUND)
def _indices_swapped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    """W[i, j] as W[j, i]."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        first, second = node.slice.elts
        if not isinstance(first, ast.Slice | ast.Constant) and not isinstance(second, ast.Slice | ast.Constant):
            yield ast.Subscript(node.value, ast.Tuple([second, first], ast.Load()), node.ctx)


@operator("stride dropped", "wrong-stride", "off-by-one-window", "shape")
def _stride_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    """x[2 * t : ...] as x[t : ...], and x[::-1] as x[:]."""
    for part in ast.walk(node.slice) if isinstance(node, ast.Subscript) else ():
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
            for side in (part.left, part.right):
                if not is_number(side):
                    changed: ast.expr = replaced(node, part, side)
                    yield changed


@operator("order dropped", "row-major-vec", "kron-swapped", "missing-commutation")
def _order_dropped(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and any(keyword.arg == "order" for keyword in node.keywords):
        yield ast.Call(node.func, node.args, [keyword for keyword in node.keywords if keyword.arg != "order"])


# --- names, places and limits -----------------------------------------------------------------------------------------


@operator(
    "another argument", "wrong-symbol", "inner-point", "missing-term", "dummy-index-clash", "not-a-derivative-of-this"
)
def _another_argument(node: ast.expr, place: Place) -> Iterator[ast.expr]:
    """One of the question's symbols for another one of the same axes."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for twin in place.twins.get(node.id, ()):
            yield ast.Name(twin, ast.Load())


@operator("index off by one", "one-based-index", "off-by-one-window", "missing-term", "shape")
def _index(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Constant) and type(node.slice.value) is int:
            yield ast.Subscript(node.value, number(node.slice.value + 1), node.ctx)
        elif isinstance(node.slice, ast.BinOp | ast.Name):
            yield ast.Subscript(node.value, joined(node.slice, ast.Sub(), ast.Constant(1)), node.ctx)
        elif isinstance(node.slice, ast.Slice):
            for bounds in _slices(node.slice):
                yield ast.Subscript(node.value, bounds, node.ctx)


def _slices(given: ast.Slice) -> Iterator[ast.Slice]:
    if given.lower is not None:
        yield ast.Slice(joined(given.lower, ast.Add(), ast.Constant(1)), given.upper, given.step)
    if given.upper is not None:
        yield ast.Slice(given.lower, joined(given.upper, ast.Sub(), ast.Constant(1)), given.step)


@operator("range too short", "off-by-one-window", "one-based-index", "missing-term", "wrong-stride", "shape")
def _range(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and called(node) in {"range", "arange"} and node.args:
        end = min(len(node.args) - 1, 1)
        shorter = joined(node.args[end], ast.Sub(), ast.Constant(1))
        yield with_args(node, [*node.args[:end], shorter, *node.args[end + 1 :]])


NEIGHBOURS: Mapping[type, type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip


@operator("comparison", "off-by-one-window", "one-based-index")
def _comparison(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and (other := NEIGHBOURS.get(type(node.ops[0]))):
        yield ast.Compare(node.left, [other()], node.comparators)


# an error of logic
@operator("comparison turned")
def _turned(node: ast.expr, _place: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
        other = ast.NotEq() if isinstance(node.ops[0], ast.Eq) else ast.Eq()
        yield ast.Compare(node.left, [other], node.comparators)
