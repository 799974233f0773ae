"""Read ``sizes``: what an author says of each argument's shape, and turn shapes back into axis names.

``{"X": "m n", "x": "n", "c": "", "S": "n n symmetric", "F": "4 w c"}``: axis names or integers, then any of the flags
``symmetric``, ``spd`` (symmetric positive definite) and ``positive``. An axis that has to be longer than another one is
a sum, as in ``{"x": "s+20", "f": "w"}``: both differ from draw to draw, and x has always room for f. What is added must
be so much that the sum is never as long as another axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

FLAGS = frozenset({"symmetric", "spd", "positive"})
Axis = str | int


@dataclass(frozen=True)
class Symbol:
    """One argument: its name, its axes by name or number, and its flags."""

    name: str
    axes: tuple[Axis, ...]
    flags: frozenset[str]

    @property
    def symmetric(self) -> bool:
        """Whether the argument is a symmetric matrix."""
        return bool(self.flags & {"symmetric", "spd"})

    def described(self, lengths: Mapping[str, int]) -> str:
        """Say the argument's shape in names and numbers: ``A (m, n) = (3, 4)``."""
        shape = self.shape(lengths)
        return f"{self.name} {in_axis_names(shape, lengths)} = {shape}" if shape else f"the number {self.name}"

    def shape(self, lengths: Mapping[str, int]) -> tuple[int, ...]:
        """Return the shape once the axis names have lengths."""
        return tuple(axis if isinstance(axis, int) else lengths[axis] for axis in self.axes)


def read_sizes(sizes: Mapping[str, str]) -> tuple[Symbol, ...]:
    """Read every entry of ``sizes``, in order.

    Args:
        sizes: argument name to axes and flags, one entry for each argument of the answer.

    Returns:
        One :class:`Symbol` for each entry.

    Raises:
        ValueError: an entry cannot be read; the message names it.

    >>> read_sizes({"A": "p m"})[0].axes
    ('p', 'm')
    """
    if not isinstance(sizes, Mapping) or not sizes:
        raise ValueError(f'sizes: got {sizes!r}; give one entry for each argument, such as {{"x": "n", "A": "n n"}}')
    return tuple(_symbol(name, text) for name, text in sizes.items())


def _symbol(name: str, text: str) -> Symbol:
    if not isinstance(text, str):
        raise ValueError(f'sizes: got {text!r} for {name}; give its axes as text, such as "m n", or "" for a number')
    words = text.split()
    flags = frozenset(words) & FLAGS
    axes = tuple(_axis(name, word) for word in words if word not in FLAGS)
    if flags & {"symmetric", "spd"} and (len(axes) != 2 or axes[0] != axes[1]):
        raise ValueError(f'sizes: {name} is "{text}"; a symmetric matrix has one axis twice, such as "n n symmetric"')
    return Symbol(name, axes, flags)


def _axis(name: str, word: str) -> Axis:
    base, plus, more = word.partition("+")
    if base.isidentifier() and (not plus or (more.isdecimal() and int(more) > 0)):
        return word
    if word.isdecimal() and int(word) > 0:
        return int(word)
    raise ValueError(
        f'sizes: cannot read "{word}" in the axes of {name}; write axis names, positive integers or a sum of the two'
    )


def base_and_more(axis: str) -> tuple[str, int]:
    """Take an axis apart: the name whose length is dealt, and by how much the axis is longer.

    >>> base_and_more("s+20"), base_and_more("w")
    (('s', 20), ('w', 0))
    """
    base, _, more = axis.partition("+")
    return base, int(more or 0)


def axis_names(symbols: tuple[Symbol, ...]) -> tuple[str, ...]:
    """Return the names of all axes, each once, in order of appearance."""
    return tuple(dict.fromkeys(axis for symbol in symbols for axis in symbol.axes if isinstance(axis, str)))


def in_axis_names(shape: tuple[int, ...], lengths: Mapping[str, int]) -> str:
    """Write a shape in axis names, as a person would.

    Lengths are pairwise different, so each names its axis; a product of two axes is written as one, and a length that
    belongs to none stays a number.

    >>> in_axis_names((3, 4), {"m": 3, "n": 4})
    '(m, n)'
    >>> in_axis_names((12,), {"m": 3, "n": 4})
    '(m*n,)'
    """
    names = {length: name for name, length in lengths.items()}
    products = {a * b: f"{m}*{n}" for (m, a), (n, b) in combinations_with_replacement(lengths.items(), 2)}
    parts = [names.get(length) or products.get(length) or str(length) for length in shape]
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
