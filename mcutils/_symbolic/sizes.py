"""What symbols are: `sizes={"X": "m n", "S": "n n spd", "c": ""}` read into symbols with named axes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mcutils._symbolic.core import Axis, Head, product_axis

FLAGS = frozenset({"symmetric", "spd", "positive"})
FUNCTIONS = frozenset(
    [
        "tr",
        "inv",
        "det",
        "logdet",
        "sum",
        "diag",
        "vec",
        "kron",
        "norm2",
        "outer",
        "commutation",
        "duplication",
        "exp",
        "log",
        "tanh",
        "sigmoid",
        "relu",
        "step",
        "sqrt",
        "sin",
        "cos",
        "softmax",
        "I",
        "ones",
        "zeros",
        "delta",
    ]
)
_NEARLY_FLAGS = frozenset({"sym", "symm", "psd", "pd", "pos", "diagonal"})  # and no names that anyone gives an axis
_AXIS = re.compile(r"[A-Za-z]\w*|[1-9]\d{0,5}")


def read_sizes(sizes: Mapping[str, str]) -> dict[str, Head]:
    """Read declarations such as {"A": "m n"} into symbols.

    Args:
        sizes: for each symbol its axes (names, integers or products such as ``m*n``), then any of
            ``symmetric``, ``spd``, ``positive``; the empty text is a scalar.

    Returns:
        The head of each symbol, in the same order.

    Raises:
        ValueError: a name or an axis cannot be read, or a flag does not fit the axes.

    >>> read_sizes({"A": "m n"})["A"].axes
    ('m', 'n')
    """
    return {name: _read_one(name, text) for name, text in sizes.items()}


def _read_one(name: object, text: object) -> Head:
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
        raise ValueError(f"sizes: {name!r} is not a name; use letters, digits and underscores, a letter first")
    if name in FUNCTIONS:
        raise ValueError(f"sizes: {name!r} is the name of a function here; give the symbol another name")
    if not isinstance(text, str):
        raise ValueError(f'sizes: the axes of {name} are given as text such as "m n", not as {type(text).__name__}')
    words = text.split()
    unread = next((word for word in words if word not in FLAGS and word.lower() in FLAGS | _NEARLY_FLAGS), None)
    if unread is not None:
        raise ValueError(f"sizes: {name} is declared as {text!r}; behind the axes stand symmetric, spd or positive")
    flags = frozenset(words) & FLAGS
    axes = tuple(read_axis(word, f"sizes: {name}") for word in words if word not in FLAGS)
    if any(word in FLAGS for word in words[: len(axes)]):
        raise ValueError(f"sizes: {name} is declared as {text!r}; put the axes first and the flags after them")
    if flags & {"symmetric", "spd"} and (len(axes) != 2 or axes[0] != axes[1]):
        kind = "spd" if "spd" in flags else "symmetric"
        raise ValueError(
            f'sizes: {name} is {kind} but has axes {shape(axes)}; a {kind} matrix is declared "n n {kind}"'
        )
    return Head("symbol", axes, name, flags=flags)


def read_axis(text: str, where: str) -> Axis:
    """Read one axis: a name, a positive integer, or a product of them."""
    parts = text.split("*")
    if not all(_AXIS.fullmatch(part) for part in parts):
        raise ValueError(
            f'{where}: {text!r} is no axis; use a name such as "n", a positive integer, or a product "m*n"'
        )
    return product_axis(parts)


def shape(axes: Iterable[Axis]) -> str:
    """Axes as a person writes a shape: () (n,) (m, n)."""
    names = [str(axis) for axis in axes]
    return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"


def axis_names(axes: Iterable[Axis]) -> list[str]:
    """The names that occur in axes, in order, each once."""
    parts = [part.removeprefix("tri(").removesuffix(")") for axis in axes for part in str(axis).split("*")]
    return list(dict.fromkeys(part for part in parts if not part.isdigit()))
