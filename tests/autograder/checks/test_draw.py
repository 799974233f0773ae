"""The data that checks draw: generic, well conditioned, repeatable."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checks.draw import draw
from autograder.checks.sizes import in_axis_names, read_sizes

SYMBOLS = read_sizes(
    {"X": "m n", "A": "p m", "c": "", "S": "n n symmetric", "P": "m m spd", "w": "n positive", "F": "4 w n", "M": "n n"}
)


@given(st.integers(0, 10_000))
def test_axes_are_pairwise_different_and_never_two(number):
    """A transpose shows as a shape, and no identity of 2 x 2 matrices can pass."""
    lengths = list(draw(SYMBOLS, number).lengths.values())
    assert len(set(lengths)) == len(lengths)
    assert min(lengths) >= 3
    assert 4 not in lengths  # a literal axis keeps its length to itself


@given(st.integers(0, 10_000))
def test_flags_hold_and_nothing_else_is_symmetric(number):
    """Symmetric, positive definite and positive where flagged; generic elsewhere; well conditioned always."""
    X, A, c, S, P, w, F, M = draw(SYMBOLS, number).args
    assert isinstance(c, float)
    assert abs(c) >= 0.3
    assert np.array_equal(S, S.T)
    assert np.array_equal(P, P.T)
    assert np.linalg.eigvalsh(P).min() > 0.5
    assert w.min() > 0
    assert F.shape[0] == 4
    assert not np.allclose(M, M.T, atol=1e-3)
    assert max(np.linalg.cond(B) for B in (X, A, S, P, M)) <= 3.01


def test_the_seed_is_ambient(monkeypatch):
    """The same seed gives the same data, another seed gives others."""
    monkeypatch.setenv("MC_SEED", "one")
    first = draw(SYMBOLS, 0)
    again = draw(SYMBOLS, 0)
    monkeypatch.setenv("MC_SEED", "two")
    other = draw(SYMBOLS, 0)
    assert all(np.array_equal(a, b) for a, b in zip(first.args, again.args, strict=True))
    assert first.args[2] != other.args[2]


def test_draws_and_attempts_differ():
    """Another draw, or another attempt at it, is other data."""
    values = {draw(SYMBOLS, 0).args[2], draw(SYMBOLS, 1).args[2], draw(SYMBOLS, 0, attempt=1).args[2]}
    assert len(values) == 3


def test_a_sum_is_longer_than_what_it_is_beside():
    """An axis written as a sum has room for the other one, and both differ from draw to draw."""
    symbols = read_sizes({"x": "s+20", "f": "w", "z": "s+20"})
    points = [draw(symbols, number) for number in range(3)]
    lengths = [(len(x), len(f), len(z)) for x, f, z in (point.args for point in points)]
    assert all(x == z and 23 <= x <= 25 and 3 <= f <= 5 and x - 20 != f for x, f, z in lengths)
    assert [len(set(column)) for column in zip(*lengths, strict=True)] == [3, 3, 3]
    assert points[0].described(symbols)[0] == f"x (s+20,) = ({lengths[0][0]},)"


@pytest.mark.parametrize("axes", ["+3", "s+", "s+0", "s+t", "s+-1", "s+2+2", "3+s"])
def test_other_sums_are_refused(axes):
    """A sum is a name and a positive integer."""
    with pytest.raises(ValueError, match="write axis names, positive integers or a sum of the two"):
        read_sizes({"x": axes})


@pytest.mark.parametrize(
    ("shape", "text"),
    [((), "()"), ((3,), "(m,)"), ((4, 3), "(n, m)"), ((12, 7), "(m*n, 7)"), ((9,), "(m*m,)")],
)
def test_shapes_are_told_in_axis_names(shape, text):
    """A length names its axis, a product of lengths both, and any other stays a number."""
    assert in_axis_names(shape, {"m": 3, "n": 4}) == text


def test_what_was_drawn_cannot_be_written_to() -> None:
    """It is kept for the next check on the same seed."""
    (x,) = draw(read_sizes({"x": "n"}), 0).args
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 1.0


@pytest.mark.parametrize(
    ("axes", "enough"),
    [({"x": "s+{}", "f": "w"}, 3), ({"x": "s+{}", "f": "w", "g": "45"}, 43), ({"x": "s+9 w+{}"}, 12)],
)
def test_a_sum_is_never_as_long_as_another_axis(axes, enough):
    """A length names its axis: where a sum could have that of another, the author is told how much to add."""
    lengths = draw(read_sizes({name: text.format(enough) for name, text in axes.items()}), 0).lengths
    assert len(set(lengths.values())) == len(lengths)
    with pytest.raises(ValueError, match=f"may be as long as another axis; add at least {enough}"):
        draw(read_sizes({name: text.format(enough - 1) for name, text in axes.items()}), 0)
