"""Draw the data of a check: generic, well conditioned, and the same again for the same seed.

Axes get pairwise different lengths of at least 3, so a transpose shows as a shape and no identity that holds only for
2 x 2 matrices can pass. Matrices are not symmetric unless flagged, and have singular values between 0.6 and 1.8.
The seed is ambient: ``MC_SEED``, set by a grader, with a fixed default for a learner at home. Data that only serve to
tell one mistake from another, once it is decided that an answer is wrong, have a seed of their own.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, islice
from typing import Any

import numpy as np

from autograder.checks.sizes import Symbol, axis_names, base_and_more

DEFAULT_SEED = "mcourse"
FOR_EVERYBODY = "everybody"
"""The seed by which wrong answers get their names: the same answer is told the same, whoever gave it."""
SMALLEST_AXIS = 3
LARGE = 64  # from here on singular values are not chosen, which takes cubic time, but kept away from zero


@dataclass(frozen=True)
class Draw:
    """One set of arguments, and the lengths of the axes that they were drawn with."""

    args: tuple[Any, ...]
    lengths: Mapping[str, int]

    def described(self, symbols: tuple[Symbol, ...]) -> list[str]:
        """Say the shape of every argument in names and numbers."""
        return [symbol.described(self.lengths) for symbol in symbols]


def ambient_seed() -> str:
    """The seed of the checks of a moment, a text."""
    return os.environ.get("MC_SEED", DEFAULT_SEED)


def at_least_one(draws: object) -> int:
    """Read how many draws a check is to make: with none of them every answer would be right.

    Raises:
        ValueError: it is no whole number of at least 1.
    """
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 1:
        raise ValueError(f"draws: got {draws!r}; give a whole number of at least 1, such as draws=3")
    return draws


def draw(symbols: tuple[Symbol, ...], number: int, attempt: int = 0, seed: str | None = None) -> Draw:
    """Draw one set of arguments.

    Args:
        symbols: the arguments.
        number: which draw of the check this is; another number gives other lengths and other data.
        attempt: raised by one where the point is to be drawn again.
        seed: by default the ambient one.

    Returns:
        Float64 arrays (Python floats for scalars), in the order of ``symbols``; the arrays are read-only.
    """
    return _drawn(symbols, number, attempt, ambient_seed() if seed is None else seed)


@lru_cache(maxsize=256)
def _drawn(symbols: tuple[Symbol, ...], number: int, attempt: int, seed: str) -> Draw:
    """Draw once what is asked for with the same seed again: by another check of the data, or of another answer."""
    drawn = draw_at(symbols, _lengths(symbols, seed, number), number, attempt, seed)
    for arg in drawn.args:
        if isinstance(arg, np.ndarray):
            arg.flags.writeable = False
    return drawn


def draw_at(
    symbols: tuple[Symbol, ...], lengths: Mapping[str, int], number: int = 0, attempt: int = 0, seed: str | None = None
) -> Draw:
    """Draw one set of arguments whose axes have the lengths given."""
    seed = ambient_seed() if seed is None else seed
    rng = np.random.default_rng(_seeded(seed, symbols, number, attempt))
    return Draw(tuple(_array(symbol, symbol.shape(lengths), rng) for symbol in symbols), lengths)


def _seeded(seed: str, symbols: tuple[Symbol, ...], *which: int) -> int:
    question = ";".join(f"{s.name}:{' '.join(map(str, s.axes))}:{' '.join(sorted(s.flags))}" for s in symbols)
    text = f"{seed}|{question}|{which}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def _lengths(symbols: tuple[Symbol, ...], seed: str, number: int) -> dict[str, int]:
    """Deal lengths to the axes: a shuffled row of lengths, moved on by one for each draw.

    So no axis keeps its length from one draw to the next, and a factor n cannot be taken for a constant.
    """
    sums = {axis: base_and_more(axis) for axis in axis_names(symbols)}
    names = dict.fromkeys(base for base, _ in sums.values())
    fixed = {axis for symbol in symbols for axis in symbol.axes if isinstance(axis, int)}
    free = (length for length in count(SMALLEST_AXIS) if length not in fixed)
    row = list(islice(free, max(len(names) + 1, 3)))
    _require_apart(sums, fixed | set(row), row)
    random.Random(_seeded(seed, symbols)).shuffle(row)
    first = -number % len(row)
    dealt = dict(zip(names, row[first:] + row[:first], strict=False))
    return {axis: dealt[base] + more for axis, (base, more) in sums.items()}


def _require_apart(sums: Mapping[str, tuple[str, int]], taken: set[int], row: Sequence[int]) -> None:
    """Insist that no sum can be as long as another axis: a length has to name its axis.

    Raises:
        ValueError: one can.
    """
    for more, axis in sorted({more: axis for axis, (_, more) in sums.items() if more}.items()):
        longer = {length + more for length in row}
        if longer & taken:
            apart = max(taken) - min(row) + 1
            raise ValueError(f"sizes: {axis} may be as long as another axis; add at least {apart}")
        taken |= longer


def _array(symbol: Symbol, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    if len(shape) == 2 and "positive" not in symbol.flags:
        return _matrix(symbol, shape, rng)
    entries = rng.uniform(0.3, 1.7, size=shape)
    if "positive" not in symbol.flags:
        entries = entries * _signs(shape, rng)
    if symbol.symmetric:
        entries = (entries + entries.T) / 2 + len(entries) * np.eye(len(entries)) * ("spd" in symbol.flags)
    return entries if shape else float(entries)


def _matrix(symbol: Symbol, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    rank = min(shape)
    if rank > LARGE:
        return _large_matrix(symbol, shape, rng)
    values = rng.uniform(0.6, 1.8, size=rank)
    if symbol.symmetric and "spd" not in symbol.flags:
        values *= _signs((rank,), rng)
    drawn = np.zeros(shape)
    np.fill_diagonal(drawn, values)
    left = rng.standard_normal(shape[0])
    right = left if symbol.symmetric else rng.standard_normal(shape[1])
    drawn -= np.outer(left, left @ drawn * (2 / (left @ left)))  # reflected from both sides: the singular values stay
    drawn -= np.outer(drawn @ right * (2 / (right @ right)), right)
    return (drawn + drawn.T) / 2 if symbol.symmetric else drawn


def _signs(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    return 1.0 - 2.0 * (rng.random(shape) < 0.5)


def _large_matrix(symbol: Symbol, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw normal entries, of largest singular value near 2; the identity keeps a square matrix from singular ones."""
    drawn = rng.standard_normal(shape) / np.sqrt(max(shape))
    if shape[0] == shape[1]:
        drawn = np.eye(len(drawn)) + 0.4 * drawn
    return np.asarray((drawn + drawn.T) / 2 if symbol.symmetric else drawn)
