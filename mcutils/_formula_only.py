"""The switch that turns derivative functions off while an exercise that asks for a formula is checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_formula_only: ContextVar[bool] = ContextVar("formula_only", default=False)


@contextmanager
def formula_only() -> Iterator[None]:
    """While this lasts the public derivative functions raise RuntimeError: the exercise asks for a formula."""
    token = _formula_only.set(True)
    try:
        yield
    finally:
        _formula_only.reset(token)


def is_formula_only() -> bool:
    """Whether derivative functions are off."""
    return _formula_only.get()
