"""An expression as a function: the source that `evaluate` writes, run, and written anew where sizes change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mcutils._symbolic.arrays import HELPERS, axis_size, is_ready, measured
from mcutils._symbolic.core import Head, Tensor
from mcutils._symbolic.evaluate import NOMINAL, source

SMALL = 8  # the longest axis of arrays for which writing code takes longer than a better order of contractions saves


def compiled(f: Tensor, symbols: Mapping[str, Head]) -> Callable[..., Any]:
    """A function of the symbols by keyword or position.

    Its code is written once for each set of sizes; for arrays so small that the order of contractions does not matter,
    once for all.
    """
    made: dict[tuple[tuple[int, ...], ...], tuple[Callable[..., Any], tuple[int, ...]]] = {}
    names = list(symbols)
    kept: dict[tuple[int, ...], Callable[..., Any]] = {}

    def function_for(sizes: Mapping[str, int]) -> Callable[..., Any]:
        if (lengths := tuple(sizes.values())) not in kept:
            space: dict[str, Any] = {"np": np, **HELPERS}
            exec(source(f, symbols, sizes, compiling=True), space)  # our own text: names are checked, the rest is ours
            kept[lengths] = space["f"]
        return kept[lengths]

    def run(*positional: Any, **arrays: Any) -> Any:
        plain = len(positional) == len(names) and not arrays
        given = dict(zip(names, positional, strict=False)) if positional else {}
        values: tuple[Any, ...] = positional if plain else tuple({**given, **arrays}.get(name) for name in names)
        if len(positional) > len(names):
            raise ValueError(f"got {len(positional)} arrays; there are {len(names)} symbols, {', '.join(names)}")
        if len(given) + len(arrays) != len(names) or not all(map(is_ready, values)):
            values, _ = measured(symbols, {**given, **arrays})
        key = tuple(v.shape for v in values)
        if key not in made:
            values, sizes = measured(symbols, dict(zip(names, values, strict=True)))
            small = max(sizes.values(), default=0) <= SMALL
            written = function_for(dict.fromkeys(sizes, NOMINAL)) if small else function_for(sizes)
            made[key] = written, tuple(axis_size(a, sizes) for a in f.axes)
        function, shape = made[key]
        try:
            result = np.asarray(function(*values))
        except np.linalg.LinAlgError:
            raise ValueError("a matrix to be inverted is singular here; give it other entries") from None
        fresh_array = result if all(result is not v for v in values) else result.copy()
        return np.broadcast_to(result, shape).copy() if result.shape != shape else fresh_array[()]

    return run
