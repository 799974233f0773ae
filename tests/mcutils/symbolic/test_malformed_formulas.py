"""Malformed input: each gets one sentence that names the place and says what to write instead."""

from __future__ import annotations

import pytest

from mcutils import ShapeError
from mcutils._symbolic import differentiate, equivalent, namespace, parse

SIZES = {"A": "m n", "B": "p n", "S": "n n symmetric", "x": "n", "y": "m", "b": "n", "c": "", "F": "o w n"}

MATRIX = [
    ("q @ x", ValueError, r"unknown name 'q'; the symbols here are A, B, S, x"),
    (
        "A @ y",
        ShapeError,
        r"A @ y is a matrix product: A is \(m, n\), y is \(m,\); n and m are summed .* perhaps A.T @ y",
    ),
    ("A.T @ x", ShapeError, r"A.T is \(n, m\), x is \(n,\); .* perhaps A @ x$"),
    ("A @ B", ShapeError, r"A is \(m, n\), B is \(p, n\); .* perhaps A @ B.T"),
    ("A * x", ShapeError, r"A \* x multiplies elementwise: A is \(m, n\), x is \(n,\); for the product write A @ x"),
    ("y * A", ShapeError, r"y \* A multiplies elementwise: y is \(m,\), A is \(m, n\); for the product write y @ A"),
    ("A * (x - b)", ShapeError, r"for the product write A @ \(x - b\); to scale columns write A @ diag\(x - b\)$"),
    ("(1 - y) * A", ShapeError, r"for the product write \(1 - y\) @ A; to scale rows write diag\(1 - y\) @ A$"),
    ("x * A", ShapeError, r"x is \(n,\), A is \(m, n\); to scale columns write A @ diag\(x\)$"),
    ("(A + A) * y", ShapeError, r"; to scale rows write diag\(y\) @ \(A \+ A\)$"),
    (
        "A * B",
        ShapeError,
        r"A \* B multiplies elementwise: A is \(m, n\), B is \(p, n\); elementwise factors need the same axes",
    ),
    ("x * y", ShapeError, r"x is \(n,\), y is \(m,\); elementwise factors need the same axes"),
    ("x + y", ShapeError, r"x \+ y is a sum: x is \(n,\), y is \(m,\)"),
    ("A - B", ShapeError, r"A - B is a difference: A is \(m, n\), B is \(p, n\)"),
    ("A + y", ShapeError, r"aligned at the right"),
    ("x / y", ShapeError, r"x / y divides elementwise"),
    ("c @ x", ShapeError, r"c @ x is a matrix product: c is \(\), x is \(n,\); to multiply by a scalar write \*"),
    ("F @ x", ShapeError, r"more axes need index notation"),
    ("tr(A)", ShapeError, r"tr\(A\): tr takes a square matrix, and its argument is \(m, n\)"),
    ("inv(x)", ShapeError, r"inv takes a square matrix, and its argument is \(n,\)"),
    ("det(A @ x)", ShapeError, r"det takes a square matrix"),
    ("diag(A)", ShapeError, r"diag takes a vector or a square matrix"),
    ("outer(A, x)", ShapeError, r"outer takes a vector, and its argument is \(m, n\)"),
    ("kron(x, x)", ShapeError, r"kron takes a matrix"),
    ("sum(A, axis=2)", ShapeError, r"there is no axis 2; the argument is \(m, n\)"),
    ("softmax(A)", ShapeError, r"say along which axis, softmax\(..., axis=1\)"),
    ("(A @ x", ValueError, r"1 bracket '\(' left open"),
    ("A @ x)", ValueError, r"the bracket '\)' at position 6 closes nothing"),
    ("(A @ x]", ValueError, r"the bracket '\]' at position 7 closes nothing"),
    ("A @", ValueError, r"the formula ends in '@'; write what follows it, or leave it out"),
    ("A @ x + ", ValueError, r"the formula ends in '\+'; write what follows it"),
    ("A @ x = x", ValueError, r"found '='; write one formula, without an equals sign"),
    ("(A + A) . (x)", ValueError, r"the sign '\.' before a bracket is not read; write a product as A @ x"),
    ("A . x", ValueError, r"\.x is not part of the notation; a product is written @ x; the only attribute is"),
    ("A . inv(A)", ValueError, r"by a plain name, such as tr\(A\), and a product is written @ inv\(\.\.\.\)"),
    ("A x", ValueError, r"between A and x a sign is missing; write A @ x"),
    ("A @ x y", ValueError, r"between x and y a sign is missing; write x @ y"),
    ("A.T A", ValueError, r"between A.T and A a sign is missing; write A.T @ A"),
    ("(A + A) x", ValueError, r"between \) and x a sign is missing; write \(\.\.\.\) @ x"),
    ("c A", ValueError, r"between c and A a sign is missing; write c\*A"),
    ("2A", ValueError, r"between 2 and A a sign is missing; write 2\*A"),
    ("2(x + b)", ValueError, r"between 2 and the bracket write \*"),
    ("c(x + b)", ValueError, r"unknown function 'c'; for the product write c \* "),
    ("A^T @ y", ValueError, r"A\^T @ y uses an operator .* write A\.T"),
    ("S\u207b\u00b9", ValueError, r"raised signs are not read; write inv\(S\)"),
    ("A\u1d40 @ y", ValueError, r"write A\.T"),
    ("x'", ValueError, r"the prime in x' is not read; for the transpose write x.T"),
    ("(A @ x)' @ y", ValueError, r"the prime in \)' is not read"),
    ("grad = A @ x", ValueError, r"write the formula alone, without grad = before it"),
    ("A @ x;", ValueError, r"leave out the ';' at the end"),
    ("$A @ x$", ValueError, r"as plain text, not as LaTeX"),
    ("`A @ x`", ValueError, r"the formula alone, between straight quotes"),
    ("np.exp(x)", ValueError, r"functions are called by a plain name"),
    ("trace(S)", ValueError, r"unknown function 'trace'; write tr\(...\)"),
    ("'x'", ValueError, r"'x' is not a real number"),
    ("I(n) @ x", ValueError, r"I\(n\): name the axis in quotes"),
    ("exp x", ValueError, r"exp x: put the argument in brackets, exp\(x\)"),
    ("(S + S)\u207b\u00b9", ValueError, r"raised signs are not read; write inv\(\(...\)\)"),
    ("kron(A, I('n'))' @ y", ValueError, r"the prime in \)' is not read; for the transpose write \).T"),
    ("A @ x;;", ValueError, r"leave out the ';' at the end"),
    ("A $ x", ValueError, r"as plain text, not as LaTeX"),
    ("A ` x", ValueError, r"the formula alone, between straight quotes"),
    ("np.cross(x, b)", ValueError, r"functions are called by a plain name"),
    ("ln(x)", ValueError, r"unknown function 'ln'; write log\(...\)"),
    ("exp('x')", ValueError, r"'x' is not a real number"),
    ("x\u00b2", ValueError, r"raised signs such as .* write x\*\*2"),
    ("(x + b)\u00b2", ValueError, r"write \(\.\.\.\)\*\*2"),
    ("A\u00b7x", ValueError, r"the sign .* is not read; write \* or @"),
    (r"\frac{1}{2} A x", ValueError, r"this looks like LaTeX; write .* A\.T @ \(A @ x - b\)"),
    ("\u03b1*x", ValueError, r"is no symbol here; spell it \(alpha\): the symbols are A, B"),
    ("A.__class__", ValueError, r"\.__class__ is not part of the notation"),
    ("A.T.shape", ValueError, r"\.shape is not part of the notation"),
    ("x[0]", ValueError, r"x\[0\] is indexing, not part of the notation"),
    ("solve(A, x)", ValueError, r"unknown function 'solve'; there are I, commutation"),
    ("__import__('os')", ValueError, r"unknown function '__import__'"),
    ("A(x)", ValueError, r"unknown function 'A'; for the product write A @ "),
    ("[a for a in x]", ValueError, r"a comprehension, not part of the notation"),
    ("lambda: x", ValueError, r"a function definition, not part of the notation"),
    ("x if c else y", ValueError, r"a condition, not part of the notation"),
    ("x == b", ValueError, r"a comparison, not part of the notation"),
    ("x and b", ValueError, r"logic, not part of the notation"),
    ("(x, b)", ValueError, r"a tuple, not part of the notation"),
    ("True * x", ValueError, r"True is not a real number"),
    ("2j * x", ValueError, r"2j is not a real number"),
    ("x ^ 2", ValueError, r"x \^ 2 uses an operator .* write \*\* for a power"),
    ("x // 2", ValueError, r"uses an operator that is not part of the notation"),
    ("1e400 * x", ValueError, r"the number 1e400 is out of range"),
    ("10000000000000 * x", ValueError, r"the number 10000000000000 is out of range"),
    ("x ** b", ValueError, r"an exponent is a number, such as 2, -1 or 1/2"),
    ("x ** 1000", ValueError, r"exponents up to 100 in size are read"),
    ("x / 0", ValueError, r"x / 0 divides by zero"),
    ("tr(S, S)", ValueError, r"tr takes 1 argument, not 2"),
    ("outer(x)", ValueError, r"outer takes 2 arguments, not 1"),
    ("exp(x, axis=1)", ValueError, r"the only keyword is axis=, for sum and softmax"),
    ("sum(A, axis=x)", ValueError, r"axis is a whole number"),
    ("I(n + 1) @ x", ValueError, r"I\(n \+ 1\): name the axis in quotes"),
    ("x @ y.T", ShapeError, r"for a column times a row write outer\(x, y\)$"),
    ('I("k") @ x', ValueError, r"no symbol has an axis 'k'; the axes here are m, n, o, p, w"),
    ('I("n", "n")', ValueError, r"I takes 1 axis name in quotes, such as I\(\"n\"\)"),
    ('commutation("n")', ValueError, r"commutation takes 2 axis names in quotes, such as commutation\(\"m\", \"n\"\)"),
    ("I @ x", ValueError, r"I is a function; give it the name of an axis, I\(\"n\"\)"),
    ("S^2", ValueError, r"for the matrix product write S @ S, for the power of every entry S\*\*2"),
    ("x @ S^{-1}", ValueError, r"for the inverse write inv\(S\), for 1 over every entry 1/S"),
    ("A.*A", ValueError, r"the sign \.\* is not read; write \*, which works entry by entry"),
    ("||x||^2", ValueError, r"bars are not read; write norm2\(x\)"),
    ("S\\x", ValueError, r"for the solution write inv\(S\) @ x"),
    ("sin x", ValueError, r"put the argument in brackets, sin\(x\)"),
    ("Tr(S)", ValueError, r"unknown function 'Tr'; write tr\(...\)"),
    ("Ax", ValueError, r"unknown name 'Ax'; for a product write A @ x; the symbols here are A, B"),
    ("e**x", ValueError, r"for e to the power u write exp\(u\)"),
    ("a @ x", ValueError, r"capital and small letters differ: perhaps A"),
    ("A.inv", ValueError, r"write inv\(A\); the only attribute is"),
    ("1e-400 * x", ValueError, r"the number 1e-400 is out of range"),
    ("exp", ValueError, r"exp is a function; give it an argument, exp\(...\)"),
    ("", ValueError, r"the formula is empty"),
    ("   ", ValueError, r"the formula is empty"),
    ("x + " * 2500 + "x", ValueError, r"the formula has 10,001 characters; at most 4,000 are read"),
    ("(" * 1000 + "x" + ")" * 1000, ValueError, r"brackets are nested 1000 deep; at most 60 are read"),
    ("-" * 3000 + "x", ValueError, r"nested too deeply|operations"),
    (" + ".join(["x"] * 900), ValueError, r"has 899 operations; at most"),
    (7, ValueError, r"got int; a formula is given as text"),
]

INDEX = [
    ("x^ib_i", ValueError, r"between x\^i and b leave a space"),
    ("A_{ijk} x_j", ShapeError, r"one index for each axis; several in one pair of braces stand apart, {i j k}$"),
    ("q^i", ValueError, r"unknown name 'q'"),
    ("A^i", ShapeError, r"A has 1 index here and 2 axes; write one index for each axis$"),
    ("A^i_j y^j", ShapeError, r"the index j runs over n in one place and over m in another"),
    ("x^i + y^j", ValueError, r"the index i is free in one term of a sum only \(compare terms 1 and 2\)"),
    ("x^i + b^i c + c", ValueError, r"the index i is free in one term of a sum only \(compare terms 1 and 3\)"),
    ("x^i + b_i", ValueError, r"the index i is upper in term 1 and lower in term 2"),
    ("x^ij", ValueError, r"several or long ones need braces, x\^\{i j\}"),
    ("x^", ValueError, r"the text ends"),
    ("x^1", ValueError, r"an index is a letter"),
    ("x^{i", ValueError, r"1 bracket '\{' left open"),
    ("exp(x^i)^i", ValueError, r"indices stand inside"),
    ("foo(x^i)", ValueError, r"unknown function 'foo'"),
    ("inv(x^i)", ShapeError, r"inv takes a square matrix, an expression with two free indices"),
    ("x^i @ b_i", ValueError, r"found '@'; factors stand side by side"),
    ("x^i ** b^i", ValueError, r"found 'b' where a number should stand"),
    ("1e-99999999 x^i", ValueError, r"the number 1e-99999999 is out of range"),
    ("A^i_j @ x^j", ValueError, r"found '@'; factors stand side by side, as in W\^i_j x\^j"),
    ("(x^i)^2", ValueError, r"found '\^'; a power is written \*\*"),
    ("x^i = b^i", ValueError, r"write one formula, without an equals sign"),
    ("exp x^i", ValueError, r"the argument of a function stands in brackets, exp\(x\^i\)"),
    ("sum_i x^i", ValueError, r"a sum needs no sign: an index on both levels is summed"),
    ("S^{-1}", ValueError, r"the inverse of S is inv\(S\^i_j\)"),
    ("inv(A^i_j)", ShapeError, r"two free indices over one axis, not over m and n"),
    ("x^i / 0", ValueError, r"divide by a number or an expression other than zero"),
    ("delta^i x^i", ShapeError, r"delta has 1 index; it takes two"),
    ("delta^i_j", ShapeError, r"the axis of the index i is not known"),
    ("1e400 x^i", ValueError, r"the number 1e400 is out of range"),
    ("softmax(A^i_j)", ValueError, r"softmax needs the index to sum over, one of i j"),
    ("x^2", ValueError, r"an index is a letter; a power is written \*\*"),
    (r"\delta^i_j x^j", ValueError, r"this looks like LaTeX; write .* W\^i_j x\^j"),
    ("\u03bb x^i", ValueError, r"spell it \(lam\)"),
    (")", ValueError, r"closes nothing"),
    ("", ValueError, r"the formula is empty"),
    ("x^i x", ShapeError, r"x has 0 indices here and 1 axis"),
]

DECLARED = [
    ({"tr": "n"}, r"'tr' is the name of a function here"),
    ({"2x": "n"}, r"'2x' is not a name"),
    ({"x": "n-1"}, r"sizes: x: 'n-1' is no axis"),
    ({"x": 3}, r"the axes of x are given as text"),
    ({"x": "0"}, r"'0' is no axis"),
    ({"S": "m n symmetric"}, r"S is symmetric but has axes \(m, n\)"),
    ({"S": "symmetric n n"}, r"put the axes first and the flags after them"),
    ({"S": "n n Symmetric"}, r"behind the axes stand symmetric, spd or positive"),
    ({"S": "n n sym"}, r"behind the axes stand symmetric, spd or positive"),
]


def test_a_name_is_not_taken_apart():
    """The step dx is no product of d and x that lacks its sign, where all three are symbols."""
    sizes = {"d": "n", "x": "n", "dx": "n", "C": "n n"}
    for text in ("C @ dx 2", "(C @ dx", "dx @ C @ dx )", "sin(dx) dx"):
        with pytest.raises(ValueError, match=r"^(?!.*between d and x)"):
            parse(text, sizes)
    with pytest.raises(ValueError, match="between d and x a sign is missing; write d @ x"):
        parse("d x", sizes)
    with pytest.raises(ValueError, match="between C and dx a sign is missing; write C @ dx"):
        parse("C dx", sizes)


@pytest.mark.parametrize(("text", "kind", "sentence"), MATRIX, ids=range(len(MATRIX)))
def test_malformed_matrix_text_gets_its_sentence(text, kind, sentence):
    """Each malformed matrix formula raises the expected error, in one line."""
    with pytest.raises(kind, match=sentence) as caught:
        parse(text, SIZES)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ShapeError) == (kind is ShapeError)


@pytest.mark.parametrize(("text", "kind", "sentence"), INDEX, ids=range(len(INDEX)))
def test_malformed_index_text_gets_its_sentence(text, kind, sentence):
    """Each malformed index formula raises the expected error, in one line."""
    with pytest.raises(kind, match=sentence) as caught:
        parse(text, SIZES, notation="index")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("sizes", "sentence"), DECLARED)
def test_malformed_sizes_get_their_sentence(sizes, sentence):
    """Each malformed declaration raises the expected error."""
    with pytest.raises(ValueError, match=sentence):
        parse("1", sizes)


def test_there_are_at_least_fifty_malformed_inputs():
    """The table is as long as it should be."""
    assert len(MATRIX) + len(INDEX) >= 50


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: parse("x"), "sizes is missing"),
        (lambda: parse("x", {"x": ["n"]}), 'sizes: the axes of x are given as text such as "m n", not as list'),
        (lambda: parse("lambda * x", {"lambda": "", "x": "n"}), "lambda is a word of Python's own"),
        (lambda: parse("x", {"x": "n"}).evaluate(x=[[1.0], [2.0, 3.0]]), "x is ragged"),
        (lambda: parse("x", {"x": "n"}).evaluate(x=...), "x is ..., a blank not filled in yet; wanted a number or"),
        (lambda: parse("x", {"x": "n"}, notation="latex"), "there is no notation 'latex'; choose one of matrix, index"),
        (lambda: parse("x^i", {"x": "n"}, notation="index", summation="all"), "there is no summation 'all'"),
        (lambda: parse("x^i", {"x": "n"}, notation="index", free="j"), "the free indices here are i, and wanted are j"),
        (
            lambda: differentiate("x", "x", {"x": "n"}),
            r'layout "gradient" is for a scalar, and the expression has shape \(n,\)',
        ),
        (lambda: differentiate("c", "q", {"c": ""}), "cannot differentiate by 'q': the symbols are c"),
        (lambda: differentiate("c", "c", {"c": ""}, layout="jacobian"), "there is no layout 'jacobian'"),
        (lambda: differentiate("c", "c", {"c": ""}, order=3), "order=3 is not available"),
        (lambda: differentiate("x", "x", {"x": "n"}, order=2, layout="array"), "order=2 is the Hessian of a scalar"),
        (
            lambda: differentiate("c*c", "c", {"c": ""}, order=2, layout="numerator"),
            'order=2 has no layout "numerator"',
        ),
        (lambda: parse("x", {"x": "n"}).evaluate(), "x has no value"),
        (lambda: parse("x", {"x": "n"}).evaluate(x=[1.0], z=2), "z does not occur"),
        (lambda: parse("x", {"x": "n"}).evaluate(x=[[1.0]]), r"x has shape \(1, 1\), and its axes are \(n,\)"),
        (lambda: parse("A @ x", {"A": "m n", "x": "n"}).evaluate(A=[[1.0]], x=[1.0, 2.0]), "x has 2 entries along n"),
        (lambda: parse("x", {"x": "4"}).evaluate(x=[1.0]), r"x has shape \(1,\), and its axes \(4,\) are \(4,\)"),
        (lambda: equivalent(parse("x", {"x": "n"}), parse("x", {"x": "m"})), "x is declared in two ways"),
        (lambda: parse("inv(A)", {"A": "n n"}).evaluate(A=[[0.0, 0.0], [0.0, 0.0]]), "to be inverted is singular here"),
        (lambda: parse("x", {"x": "n"}).compile()([1.0], [2.0]), "got 2 arrays; there are 1 symbols, x"),
        (lambda: namespace()["I"]("n"), "the size of axis 'n' is not known"),
    ],
)
def test_wrong_calls_get_their_sentence(call, sentence):
    """Each wrong call of a public function raises one sentence that names what was wrong."""
    with pytest.raises(ValueError, match=sentence):
        call()
