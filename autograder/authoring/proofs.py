"""Prove that a mutant is no error: that it says the same as the solution, in other words.

Two ways. Code whose text is the same once its local names are written out, and unused ones are gone, is the same code.
What stays within the notation of formulas is translated to it and compared by the engine, with the axes and flags that
the tests declare, so that transposing a symmetric matrix is proved to change nothing. What can be proved in neither way
is not equivalent: that some numbers agree proves nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import mcutils
from autograder.authoring.asked import Asked
from autograder.authoring.formula_mutants import notation
from autograder.authoring.trees import called, operands, replaced

Symbols = Mapping[str, str]

FREE = "ABCDEFGH"
"""Names of free indices, by their places; capitals, so that no letter of a specification is among them."""

FLAGS = frozenset({"symmetric", "spd", "positive"})


class Untranslatable(Exception):
    """A piece of code is not within the notation of formulas."""


@dataclass(frozen=True)
class Formula:
    """What an answer says, in a notation that the engine reads; ``free`` is the order of its free indices."""

    text: str
    notation: str
    summation: str = "levels"
    free: str | None = None


def same_code(before: str, after: str) -> bool:
    """Whether two definitions are one, once local names are written out and comments and docstrings are gone."""
    first, second = (ast.parse(text).body for text in (before, after))
    return len(first) == len(second) and all(_normal(a) == _normal(b) for a, b in zip(first, second, strict=True))


def proved(before: str, after: str, asked: Asked) -> str | None:
    """Say how it is known that two definitions are equal, or return None where it is not known.

    Args:
        before: a function or an assignment, as text.
        after: the same one with a change.
        asked: what its tests declare: the axes and flags of the symbols, how index notation is read.
    """
    if same_code(before, after):
        return "the same code"
    try:
        pairs = list(zip(_formulas(before, asked), _formulas(after, asked), strict=True))
        if pairs and all(_equal(a, b, asked.known) for a, b in pairs):
            return "proved by the engine"
    except (Untranslatable, ValueError):  # ValueError: not in the grammar, or too large for it
        pass
    return None


def _equal(before: Formula, after: Formula, symbols: Symbols) -> bool:
    if before == after:
        return True
    first, second = (
        mcutils.parse(this.text, dict(symbols), notation=this.notation, summation=this.summation, free=this.free)
        for this in (before, after)
    )
    verdict = mcutils.equivalent(first, second)
    return bool(verdict.equal) and verdict.how != "numeric"


# --- what a definition says -------------------------------------------------------------------------------------------


def _normal(statement: ast.stmt) -> str:
    value = written_out(statement) if isinstance(statement, ast.FunctionDef) else None
    if isinstance(statement, ast.FunctionDef) and value is not None:
        return f"{statement.name}({ast.unparse(statement.args)}): {ast.unparse(value)}"
    return ast.unparse(ast.parse(ast.unparse(statement)))


def written_out(function: ast.FunctionDef) -> ast.expr | None:
    """Return what a function returns, with its local names written out; None where it is more than assignments."""
    known: dict[str, ast.expr] = {}
    for statement in function.body:
        if (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)) or isinstance(
            statement, ast.Pass
        ):
            continue
        if isinstance(statement, ast.Return) and statement.value is not None:
            return _substituted(statement.value, known)
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return None
        target = statement.targets[0]
        if not isinstance(target, ast.Name):
            return None
        known[target.id] = _substituted(statement.value, known)
    return None


def _substituted(value: ast.expr, known: Mapping[str, ast.expr]) -> ast.expr:
    new: ast.AST = value
    for node in list(ast.walk(value)):
        if isinstance(node, ast.Name) and node.id in known:
            new = replaced(new, node, known[node.id])
    assert isinstance(new, ast.expr)
    return new


def _formulas(source: str, asked: Asked) -> list[Formula]:
    """Return the formulas that a definition states."""
    (statement,) = ast.parse(source).body
    if isinstance(statement, ast.FunctionDef):
        value = written_out(statement)
        if value is None:
            raise Untranslatable
        names = asked.symbol_of([argument.arg for argument in statement.args.args])
        return [_contraction(part, names, asked.known) or _matrix(part, names, asked.known) for part in _parts(value)]
    texts = [
        node.value for node in ast.walk(statement) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    kinds = [notation(text, asked.symbols) for text in texts]
    if not set(kinds) <= {"matrix", "index"}:
        raise Untranslatable
    return [_typed(text, str(kind), asked) for text, kind in zip(texts, kinds, strict=True)]


def _typed(text: str, kind: str, asked: Asked) -> Formula:
    return Formula(text, kind, asked.summation, asked.free) if kind == "index" else Formula(text, kind)


def _matrix(node: ast.expr, names: Mapping[str, str], symbols: Symbols) -> Formula:
    return Formula(ast.unparse(formula(node, names, symbols)), "matrix")


def _parts(value: ast.expr) -> Sequence[ast.expr]:
    """An array of rows is compared row by row."""
    if isinstance(value, ast.Call) and called(value) in {"array", "stack"} and isinstance(value.args[0], ast.List):
        return value.args[0].elts
    return [value]


def _contraction(node: ast.expr, names: Mapping[str, str], symbols: Symbols) -> Formula | None:
    """Read a sum of calls of einsum as index notation that sums every repeated index; None for anything else."""
    terms: list[tuple[str, ast.expr]] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        terms.append(("+ " if isinstance(node.op, ast.Add) else "- ", node.right))
        node = node.left
    terms.append(("", node))
    if any(called(term) != "einsum" for _, term in terms):
        return None
    text = " ".join(sign + _product(term, names, symbols) for sign, term in reversed(terms))
    return Formula(text, "index", "repeated", " ".join(FREE[: len(_specification(node)[1])]))


def _specification(node: ast.expr) -> tuple[list[str], str]:
    """Return the letters of a call of einsum, those of its operands and those of its result."""
    first = node.args[0] if isinstance(node, ast.Call) and called(node) == "einsum" and node.args else None
    text = first.value if isinstance(first, ast.Constant) else None
    if not isinstance(text, str) or text.count("->") != 1 or not set(text) <= set("abcdefghijklmnopqrstuvwxyz,->"):
        raise Untranslatable
    inputs, _, output = text.partition("->")
    return inputs.split(","), output


def _product(node: ast.expr, names: Mapping[str, str], symbols: Symbols) -> str:
    """Write one call of einsum as a product, its free indices named by their places."""
    inputs, output = _specification(node)
    if any("".join(inputs).count(letter) != 1 for letter in output) or not isinstance(node, ast.Call):
        raise Untranslatable  # elementwise, which this convention would sum
    renamed = dict(zip(output, FREE, strict=False))
    factors = []
    for letters, operand in zip(inputs, node.args[1:], strict=True):
        while isinstance(operand, ast.Attribute) and operand.attr == "T":
            operand, letters = operand.value, letters[::-1]
        name = _factor(operand, names, symbols)
        indices = " ".join(renamed.get(letter, letter) for letter in letters)
        factors.append(f"{name}_{{{indices}}}" if indices else name)
    return " ".join(factors)


def _factor(node: ast.expr, names: Mapping[str, str], symbols: Symbols) -> str:
    """Name one operand: an argument, or the identity on an axis."""
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if called(node) == "eye":
        identity = formula(node, names, symbols)
        assert isinstance(identity, ast.Call), "_made makes calls"
        return f"delta({ast.literal_eval(identity.args[0])})"
    raise Untranslatable


# --- from NumPy to the notation ---------------------------------------------------------------------------------------

PLAIN = frozenset({"exp", "log", "tanh", "sin", "cos", "sqrt", "outer", "kron", "diag", "inv", "det", "vec"})


def formula(node: ast.expr, names: Mapping[str, str], symbols: Symbols) -> ast.expr:
    """Translate an expression of NumPy to the notation of formulas.

    Args:
        node: the expression.
        names: for each argument the symbol that it is.
        symbols: the axes of the symbols.

    Raises:
        Untranslatable: some of it has no counterpart.
    """

    def again(part: ast.expr) -> ast.expr:
        return formula(part, names, symbols)

    if isinstance(node, ast.BinOp):
        return ast.BinOp(again(node.left), node.op, again(node.right))
    if isinstance(node, ast.UnaryOp):
        return ast.UnaryOp(node.op, again(node.operand))
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return ast.Attribute(again(node.value), "T", ast.Load())
    if isinstance(node, ast.Name) and node.id in names:
        return ast.Name(names[node.id], ast.Load())
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node
    if isinstance(node, ast.Subscript):
        return _length(node, names, symbols)
    if isinstance(node, ast.Call) and (write := _CALLS.get(called(node))):
        return write(node, again, names, symbols)
    raise Untranslatable


Again = Callable[[ast.expr], ast.expr]
Write = Callable[[ast.Call, Again, Mapping[str, str], Symbols], ast.expr]


def _call(name: str, *args: ast.expr, keywords: Sequence[ast.keyword] = ()) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(args), list(keywords))


def _same(node: ast.Call, again: Again, _names: Mapping[str, str], _symbols: Symbols) -> ast.expr:
    """A function of the same name; keywords are kept for the parser to judge."""
    return _call(called(node), *map(again, operands(node)), keywords=node.keywords)


def _as(name: str) -> Write:
    return lambda node, again, _names, _symbols: _call(name, *map(again, operands(node)))


def _solve(node: ast.Call, again: Again, _names: Mapping[str, str], _symbols: Symbols) -> ast.expr:
    return ast.BinOp(_call("inv", again(node.args[0])), ast.MatMult(), again(node.args[1]))


def _norm(node: ast.Call, again: Again, _names: Mapping[str, str], _symbols: Symbols) -> ast.expr:
    if len(node.args) != 1 or node.keywords:
        raise Untranslatable
    return _call("norm2", again(node.args[0]))


def _made(name: str) -> Write:
    """An array of the length of an axis: ``np.eye(len(x))`` is ``I("n")``."""

    def write(node: ast.Call, again: Again, _names: Mapping[str, str], _symbols: Symbols) -> ast.expr:
        length = again(node.args[0])
        if not isinstance(length, ast.Name) or len(node.args) != 1:
            raise Untranslatable
        return _call(name, ast.Constant(length.id))

    return write


def _axis(node: ast.expr, place: int, names: Mapping[str, str], symbols: Symbols) -> ast.expr:
    axes = symbols.get(names.get(node.id, ""), "").split() if isinstance(node, ast.Name) else []
    axes = [axis for axis in axes if axis not in FLAGS]
    if not 0 <= place < len(axes) or not axes[place].isidentifier():
        raise Untranslatable
    return ast.Name(axes[place], ast.Load())


def _len(node: ast.Call, _again: Again, names: Mapping[str, str], symbols: Symbols) -> ast.expr:
    return _axis(node.args[0], 0, names, symbols)


def _length(node: ast.Subscript, names: Mapping[str, str], symbols: Symbols) -> ast.expr:
    """X.shape[0] is the name of an axis."""
    shape, place = node.value, node.slice
    if isinstance(shape, ast.Attribute) and shape.attr == "shape" and isinstance(place, ast.Constant):
        return _axis(shape.value, int(place.value), names, symbols) if type(place.value) is int else _no()
    return _no()


def _no() -> ast.expr:
    raise Untranslatable


_CALLS: Mapping[str, Write] = {
    **dict.fromkeys(PLAIN | {"sum", "softmax"}, _same),
    "trace": _as("tr"),
    "solve": _solve,
    "norm": _norm,
    "eye": _made("I"),
    "ones": _made("ones"),
    "zeros": _made("zeros"),
    "len": _len,
}
