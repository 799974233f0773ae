"""Fields of Python numbers: integers modulo a prime, or real numbers of any precision.

A field supplies random entries, division and the elementwise functions. Modulo a prime a function is an atom: a random
number, the same for the same argument, tied to its relatives (sigmoid and tanh are made from exp, and sin and cos from
one atom).
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mcutils._symbolic.budget import spend

Array = NDArray[Any]
FARTHEST = 10**9  # the largest argument of sin and cos
SATURATED = {"tanh": 0.75, "sigmoid": 1.5, "exp": 1.5}  # times the digits; farther out, all of them say 1 + exp(-u) = 1


class Undefined(ArithmeticError):
    """The expression has no value at this point: a zero denominator, a singular matrix, a logarithm of nothing."""


class Modular:
    """Integers modulo a prime, with functions as atoms; with `signs`, a step is 0 or 1, and 1 less for the opposite."""

    def __init__(self, prime: int, rng: random.Random, signs: bool = False) -> None:
        self.prime, self.rng, self.signs = prime, rng, signs
        self.atoms: dict[tuple[str, int], int] = {}

    def number(self, value: Fraction) -> int:
        """A rational number."""
        if value and not value.numerator % self.prime:
            raise Undefined("a coefficient that is no zero is one here")
        return value.numerator * self.inverse(value.denominator) % self.prime

    def draw(self, positive: bool) -> int:
        """A random entry."""
        return self.rng.randrange(self.prime)

    def reduce(self, array: Array) -> Array:
        """Entries brought back into range after sums and products."""
        return np.asarray(array % self.prime, dtype=object)

    def inverse(self, value: int) -> int:
        """1 / value."""
        if not value % self.prime:
            raise Undefined("a denominator is zero")
        return pow(value, -1, self.prime)

    def worth(self, value: int) -> float:
        """How good a pivot is."""
        return float(value % self.prime != 0)

    def power(self, value: int, exponent: Fraction) -> int:
        """value ** exponent; a root is an atom."""
        root = value if exponent.denominator == 1 else self.atom(f"root{exponent.denominator}", value)
        if exponent < 0:
            root = self.inverse(root)
        return pow(root, abs(exponent.numerator), self.prime)

    def function(self, kind: str, value: int) -> int:
        """An elementwise function."""
        if kind in {"sin", "cos"}:
            t = self._odd("tan", value)
            return (2 * t if kind == "sin" else 1 - t * t) * self.inverse(1 + t * t) % self.prime
        if kind in {"exp", "sigmoid", "tanh"}:
            e = self._exponential(value)
            if kind == "exp":
                return e
            above, below = (e, 1 + e) if kind == "sigmoid" else (e * e - 1, e * e + 1)
            return above * self.inverse(below) % self.prime
        if kind in {"relu", "step"}:
            step = self._sign(value) if self.signs else self.atom("step", value)
            return step * (value if kind == "relu" else 1) % self.prime
        if kind == "logabs":
            return self.atom("log", min(value, self.prime - value))
        return 0 if (kind, value) == ("log", 1) else self.atom(kind, value)

    def _sign(self, value: int) -> int:
        if not value:
            return 0
        smaller = min(value, self.prime - value)
        return (self.atom("sign", smaller) + (value != smaller)) % 2

    def _exponential(self, value: int) -> int:
        if not value:
            return 1
        smaller = min(value, self.prime - value)
        e = self.atom("exp", smaller)
        return e if value == smaller else self.inverse(e)

    def _odd(self, kind: str, value: int) -> int:
        if not value:
            return 0
        smaller = min(value, self.prime - value)
        return self.atom(kind, smaller) * (1 if value == smaller else -1)

    def atom(self, kind: str, value: int) -> int:
        """A random number that belongs to this function and argument."""
        key = (kind, value)
        if key not in self.atoms:
            self.atoms[key] = self.rng.randrange(1, self.prime)
        return self.atoms[key]


class Reals:
    """Real numbers: exact fractions, or numbers of any precision with an mpmath context."""

    def __init__(
        self, library: ModuleType | Any, make: Callable[[Any], Any], rng: random.Random, small: bool = False
    ) -> None:
        self.library, self.make, self.rng, self.small = library, make, rng, small

    def number(self, value: Fraction) -> Any:
        """A rational number."""
        return self.make(value.numerator) / self.make(value.denominator)

    def read(self, array: Array) -> Array:
        """Numbers of another precision as numbers of this one."""
        return np.array([self.make(value) for value in array.flat], dtype=object).reshape(array.shape)

    def draw(self, positive: bool) -> Any:
        """A random entry: small whole numbers if `small`, else anything between -2 and 2."""
        if self.small:
            return self.make(self.rng.randint(1, 4) if positive else self.rng.choice((-3, -2, -1, 1, 2, 3)))
        return self.make(self.rng.uniform(0.3, 2.0) if positive else self.rng.uniform(-2.0, 2.0))

    def reduce(self, array: Array) -> Array:
        """Nothing to do."""
        return np.asarray(array, dtype=object)

    def inverse(self, value: Any) -> Any:
        """1 / value."""
        if not value:
            raise Undefined("a denominator is zero")
        return 1 / value

    def worth(self, value: Any) -> float:
        """How good a pivot is."""
        return float(abs(value))

    def power(self, value: Any, exponent: Fraction) -> Any:
        """value ** exponent."""
        if exponent.denominator == 1:
            base = self.inverse(value) if exponent < 0 else value
            if isinstance(base, Fraction):
                spend(abs(exponent.numerator) * (base.numerator.bit_length() + base.denominator.bit_length()))
            return base ** abs(exponent.numerator)
        if value < 0 or (not value and exponent < 0):
            raise Undefined("a root of a negative number")
        return value ** self.number(exponent) if value else value

    def function(self, kind: str, value: Any) -> Any:
        """An elementwise function."""
        if kind in {"log", "logabs"}:
            if value <= 0 and (kind == "log" or not value):
                raise Undefined("a logarithm of a number that is not positive")
            return self.library.log(abs(value))
        digits = self.library.dps
        if kind == "step" and 0 < abs(value) < self.make(10) ** (-digits * 3 // 4):
            raise Undefined("a step where rounding decides")
        if kind in {"relu", "step"}:
            return (value if kind == "relu" else self.make(1)) if value > 0 else self.make(0)
        if abs(value) > (SATURATED[kind] * digits if kind in SATURATED else FARTHEST):
            raise Undefined("an argument too large")
        if kind == "sigmoid":
            return 1 / (1 + self.library.exp(-value))
        try:
            return getattr(self.library, kind)(value)
        except OverflowError:
            raise Undefined("a number too large") from None


@functools.cache
def primes() -> tuple[int, ...]:
    """Primes of 61 bits, drawn once; which of them is used depends on the expressions."""
    rng = random.Random("primes for identity tests")
    found = list[int]()
    while len(found) < 32:
        candidate = rng.randrange(2**60, 2**61) | 1
        if all(candidate % q for q in (3, 5, 7, 11, 13)) and _is_prime(candidate):
            found.append(candidate)
    return tuple(found)


def _is_prime(n: int) -> bool:
    """Miller and Rabin's test with bases that decide all numbers below 3.3e24."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41):
        x = pow(base, odd, n)
        if x not in (1, n - 1) and all((x := x * x % n) != n - 1 for _ in range(twos - 1)):
            return False
    return True
