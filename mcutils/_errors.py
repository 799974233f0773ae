"""The two errors that this library raises for a learner's input, apart from Python's own."""

from __future__ import annotations


class ShapeError(ValueError):
    """An array has another shape than the mathematics asks for; the message names both."""


class KinkError(ValueError):
    """The function has no derivative at this point, as ``abs`` has none at 0; take another point."""
