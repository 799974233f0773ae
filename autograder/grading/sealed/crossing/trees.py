"""sympy expressions as trees of plain data, through a list of classes.

An expression is rebuilt from its class's name and its arguments, without evaluation: nothing is parsed, and no name
outside the list is looked up. No text is ever among the arguments, for many of sympy's classes evaluate a text that
they are given.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from autograder.grading.sealed.crossing.known import words
from autograder.grading.sealed.crossing.plain import LONGEST_PART, CannotCross, Malformed
from autograder.grading.sealed.crossing.sympy_names import is_name, is_name_of_function

# what is made of arguments alone
EVALUATING = words(
    "Add Mul Pow Abs sign exp log sin cos tan cot sec csc asin acos atan atan2 sinh cosh tanh coth asinh acosh "
    "atanh floor ceiling Max Min re im conjugate arg factorial binomial gamma erf erfc Heaviside DiracDelta "
    "asec acsc sech csch asech acsch sinc erfi Ei Si Ci zeta loggamma polygamma besselj bessely besseli besselk "
    "fibonacci harmonic bernoulli subfactorial frac "
    "LambertW Equality Unequality StrictLessThan LessThan StrictGreaterThan GreaterThan"
)
PLAIN = words(
    "Derivative Integral Sum Product Limit Tuple Dict FiniteSet Interval Union Intersection Complement And Or Not "
    "Piecewise ExprCondPair MatAdd MatMul MatPow Transpose Inverse Trace Determinant Adjoint HadamardProduct "
    "HadamardPower KroneckerProduct ZeroMatrix Identity OneMatrix DiagMatrix KroneckerDelta ArrayTensorProduct "
    "ArrayContraction PermuteDims ArrayAdd Lambda ImageSet ConditionSet ProductSet Subs"
)
"""Classes that take no ``evaluate``, or do not evaluate of themselves."""
CONSTANTS = words(
    "pi E I oo zoo nan GoldenRatio EulerGamma Catalan true false EmptySet Reals Integers Naturals Rationals Complexes"
)
MATRICES = ["ImmutableDenseMatrix", "MutableDenseMatrix", "ImmutableSparseMatrix", "MutableSparseMatrix"]
FLAGS = words(
    "commutative real positive negative integer nonnegative nonzero nonpositive zero complex even odd prime "
    "rational finite extended_real imaginary"
)
ASSUMED = (
    *FLAGS,
    *words("extended_positive extended_negative extended_nonnegative extended_nonpositive extended_nonzero"),
    *words("infinite hermitian antihermitian algebraic transcendental irrational noninteger composite polar"),
)
"""What may be assumed of an unknown function: sympy notes with it what follows from that."""
ACROSS = 1 << 40
POLYNOMIALS = ("Poly", "PurePoly")
MOST_COEFFICIENTS = 100_000
SHOWN = 40


@cache
def _sympy() -> Any:
    import sympy

    return sympy


@cache
def _classes() -> dict[str, type]:
    import sympy.functions.elementary.piecewise as piecewise
    import sympy.tensor.array.expressions as arrays

    homes = (_sympy(), piecewise, arrays)
    found = {name: next((getattr(h, name) for h in homes if hasattr(h, name)), None) for name in EVALUATING + PLAIN}
    return {name: kind for name, kind in found.items() if isinstance(kind, type)}


@cache
def _constants() -> dict[str, Any]:
    sympy = _sympy()
    found = {name: getattr(sympy, name, getattr(sympy.S, name, None)) for name in CONSTANTS}
    return {name: value for name, value in found.items() if value is not None} | {"-oo": -sympy.oo}


@cache
def _names() -> dict[int, str]:
    """Classes and constants by identity."""
    return {id(value): name for name, value in (_classes() | _constants()).items()}


def is_tree(value: Any) -> bool:
    """Whether a value is an expression or a matrix of sympy's, or an unknown function."""
    sympy = _sympy()
    return isinstance(value, sympy.Basic | sympy.MatrixBase) or type(value) is sympy.core.function.UndefinedFunction


def to_tree(value: Any) -> Any:
    """Take an expression to tuples, texts and numbers.

    Raises:
        CannotCross: a part of it is of a class that is not in the list.
    """
    sympy, kind = _sympy(), type(value)
    if (name := _names().get(id(value))) is not None:
        return ("constant", name)
    if kind is sympy.Symbol:
        return ("symbol", _said(value.name), dict(value._assumptions_orig))
    if kind is sympy.Dummy:  # it is told from those of the other side, and is itself again when it comes home
        return ("dummy", _said(value.name), int(value.dummy_index) ^ ACROSS, dict(value._assumptions_orig))
    if isinstance(value, sympy.Integer):
        return int(value)
    if isinstance(value, sympy.Rational):
        if max(int(value.p).bit_length(), int(value.q).bit_length()) > 8 * LONGEST_PART:
            raise CannotCross("a fraction of very long numbers")
        return ("ratio", int(value.p), int(value.q))
    if isinstance(value, sympy.Float):
        sign, mantissa, exponent, _ = value._mpf_
        return ("float", int(sign), int(mantissa), int(exponent), int(value._prec))
    if kind.__name__ in POLYNOMIALS and kind is getattr(sympy, kind.__name__):
        return _polynomial_apart(value)
    if kind is sympy.Order:
        return ("order", *map(to_tree, (value.expr, *value.variables, *value.point)))
    if kind is sympy.MatrixSymbol:
        return ("matrix symbol", _said(value.name), *map(to_tree, value.shape))
    if kind.__name__ in MATRICES and kind is getattr(sympy, kind.__name__):
        return ("matrix", kind.__name__, *value.shape, [to_tree(entry) for entry in value.flat()])
    if kind is sympy.core.function.UndefinedFunction:
        return ("function", *_function_said(value))
    if type(kind) is sympy.core.function.UndefinedFunction:
        return ("unknown", *_function_said(kind), [to_tree(part) for part in value.args])
    if (name := _names().get(id(kind))) is not None:
        return ("node", name, [to_tree(part) for part in value.args])
    raise CannotCross(f"a sympy {kind.__name__}")


def from_tree(tree: Any) -> Any:
    """Take tuples, texts and numbers to an expression.

    Raises:
        Malformed: it is no tree.
    """
    if type(tree) is int:
        return _sympy().Integer(tree)
    if type(tree) is not tuple or not tree or tree[0] not in _MAKE:
        raise Malformed("tree")
    return _MAKE[tree[0]](*tree[1:])


def _said(text: str) -> str:
    if not is_name(text):
        raise CannotCross(f"a symbol called {text[:SHOWN]!r}")
    return text


def _name(text: Any) -> str:
    if not is_name(text):
        raise Malformed("name")
    return str(text)


def _symbol(name: Any, flags: Any) -> Any:
    if type(flags) is not dict or not all(k in FLAGS and type(v) is bool for k, v in flags.items()):
        raise Malformed("flags")
    return _sympy().Symbol(_name(name), **flags)


def _dummy(name: Any, index: Any, flags: Any) -> Any:
    if type(index) is not int or not 0 <= index < 2 * ACROSS:
        raise Malformed("index")
    _symbol(name, flags)
    return _sympy().Dummy(name, dummy_index=index, **flags)


def _ratio(p: Any, q: Any) -> Any:
    if type(p) is not int or type(q) is not int or q == 0 or max(p.bit_length(), q.bit_length()) > 8 * LONGEST_PART:
        raise Malformed("ratio")
    return _sympy().Rational(p, q)


def _float(sign: Any, mantissa: Any, exponent: Any, precision: Any) -> Any:
    if not all(type(n) is int for n in (sign, mantissa, exponent, precision)) or sign not in (0, 1):
        raise Malformed("float")
    if (
        not 0 <= mantissa.bit_length() <= precision + 1
        or mantissa < 0
        or not 1 <= precision <= 10_000
        or abs(exponent) > 10**6
    ):
        raise Malformed("float")
    return _sympy().Float._new((sign, mantissa, exponent, mantissa.bit_length()), precision)


def _matrix(kind: Any, rows: Any, columns: Any, entries: Any) -> Any:
    if kind not in MATRICES or type(entries) is not list or rows * columns != len(entries):
        raise Malformed("matrix")
    return getattr(_sympy(), kind)(rows, columns, [from_tree(entry) for entry in entries])


def _matrix_symbol(name: Any, rows: Any, columns: Any) -> Any:
    return _sympy().MatrixSymbol(_name(name), from_tree(rows), from_tree(columns))


def _order(expression: Any, *parts: Any) -> Any:
    """The rest of a series, as it is: to make one, sympy looks for the leading term."""
    sympy, half = _sympy(), len(parts) // 2
    made = [from_tree(part) for part in parts]
    if len(parts) != 2 * half or not all(type(part) is sympy.Symbol for part in made[:half]):
        raise Malformed("order")
    places = [sympy.Tuple(*place) for place in zip(made[:half], made[half:], strict=True)]
    return sympy.Expr.__new__(sympy.Order, from_tree(expression), *places)


def _function_said(function: Any) -> tuple[str, dict[str, bool]]:
    """The name of an unknown function, and what is assumed of it."""
    if not is_name_of_function(function.__name__):
        raise CannotCross(f"a function of sympy's called {function.__name__[:SHOWN]!r}")
    said = {name: value for name, value in function._kwargs.items() if type(value) is bool}
    if said != function._kwargs or not said.keys() <= {*ASSUMED}:
        raise CannotCross(f"a function of sympy's with attributes, {function.__name__}")
    return function.__name__, said


def _function(name: Any, flags: Any) -> Any:
    if not is_name_of_function(name):
        raise Malformed("name of a function")
    if type(flags) is not dict or not all(k in ASSUMED and type(v) is bool for k, v in flags.items()):
        raise Malformed("flags")
    return _sympy().Function(name, **flags)


def _polynomial_apart(value: Any) -> tuple[Any, ...]:
    """A polynomial as its terms and the domain of its coefficients."""
    terms = [(tuple(map(int, monomial)), to_tree(coefficient)) for monomial, coefficient in value.terms()]
    told = ("polynomial", type(value).__name__, [*map(to_tree, value.gens)], terms, str(value.domain))
    if value.domain != _domains().get(told[-1]) or not _is_small(terms):
        raise CannotCross(f"a polynomial over {told[-1][:SHOWN]}")
    return told


@cache
def _domains() -> dict[str, Any]:
    sympy = _sympy()
    return {str(domain): domain for domain in (sympy.ZZ, sympy.QQ, sympy.RR, sympy.CC, sympy.EX)}


def _is_small(terms: list[tuple[tuple[int, ...], Any]]) -> bool:
    """Whether a polynomial has few coefficients, those that are 0 counted: sympy keeps these too."""
    degrees = [max(column) for column in zip(*(monomial for monomial, _ in terms), strict=True)]
    return bool(math.prod(degree + 1 for degree in degrees) <= MOST_COEFFICIENTS)


def _polynomial(name: Any, variables: Any, terms: Any, domain: Any) -> Any:
    if name not in POLYNOMIALS or type(variables) is not list or type(terms) is not list or domain not in _domains():
        raise Malformed("polynomial")
    if not all(type(monomial) is tuple and len(monomial) == len(variables) for monomial, _ in terms):
        raise Malformed("terms")
    if not all(type(n) is int and n >= 0 for monomial, _ in terms for n in monomial) or not _is_small(terms):
        raise Malformed("degrees")
    made = {monomial: from_tree(coefficient) for monomial, coefficient in terms}
    return getattr(_sympy(), name).from_dict(made, *map(from_tree, variables), domain=_domains()[domain])


def _unknown(name: Any, flags: Any, parts: Any) -> Any:
    return _function(name, flags)(*map(from_tree, parts))


def _node(name: Any, parts: Any) -> Any:
    kind: Any = _classes()[name]
    arguments = [from_tree(part) for part in parts]
    return kind(*arguments, evaluate=False) if name in EVALUATING else kind(*arguments)


_MAKE: dict[str, Any] = {
    "constant": lambda name: _constants()[name],
    "symbol": _symbol,
    "dummy": _dummy,
    "ratio": _ratio,
    "float": _float,
    "matrix symbol": _matrix_symbol,
    "matrix": _matrix,
    "order": _order,
    "function": _function,
    "unknown": _unknown,
    "polynomial": _polynomial,
    "node": _node,
}
