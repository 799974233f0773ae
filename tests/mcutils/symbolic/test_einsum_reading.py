"""Einsum notation in: NumPy's meaning, NumPy's implicit result, and a sentence for what is neither."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from symbolic_questions import ARRAYS, COURSE, SYMBOLS

from mcutils import ShapeError
from mcutils._symbolic import differentiate, equivalent, parse

SIZES = {"A": "n n", "M": "m n", "T": "m n p", "x": "n", "y": "n", "b": "m", "c": ""}
LENGTHS = {"n": 3, "m": 4, "p": 5}
RNG = np.random.default_rng(1)
VALUES = {k: RNG.standard_normal([LENGTHS[a] for a in axes.split()]) for k, axes in SIZES.items()}


@pytest.mark.parametrize(
    "text",
    [
        "einsum('ij,j->i', A, x)",
        "np.einsum('ij,j', A, x)",
        "einsum('ba,b', A, x)",
        "einsum('ij', M)",
        "einsum('ji', M)",
        "einsum('ii', A)",
        "einsum('ii->i', A)",
        "einsum('i,i,i->i', x, y, x)",
        "einsum('i,j', b, x)",
        "einsum('Ba,a', M, x)",
        "einsum('mnp,n->pm', T, x)",
        "einsum(' mnp , n -> ', T, x)",
        "2*einsum('ij,j', A, x) - y/3 + c*x",
        "einsum('ij,j', A + A.T, x*y)",
        "np.exp(einsum('ij,j->i', A, x))",
        "einsum(',i', c, x)",
    ],
)
def test_a_text_means_what_numpy_says(text):
    """Read and evaluated, a text has NumPy's own numbers."""
    wanted = eval(text, {"np": np, "einsum": np.einsum, **VALUES})
    assert np.allclose(parse(text, SIZES, notation="einsum").evaluate(**VALUES), wanted)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_contraction_means_what_numpy_says(data):
    """Random letters on random arrays, with the result given or implied."""
    names = data.draw(st.lists(st.sampled_from(["A", "M", "T", "x", "b"]), min_size=1, max_size=3))
    pools = {"n": "ijN", "m": "kM", "p": "p"}
    parts = ["".join(data.draw(st.sampled_from(pools[axis])) for axis in SIZES[name].split()) for name in names]
    met = sorted(set("".join(parts)))
    spec = ",".join(parts)
    if data.draw(st.booleans()):
        spec += "->" + "".join(data.draw(st.permutations(data.draw(st.lists(st.sampled_from(met), unique=True)))))
    wanted = np.einsum(spec, *(VALUES[name] for name in names))
    read = parse(f"einsum('{spec}', {', '.join(names)})", SIZES, notation="einsum")
    assert np.allclose(read.evaluate(**VALUES), wanted)


@pytest.mark.parametrize(("text", "wrt"), COURSE[:60:2])
def test_what_the_engine_writes_is_read_back(text, wrt):
    """The einsum form of every derivative is read back to the same expression."""
    derivative = differentiate(text, wrt, SYMBOLS, layout="array")
    assert equivalent(derivative, parse(derivative.to_einsum(), SYMBOLS, notation="einsum")).equal is True


def test_the_tables_arrays_have_the_axes_that_einsum_names():
    """A planted wrong letter changes the numbers, so the test above can fail."""
    right, wrong = (parse(f"einsum('{spec}', A, x)", SYMBOLS, notation="einsum") for spec in ("ij,j", "ij,i"))
    assert equivalent(right, wrong).equal is False
    assert not np.allclose(right.evaluate(**ARRAYS), wrong.evaluate(**ARRAYS))


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("einsum('...j,j', A, x)", ValueError, "give every axis a letter"),
        ("einsum('ij,j->i', A)", ValueError, "the letters are of 2 arrays, and 1 are given"),
        ("einsum('ijk,j->i', A, x)", ShapeError, r"A is \(n, n\), and its letters are 'ijk'"),
        ("einsum('ij,i', M, x)", ShapeError, "the letter i runs over m before and over n in x"),
        ("einsum('ij,j->k', A, x)", ValueError, "the letter k of the result stands on no array"),
        ("einsum('ij,j->ii', A, x)", ValueError, "stands twice in the result"),
        ("einsum('ij;j', A, x)", ValueError, "';' is no letter"),
        ("einsum('i1', A)", ValueError, "'1' is no letter"),
        ("einsum('i->j->i', x)", ValueError, "is no letter"),
        ("einsum(A, [0, 1], x, [1])", ValueError, "the letters come first, in quotes"),
        ("einsum('ij,j', A, x, optimize=True)", ValueError, "no optimize="),
        ("einsum()", ValueError, "the letters come first"),
        ("A @ x + einsum('ij,j', A, x)", ValueError, "a product has letters"),
        ("tr(einsum('ij', A))", ValueError, "tr is written with letters"),
        ("einsum('ij,j', A, z)", ValueError, "unknown name 'z'"),
        ("einsum('ij,j', A, x", ValueError, "left open"),
        ("os.einsum('i', x)", ValueError, "functions are called by a plain name"),
        ("einsum(f'{x}', A)", ValueError, "the letters come first, in quotes"),
        ("einsum('ij,j', A x)", ValueError, "between A and x a sign is missing"),
    ],
)
def test_malformed_einsum_gets_its_sentence(text, kind, sentence):
    """Each malformed text raises one sentence that says what to write."""
    with pytest.raises(kind, match=sentence) as caught:
        parse(text, SIZES, notation="einsum")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["T3^{i j l} - T3^{i j l} + T3^{i j k} delta(n)^l_k - T3^{i j l}", "softmax(T3^{i j l} c, j)"]
)
def test_arrays_of_three_axes_are_printed_and_read(text):
    """What einsum text says of an array of three axes, zeros among them, is read back."""
    sizes = {"T3": "m k n", "c": ""}
    f = parse(text, sizes, notation="index")
    back = parse(f.to_einsum(), sizes, notation="einsum")
    assert back.axes == f.axes
    assert equivalent(back, f)
