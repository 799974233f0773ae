"""Matrix notation in: NumPy's own grammar, read from Python's syntax tree through a whitelist and never evaluated.

Each kind of node has one reader; whatever is not in the table is refused with a sentence that names the text at fault.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from fractions import Fraction

from mcutils._errors import ShapeError
from mcutils._symbolic import algebra
from mcutils._symbolic.advice import (
    Operand,
    instead_of_caret,
    instead_of_elementwise,
    unknown_function,
    unknown_name,
    without_arguments,
)
from mcutils._symbolic.core import Axis, Head, Tensor, number, symbol
from mcutils._symbolic.pasted import check_signs, check_writing
from mcutils._symbolic.sizes import FUNCTIONS, axis_names, read_axis, shape
from mcutils._symbolic.text import HIGHEST, check_number, check_text, clip

MOST = 100  # operations

SQUARE = frozenset({"tr", "inv", "det", "logdet"})
MAPPED = frozenset({"exp", "log", "tanh", "sigmoid", "relu", "step", "sin", "cos"})
SHAPES = ("a scalar", "a vector", "a matrix")


def read_matrix(text: str, symbols: Mapping[str, Head]) -> tuple[Tensor, tuple[str, ...]]:
    """Read an expression in matrix notation.

    Args:
        text: such as ``"x @ A @ x - b @ x"``.
        symbols: the declared symbols.

    Returns:
        The expression, and the conditions under which it is defined as a real expression (``"x > 0"``).

    Raises:
        ShapeError: shapes do not fit; the message names the sub-expression and its shape.
        ValueError: the text is not in the grammar, or names something unknown.
    """
    return read_tree(text, symbols, Reader, "A.T @ (A @ x - b)")


def read_tree(
    text: str, symbols: Mapping[str, Head], kind: type[Reader], example: str
) -> tuple[Tensor, tuple[str, ...]]:
    """Read a text by its syntax tree, with a reader of this kind; see `read_matrix`."""
    check_text(text)
    check_writing(text, symbols, example)
    try:
        tree = ast.parse(text.strip(), mode="eval")
        count = sum(isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call | ast.Attribute) for node in ast.walk(tree))
        if count > MOST:
            raise ValueError(
                f"the formula has {count} operations; at most {MOST} are read; give its parts names of their own"
            )
        reader = kind(text.strip(), symbols)
        return reader.read(tree.body), tuple(dict.fromkeys(reader.conditions))
    except SyntaxError as error:
        check_signs(text, symbols)
        at = f" near position {error.offset}" if error.offset else ""
        raise ValueError(f"{clip(text)} is not a formula: {error.msg}{at}; write it as in NumPy, {example}") from None
    except (RecursionError, MemoryError):
        raise ValueError("the formula is nested too deeply; write it in fewer brackets or name its parts") from None


class Reader:
    """Reads one syntax tree; keeps the text for messages and collects conditions."""

    filled: tuple[int, ...] = (1, 2)  # how many axes an array of ones or zeros may have

    def __init__(self, text: str, symbols: Mapping[str, Head]) -> None:
        self.text, self.symbols = text, symbols
        self.sizes = frozenset(axis_names(axis for head in symbols.values() for axis in head.axes))
        self.conditions: list[str] = []

    def read(self, node: ast.expr) -> Tensor:
        """Read any node."""
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Constant):
            return number(self._number(node))
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        raise ValueError(
            f"{self.part(node)} is {_KINDS.get(type(node), 'Python')}, not part of the notation; {_GRAMMAR}"
        )

    def part(self, node: ast.AST) -> str:
        """The text of a node, for a message."""
        text = ast.get_source_segment(self.text, node) or self.text
        return text if len(text) <= 60 else text[:59] + "…"

    def _name(self, node: ast.Name) -> Tensor:
        head = self.symbols.get(node.id)
        if head is not None:
            return symbol(head.name, head.axes, head.flags)
        if node.id in self.sizes:
            return algebra.axis_size(node.id)
        if node.id in FUNCTIONS:
            raise ValueError(without_arguments(node.id))
        raise ValueError(unknown_name(node.id, self.symbols))

    def _number(self, node: ast.Constant) -> Fraction:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{self.part(node)} is not a real number; {_GRAMMAR}")
        check_number(value, self.part(node))
        return Fraction(str(value))

    def _unary(self, node: ast.UnaryOp) -> Tensor:
        if not isinstance(node.op, ast.USub | ast.UAdd):
            raise ValueError(f"{self.part(node)} is logic, not part of the notation; {_GRAMMAR}")
        value = self.read(node.operand)
        return algebra.scale(value, -1) if isinstance(node.op, ast.USub) else value

    def _attribute(self, node: ast.Attribute) -> Tensor:
        if node.attr != "T":
            called = f"; write {node.attr}({self.part(node.value)})" if node.attr in FUNCTIONS else ""
            if node.attr in self.symbols:
                called = f"; a product is written @ {node.attr}"
            raise ValueError(
                f".{node.attr} is not part of the notation{called}; the only attribute is .T, the transpose"
            )
        return algebra.transpose(self.read(node.value))

    def _binary(self, node: ast.BinOp) -> Tensor:
        """Read a chain of operators from the left without recursion, so that long sums are no deep nest."""
        chain: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            chain.append(left)
            left = left.left
        value = self.read(left)
        for step in reversed(chain):
            value = self._operator(step, value)
        return value

    def _operator(self, node: ast.BinOp, a: Tensor) -> Tensor:
        if isinstance(node.op, ast.Pow):
            return self._power(node, a)
        if type(node.op) not in _OPERATORS:
            hint = self._for_the_caret(node) if isinstance(node.op, ast.BitXor) else _GRAMMAR
            raise ValueError(f"{self.part(node)} uses an operator that is not part of the notation; {hint}")
        b = self.read(node.right)
        if isinstance(node.op, ast.MatMult):
            self._check_matmul(node, a, b)
        elif isinstance(node.op, ast.Mult) and {len(a.axes), len(b.axes)} == {1, 2}:
            raise ShapeError(self._clash(node, a, b, "multiplies elementwise", self._for_the_product(node, a, b)))
        if isinstance(node.op, ast.Div):
            if not b.terms:
                raise ValueError(f"{self.part(node)} divides by zero")
            self._require(b, node.right, "!= 0")
            b = algebra.power(b, Fraction(-1))
        try:
            return _OPERATORS[type(node.op)](a, b)
        except ShapeError:
            verb, hint = _CLASH[type(node.op)]
            if isinstance(node.op, ast.Mult):
                hint = self._for_the_product(node, a, b)
            raise ShapeError(self._clash(node, a, b, verb, hint)) from None

    def _for_the_caret(self, node: ast.BinOp) -> str:
        """A^T is a transpose, whatever stands behind it; anything else a power of what stands next to the sign."""
        base, raised = node.left, node.right
        while isinstance(raised, ast.BinOp):
            raised = raised.left
        if isinstance(raised, ast.Name) and raised.id == "T" and "T" not in self.symbols:
            return f"write {self.part(base)}.T"
        while isinstance(base, ast.BinOp):
            base = base.right
        return instead_of_caret(self._operand(base, self.read(base).axes), self.part(raised).strip("{() }"))

    def _clash(self, node: ast.BinOp, a: Tensor, b: Tensor, verb: str, hint: str) -> str:
        left, right = self.part(node.left), self.part(node.right)
        return f"{self.part(node)} {verb}: {left} is {shape(a.axes)}, {right} is {shape(b.axes)}; {hint}"

    def _for_the_product(self, node: ast.BinOp, a: Tensor, b: Tensor) -> str:
        return instead_of_elementwise(self._operand(node.left, a.axes), self._operand(node.right, b.axes))

    def _operand(self, node: ast.expr, axes: tuple[Axis, ...]) -> Operand:
        return Operand(self.part(node), node, axes)

    def _check_matmul(self, node: ast.BinOp, a: Tensor, b: Tensor) -> None:
        if not a.axes or not b.axes:
            raise ShapeError(self._clash(node, a, b, "is a matrix product", "to multiply by a scalar write *"))
        if max(len(a.axes), len(b.axes)) > 2:
            raise ShapeError(self._clash(node, a, b, "is a matrix product", "more axes need index notation"))
        if a.axes[-1] != b.axes[0]:
            hint = f"{a.axes[-1]} and {b.axes[0]} are summed together and must be one axis"
            if len(a.axes) == len(b.axes) == 1:
                column, row = (self.part(side).removesuffix(".T") for side in (node.left, node.right))
                hint += f"; for a column times a row write outer({column}, {row})"
            if a.axes[0] == b.axes[0] and len(a.axes) == 2:
                hint += f"; perhaps {self._transposed(node.left)} @ {self._operand(node.right, ()).factor}"
            elif a.axes[-1] == b.axes[-1]:
                hint += f"; perhaps {self._operand(node.left, ()).left_factor} @ {self._transposed(node.right)}"
            raise ShapeError(self._clash(node, a, b, "is a matrix product", hint))

    def _transposed(self, node: ast.expr) -> str:
        if isinstance(node, ast.Attribute):  # A.T, of which A is the transpose
            return self._operand(node.value, ()).factor
        return f"{self._operand(node, ()).factor}.T"

    def _power(self, node: ast.BinOp, a: Tensor) -> Tensor:
        exponent = self.read(node.right)
        if exponent.axes or any(term.factors for term in exponent.terms):
            raise ValueError(f"{self.part(node)}: an exponent is a number, such as 2, -1 or 1/2")
        value = exponent.terms[0].coefficient if exponent.terms else Fraction(0)
        if abs(value) > HIGHEST or value.denominator > HIGHEST:
            raise ValueError(f"{self.part(node)}: exponents up to {HIGHEST} in size are read")
        return self._raised(a, value, node.left, node)

    def _raised(self, a: Tensor, exponent: Fraction, base: ast.expr, node: ast.expr) -> Tensor:
        if exponent < 0 and not a.terms:
            raise ValueError(f"{self.part(node)} divides by zero")
        if exponent.denominator != 1:
            self._require(a, base, "> 0" if exponent < 0 else ">= 0")
        elif exponent < 0:
            self._require(a, base, "!= 0")
        return algebra.power(a, exponent)

    def _require(self, a: Tensor, node: ast.expr, condition: str) -> None:
        if a.names:
            self.conditions.append(f"{self.part(node)} {condition}")

    # calls

    def _call(self, node: ast.Call) -> Tensor:
        if isinstance(node.func, ast.Constant):
            raise ValueError(f"{self.part(node)}: between {self.part(node.func)} and the bracket write *")
        if not isinstance(node.func, ast.Name):
            product = ""
            if isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS and node.args:
                product = f", and a product is written @ {node.func.attr}(...)"
            raise ValueError(f"{self.part(node)}: functions are called by a plain name, such as tr(A){product}")
        name = node.func.id
        if name not in FUNCTIONS or name == "delta":
            raise ValueError(unknown_function(name, self.symbols))
        if name in {"I", "ones", "zeros", "commutation", "duplication"}:
            return self._constant(node, name)
        keywords = self._axis_keyword(node, name)
        wanted = 2 if name in {"kron", "outer"} else 1
        if len(node.args) != wanted:
            counted = f"{wanted} argument{'s' * (wanted > 1)}"
            raise ValueError(f"{self.part(node)}: {name} takes {counted}, not {len(node.args)}")
        return self._applied(node, name, [self.read(arg) for arg in node.args], keywords)

    def _axis_keyword(self, node: ast.Call, name: str) -> int | None:
        if not node.keywords:
            return None
        keyword = node.keywords[0]
        negative = isinstance(keyword.value, ast.UnaryOp) and isinstance(keyword.value.op, ast.USub)
        value = keyword.value.operand if isinstance(keyword.value, ast.UnaryOp) and negative else keyword.value
        if len(node.keywords) > 1 or keyword.arg != "axis" or name not in {"sum", "softmax"}:
            raise ValueError(f"{self.part(node)}: the only keyword is axis=, for sum and softmax")
        if not isinstance(value, ast.Constant) or type(value.value) is not int:
            raise ValueError(f"{self.part(node)}: axis is a whole number, 0 for rows and 1 for columns")
        return -value.value if negative else value.value

    def _constant(self, node: ast.Call, name: str) -> Tensor:
        axes = [self._axis(arg, node) for arg in node.args]
        wanted = {"I": (1,), "duplication": (1,), "commutation": (2,)}.get(name, self.filled)
        if node.keywords or len(axes) not in wanted:
            counted = f"{' or '.join(map(str, wanted[:2]))} axis name{'s' * (max(wanted) > 1)}"
            example = f'{name}("m", "n")' if max(wanted) > 1 else f'{name}("n")'
            raise ValueError(f"{self.part(node)}: {name} takes {counted} in quotes, such as {example}")
        if name in {"ones", "zeros"}:
            return algebra.constant(axes, int(name == "ones"))
        made: dict[str, Callable[..., Tensor]] = {
            "I": algebra.identity,
            "commutation": algebra.commutation,
            "duplication": algebra.duplication,
        }
        return made[name](*axes)

    def _axis(self, node: ast.expr, call: ast.Call) -> Axis:
        if not isinstance(node, ast.Constant) or isinstance(node.value, bool) or not isinstance(node.value, str | int):
            raise ValueError(f'{self.part(call)}: name the axis in quotes, such as I("n")')
        axis = read_axis(str(node.value), self.part(call))
        unknown = [name for name in axis_names([axis]) if name not in self.sizes]
        if unknown:
            known = ", ".join(sorted(self.sizes)) or "none"
            raise ValueError(f"{self.part(call)}: no symbol has an axis {unknown[0]!r}; the axes here are {known}")
        return axis

    def _applied(self, node: ast.Call, name: str, args: list[Tensor], axis: int | None) -> Tensor:
        a = args[0]
        rank = len(a.axes)
        if name in SQUARE and (rank != 2 or a.axes[0] != a.axes[1]):
            self._refuse(node, name, a, "a square matrix")
        allowed = {"diag": (1, 2), "outer": (1,), "kron": (2,), "vec": (0, 1, 2), "softmax": range(1, 9)}.get(name)
        for arg in args:
            if allowed is not None and len(arg.axes) not in allowed:
                self._refuse(node, name, arg, " or ".join(SHAPES[k] for k in allowed if k < 3))
        if name == "diag" and rank == 2 and a.axes[0] != a.axes[1]:
            self._refuse(node, name, a, "a vector or a square matrix")
        if axis is not None and not -rank <= axis < rank:
            raise ShapeError(f"{self.part(node)}: there is no axis {axis}; the argument is {shape(a.axes)}")
        if name in {"sum", "softmax"}:
            if name == "softmax" and axis is None and rank > 1:
                raise ShapeError(
                    f"{self.part(node)}: say along which axis, softmax(..., axis=1) makes every row sum to 1"
                )
            place = axis % rank if axis is not None else None
            return algebra.total(a, place) if name == "sum" else algebra.function("softmax", a, place or 0)
        if name == "sqrt":
            return self._raised(a, Fraction(1, 2), node.args[0], node)
        if name in MAPPED | (SQUARE - {"tr"}):
            condition = {"log": "> 0", "inv": "invertible", "logdet": "invertible"}.get(name)
            if condition:
                self._require(a, node.args[0], condition)
            return algebra.function(name, a)
        return _FUNCTIONS[name](*args)

    def _refuse(self, node: ast.Call, name: str, a: Tensor, wanted: str) -> None:
        raise ShapeError(f"{self.part(node)}: {name} takes {wanted}, and its argument is {shape(a.axes)}")


def _subtract(a: Tensor, b: Tensor) -> Tensor:
    return algebra.add(a, algebra.scale(b, -1))


_OPERATORS: dict[type, Callable[[Tensor, Tensor], Tensor]] = {
    ast.Add: algebra.add,
    ast.Sub: _subtract,
    ast.Mult: algebra.multiply,
    ast.Div: algebra.multiply,
    ast.MatMult: algebra.matmul,
}
_CLASH: dict[type, tuple[str, str]] = {
    ast.Add: ("is a sum", "the parts of a sum need the same axes, aligned at the right"),
    ast.Sub: ("is a difference", "the parts of a difference need the same axes, aligned at the right"),
    ast.Mult: ("multiplies elementwise", ""),
    ast.Div: ("divides elementwise", "to divide by a matrix write inv(...) @ or @ inv(...)"),
}
_FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "tr": algebra.trace,
    "diag": algebra.diagonal,
    "vec": algebra.vec,
    "kron": algebra.kron,
    "norm2": algebra.norm2,
    "outer": algebra.outer,
}
_GRAMMAR = "write a formula with + - * / @ ** .T and functions such as tr, inv, exp"
_KINDS: dict[type, str] = {
    ast.Subscript: "indexing",
    ast.Compare: "a comparison",
    ast.BoolOp: "logic",
    ast.Lambda: "a function definition",
    ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.List: "a list",
    ast.Tuple: "a tuple",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.IfExp: "a condition",
    ast.JoinedStr: "a string",
    ast.NamedExpr: "an assignment",
    ast.Starred: "unpacking",
}
