"""Values of libraries that cross by what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
from PIL import Image

from autograder.grading.sealed.crossing.plain import WITH_TABLES, CannotCross, Malformed
from autograder.grading.sealed.crossing.trees import from_tree
from autograder.grading.sealed.crossing.values import from_parts
from autograder.grading.sealed.crossing.wire import decode, encode

PEOPLE = np.array([("Ann", 30, 1.5), ("Bob", 20, 2.5)], dtype=[("name", "U10"), ("age", "i4"), ("height", "f8")])
x = sp.Symbol("x")


def there_and_back(value: Any) -> Any:
    return decode(encode(value, WITH_TABLES), WITH_TABLES)


@pytest.mark.parametrize("value", [PEOPLE, PEOPLE[::-1], PEOPLE[:0], PEOPLE.reshape(2, 1), PEOPLE.view(np.recarray)])
def test_records(value: Any) -> None:
    """Arrays with named columns are the same again, and so are their rows."""
    back = there_and_back(value)
    assert type(back) is type(value)
    assert back.dtype == value.dtype
    assert (back == value).all()
    for row in value.ravel():
        assert type(there_and_back(row)) is type(row)
        assert there_and_back(row) == row


def test_masked_arrays() -> None:
    """What is masked stays so, and an array without a mask has none."""
    back = there_and_back(np.ma.masked_invalid([[1, np.nan], [3, 4]]))
    assert back.mask.tolist() == [[False, True], [False, False]]
    assert back.sum() == 8
    assert there_and_back(np.ma.array([1, 2])).mask is np.ma.nomask
    for dtype in ([("a", float)], object):
        with pytest.raises(CannotCross, match="a masked array of dtype"):
            encode(np.ma.zeros(2, dtype), WITH_TABLES)


@pytest.mark.parametrize(
    "value",
    [
        np.polynomial.Polynomial([1, 2]),
        np.polynomial.Chebyshev([1.0, 2], [0, 2]),
        np.poly1d([1, 2], variable="t"),
        sp.Poly(x**3 - 2 * x),
        sp.Poly(x / 2, x, sp.Symbol("y")),
        sp.Poly(0, x),
        sp.Poly(1.5 * x),
        sp.Matrix([[2, 1], [1, 2]]).charpoly(x),
        sp.Lambda(x, x**2),
        sp.Function("height", real=True),
        sp.Function("f", positive=True)(x),
        sp.zeta(3),
    ],
)
def test_polynomials_and_functions(value: Any) -> None:
    """What is equal there is equal here."""
    assert there_and_back(value) == value
    assert type(there_and_back(value)) is type(value)


def test_variables_without_a_name() -> None:
    """A solution set's own variable is none of the other side's, and is itself again when it comes home."""
    n = sp.Dummy("n", integer=True)
    assert there_and_back(n) != n
    assert there_and_back(n).is_integer
    assert there_and_back(there_and_back(n)) == n
    zeros = there_and_back(sp.solveset(sp.sin(x), x, domain=sp.S.Reals))
    assert sp.pi in zeros
    assert sp.pi / 2 not in zeros


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB", "I", "F"])
def test_images(mode: str) -> None:
    """An image has its mode, its size and its points."""
    image = Image.new(mode, (11, 5))
    back = there_and_back(image)
    assert (back.mode, back.size, back.tobytes()) == (mode, (11, 5), image.tobytes())


def test_graphs() -> None:
    """A graph has its nodes, edges and attributes, and the order of its neighbours."""
    import networkx as nx

    edges = [(3, 4), (1, 2), (2, 2), (2, 3), (1, 2)]
    for kind in (nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph):
        graph = kind(edges, name="g")
        graph.nodes[3]["size"] = 7
        back = there_and_back(graph)
        assert type(back) is kind
        assert nx.utils.graphs_equal(graph, back)
        assert [list(graph.adj[v]) for v in graph] == [list(back.adj[v]) for v in back]
        back.add_edge(1, 3)
        assert 3 in back[1]
        assert back.is_directed() or 1 in back[3]


def test_sparse_matrices() -> None:
    """A sparse matrix has its kind, its entries and their dtype."""
    from scipy import sparse

    for name in ("csr_matrix", "csc_array", "lil_matrix", "dok_matrix", "coo_array", "dia_matrix", "bsr_matrix"):
        matrix = getattr(sparse, name)(np.array([[4, 1, 0], [1, 4, 1]]))
        back = there_and_back(matrix)
        assert type(back) is type(matrix)
        assert back.dtype == matrix.dtype
        assert (back.toarray() == matrix.toarray()).all()


def test_a_sparse_matrix_that_would_be_large() -> None:
    """Of diagonals each keeps a whole row: what has one entry in each of very many is not made."""
    many = np.arange(20_000, dtype=np.int64)
    parts = ("scipy.sparse", "dia_matrix", np.ones(20_000), [many, many[::-1].copy()], (20_000, 20_000))
    with pytest.raises(Malformed, match="diagonals"):
        from_parts(parts)


NUMBERS = np.array([1.0])
MALFORMED: dict[str, Callable[[], Any]] = {
    "no-value": lambda: from_parts(("os", "system", "true")),
    "another-class": lambda: from_parts(("numpy", "save", NUMBERS, "x")),
    "no-numbers": lambda: from_parts(("numpy.polynomial", "Polynomial", [1], NUMBERS, NUMBERS, "x")),
    "a-mask-of-another-shape": lambda: from_parts(("numpy.ma", "MaskedArray", NUMBERS, np.array([True, False]))),
    "an-image-without-its-points": lambda: from_parts(("PIL.Image", "Image", "RGB", (1000, 1000), b"")),
    "an-image-of-no-size": lambda: from_parts(("PIL.Image", "Image", "L", (-1, -1), b"x")),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_hostile_parts(name: str) -> None:
    """Parts that no honest writer wrote make nothing."""
    with pytest.raises(Malformed):
        MALFORMED[name]()


def test_what_would_be_large() -> None:
    """A polynomial that keeps very many zeros does not cross, nor is one made of what claims to be one."""
    wide = sp.Poly(x**400 * sp.Symbol("y") ** 400)
    with pytest.raises(CannotCross, match="polynomial"):
        encode(wide)
    told = ("polynomial", "Poly", [("symbol", "x", {})], [((10**9,), 1)], "ZZ")
    with pytest.raises(Malformed, match="degrees"):
        from_tree(told)
