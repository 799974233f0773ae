"""Values of libraries that cross by what they are made of: polynomials, masked arrays, sparse matrices, graphs, images.

None of these libraries but NumPy is a dependency of ours: nothing here imports one before a value of it is there. Each
kind of value has a name, a way to be taken apart into plain parts, and a way to be made of them by the library's own
constructor. No class or text of the writer's is looked up: the names of classes are in the lists here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing.known import words
from autograder.grading.sealed.crossing.plain import MOST_BYTES, MOST_ITEMS, CannotCross, Malformed
from autograder.grading.sealed.crossing.required import require

SERIES = words("Polynomial Chebyshev Legendre Laguerre Hermite HermiteE")
FORMATS = words("bsr coo csc csr dia dok lil")
SPARSE = tuple(f"{form}_{kind}" for form in FORMATS for kind in ("matrix", "array"))
GRAPHS = words("Graph DiGraph MultiGraph MultiDiGraph")
MODES = {"1": 1, "L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "YCbCr": 3, "HSV": 3, "LAB": 3, "I": 4, "F": 4}
"""Of images, with the bytes of a point; two of eight are packed into one in the first."""
WIDEST_IMAGE = 1 << 16
MASKED = "biufcSUmM"
"""Kinds of entries that a masked array may have."""
HOMES = {
    "numpy.polynomial": SERIES,
    "numpy": ("poly1d",),
    "numpy.ma": ("MaskedArray",),
    "scipy.sparse": SPARSE,
    "networkx": GRAPHS,
    "PIL.Image": ("Image",),
}
CHANGING = {*SPARSE, *GRAPHS, "MaskedArray", "Image"}


def is_value(value: Any) -> bool:
    """Whether a value is one that crosses so; one of a class derived from a library's is none."""
    return _home(type(value)) != ""


def can_change(value: Any) -> bool:
    """Whether it can be changed where it is."""
    return type(value).__name__ in CHANGING and is_value(value)


def _home(kind: type) -> str:
    """The module of a class in the lists, where that is loaded and the class is its own."""
    name = kind.__name__
    homes = (home for home, names in HOMES.items() if name in names and home in sys.modules)
    return next((home for home in homes if getattr(sys.modules[home], name, None) is kind), "")


def to_parts(value: Any) -> Any:
    """Take a value apart.

    Raises:
        CannotCross: it is of a kind that does not cross.
    """
    kind = type(value)
    home = _home(kind)
    return (home, kind.__name__, *taken_apart(value, APART[home]))


def taken_apart(value: Any, apart: Callable[[Any], tuple[Any, ...]]) -> tuple[Any, ...]:
    """The parts of a value that may raise anything when it is looked at.

    Raises:
        CannotCross: it does, or a part of it is of a kind that does not cross.
    """
    try:
        return apart(value)
    except CannotCross:
        raise
    except Exception as error:
        kind = type(value).__name__
        raise CannotCross(f"a {kind} that raises {type(error).__name__} when it is looked at") from None


def from_parts(parts: Any) -> Any:
    """Make a value of its parts.

    Raises:
        Malformed: they are those of no value.
    """
    if type(parts) is not tuple or len(parts) < 3 or parts[1] not in HOMES.get(parts[0], ()):
        raise Malformed("a library's value")
    home, name, *rest = parts
    try:
        module = import_module(home)
    except ImportError:
        raise Malformed(f"a value of {home}, which is not installed here") from None
    return TOGETHER[home](getattr(module, name), *rest)


def _is_numbers(array: Any, dimensions: int) -> bool:
    return type(array) is np.ndarray and array.ndim == dimensions and array.dtype.kind in "biufcO"


def _series(kind: Any, coefficients: Any, domain: Any, window: Any, symbol: Any) -> Any:
    require(all(_is_numbers(part, 1) for part in (coefficients, domain, window)), "polynomial")
    return kind(coefficients, domain, window, symbol)


def _poly1d(kind: Any, coefficients: Any, variable: Any) -> Any:
    require(_is_numbers(coefficients, 1) and type(variable) is str, "polynomial")
    return kind(coefficients, variable=variable)


def _masked(kind: Any, data: Any, mask: Any) -> Any:
    require(type(data) is np.ndarray and data.dtype.kind in MASKED, "masked array")
    require(mask is None or (type(mask) is np.ndarray and mask.dtype == bool and mask.shape == data.shape), "mask")
    return kind(data, np.ma.nomask if mask is None else mask)


def _unmasked(value: Any) -> tuple[Any, ...]:
    if value.dtype.kind not in MASKED:
        raise CannotCross(f"a masked array of dtype {value.dtype}")
    return np.asarray(value.data), None if value.mask is np.ma.nomask else np.asarray(value.mask)


def _sparse_apart(value: Any) -> tuple[Any, ...]:
    entries = value.tocoo()
    places = entries.coords if hasattr(entries, "coords") else (entries.row, entries.col)
    return np.asarray(entries.data), [np.asarray(place, np.int64) for place in places], tuple(map(int, value.shape))


def _sparse(kind: Any, entries: Any, places: Any, shape: Any) -> Any:
    require(_is_numbers(entries, 1) and type(places) is list and type(shape) is tuple, "sparse matrix")
    require(len(places) == len(shape) == 2 and all(type(n) is int and 0 <= n < 2**31 for n in shape), "shape")
    require(sum(shape) <= MOST_ITEMS, "shape")  # some kinds have so many rows, also where nothing is in them
    for place, count in zip(places, shape, strict=True):
        require(type(place) is np.ndarray and place.dtype == np.int64 and place.shape == entries.shape, "places")
        require(not len(place) or (place.min() >= 0 and place.max() < count), "places")
    sparse, name = import_module("scipy.sparse"), kind.__name__
    if name.startswith("dia"):  # it keeps a whole row for each diagonal with an entry
        require(len(np.unique(places[1] - places[0])) * shape[1] <= MOST_ITEMS, "diagonals")
    made = getattr(sparse, "coo_array" if name.endswith("array") else "coo_matrix")((entries, tuple(places)), shape)
    return made.asformat(name[:3])


def _graph_apart(value: Any) -> tuple[Any, ...]:
    """A graph with the order of its neighbours, which tests may see; what two nodes share stands in a list."""
    rows = [value._adj, value._pred] if value.is_directed() else [value._adj]
    shared = {id(data): data for row in rows[0].values() for data in row.values()}
    places = {key: place for place, key in enumerate(shared)}
    told = [{u: {v: places[id(data)] for v, data in row.items()} for u, row in side.items()} for side in rows]
    return dict(value.graph), {node: dict(data) for node, data in value.nodes(data=True)}, list(shared.values()), told


def _graph(kind: Any, attributes: Any, nodes: Any, shared: Any, told: Any) -> Any:
    made = kind()
    require(type(nodes) is dict and all(type(data) is dict for data in (*nodes.values(), *shared)), "nodes")
    sides = [made._adj, made._pred] if made.is_directed() else [made._adj]
    require(type(told) is list and len(told) == len(sides), "neighbours")
    made.graph.update(attributes)
    made.add_nodes_from(nodes.items())
    if made.is_multigraph():
        require(all(type(data) is dict for edges in shared for data in edges.values()), "edges")
    for rows, there in zip(told, sides, strict=True):
        require(type(rows) is dict and rows.keys() == nodes.keys(), "neighbours")
        for u, row in rows.items():
            require(type(row) is dict and row.keys() <= nodes.keys(), "neighbours")
            there[u].update({v: shared[place] for v, place in row.items()})
    require(_both_ways(told[0], told[-1]), "neighbours")
    return made


def _both_ways(rows: Any, back: Any) -> bool:
    """Whether each edge is told at both of its ends, and no other is."""
    same = all(back[v].get(u, -1) == place for u, row in rows.items() for v, place in row.items())
    return same and sum(map(len, rows.values())) == sum(map(len, back.values()))


def _image_apart(value: Any) -> tuple[Any, ...]:
    if value.mode not in MODES:
        raise CannotCross(f"an image of mode {str(value.mode)[:10]}")
    return value.mode, tuple(value.size), value.tobytes()


def _image(_: Any, mode: Any, size: Any, data: Any) -> Any:
    require(mode in MODES and type(size) is tuple and len(size) == 2 and type(data) is bytes, "image")
    require(all(type(n) is int and 0 < n <= WIDEST_IMAGE for n in size), "size")
    wanted = (size[0] + 7) // 8 * size[1] if mode == "1" else size[0] * size[1] * MODES[mode]
    require(len(data) == wanted <= MOST_BYTES, "size")
    made: Any = import_module("PIL.Image")
    return made.frombytes(mode, size, data)


APART: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "numpy.polynomial": lambda v: (np.asarray(v.coef), np.asarray(v.domain), np.asarray(v.window), v.symbol),
    "numpy": lambda v: (np.asarray(v.coeffs), v.variable),
    "numpy.ma": _unmasked,
    "scipy.sparse": _sparse_apart,
    "networkx": _graph_apart,
    "PIL.Image": _image_apart,
}
TOGETHER: dict[str, Callable[..., Any]] = {
    "numpy.polynomial": _series,
    "numpy": _poly1d,
    "numpy.ma": _masked,
    "scipy.sparse": _sparse,
    "networkx": _graph,
    "PIL.Image": _image,
}
