"""Error estimates over random functions at random scales, against derivatives to 50 digits.

A function is a chain of up to five elementary ones, some of which a complex step gets wrong; its point lies between a
thousandth and a thousand. The same chain in mpmath gives the truth.
"""

import mpmath
import numpy as np
import pytest

import mcutils as mc

HONEST = 5  # the true error may be so many times the estimate
INVISIBLE = 1e-15  # by f's size over x's: a slope so small is lost in f's own rounding

tenth = mpmath.mpf(0.1)
LINKS = {
    "sin": (np.sin, mpmath.sin),
    "cos": (np.cos, mpmath.cos),
    "exp": (np.exp, mpmath.exp),
    "tanh": (np.tanh, mpmath.tanh),
    "square": (lambda z: z * z, lambda z: z * z),
    "bell": (lambda z: 1 / (z * z + 0.1), lambda z: 1 / (z * z + tenth)),
    "tenfold": (lambda z: 10 * z, lambda z: 10 * z),
    "abs": (np.abs, abs),
    "relu": (lambda z: np.maximum(z, 0), lambda z: z if z > 0 else 0 * z),
    "root": (lambda z: np.sqrt(np.abs(z) + 0.1), lambda z: mpmath.sqrt(abs(z) + tenth)),
    "log": (lambda z: np.log(np.abs(z) + 0.1), lambda z: mpmath.log(abs(z) + tenth)),
    "real": (np.real, lambda z: z),
}


def chain(names, which):
    """The functions of these names, one after the other."""

    def f(x):
        for name in names:
            x = LINKS[name][which](x)
        return x

    return f


def random_chain(seed):
    """Names of links and a point, the same for the same seed."""
    random = np.random.default_rng(seed)
    names = [list(LINKS)[i] for i in random.integers(len(LINKS), size=random.integers(1, 6))]
    return names, float(random.normal() * 10 ** random.uniform(-3, 3))


def slope_and_truth(seed):
    """The measured slope and the true one of a random chain, or None where f is huge or x lies at a kink."""
    names, x = random_chain(seed)
    f = chain(names, 0)
    with np.errstate(all="ignore"):
        value = f(x)
    if not abs(value) < 1e100:
        return None
    try:
        measured = mc.slope(f, x, 1.0)
    except mc.KinkError:
        return None
    with mpmath.workdps(50):
        exact = mpmath.diff(chain(names, 1), mpmath.mpf(x), h=mpmath.mpf(10) ** -25)
        return names, x, measured, float(abs(measured.value - exact)), float(abs(exact)), abs(value / x)


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_estimates_hold_for_random_functions_at_random_scales(start):
    """Of a hundred chains nearly all are measured, none with more error than it says, and all to many digits."""
    results = [result for result in map(slope_and_truth, range(start, start + 100)) if result]
    assert len(results) >= 90
    for names, x, measured, error, size, steepness in results:
        invisible = INVISIBLE * steepness
        assert error <= HONEST * measured.error + invisible, (names, x)
        assert measured.error <= 1e-6 * size + 1e-9 * steepness, (names, x)


def test_single_precision_inside_f_is_noticed_at_any_point():
    """A function that rounds to 7 digits has a slope to fewer, and the estimate says so."""
    for seed in range(40):
        x = np.random.default_rng(seed).normal(size=3)
        value, error = mc.slope(lambda x: np.tanh(np.real(x).astype(np.float32)), x, np.ones(3))
        assert np.max(np.abs(value - 1 / np.cosh(x) ** 2)) <= HONEST * error
        assert 1e-9 < error < 1e-3
