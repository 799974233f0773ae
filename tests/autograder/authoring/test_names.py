"""Which names a cell binds and reads."""

import pytest

from autograder.authoring.names import bound, read


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("x = 1", {"x"}),
        ("x, (y, *z) = 1, (2, 3)", {"x", "y", "z"}),
        ("x: int = 1\ny += 1", {"x", "y"}),
        ("def f(x):\n    inner = x", {"f"}),
        ("class A:\n    b = 1", {"A"}),
        ("import a.b, c as d\nfrom e import f as g", {"a", "d", "g"}),
        ("for i in x:\n    pass", {"i"}),
        ("with a as b:\n    pass", {"b"}),
        ("[k for k in x]", set()),
        ("(w := 1)", {"w"}),
        ("A[0] = 1\nb.c = 2", set()),
    ],
)
def test_bound(source: str, names: set[str]) -> None:
    """Only what stands at the cell's own level is bound."""
    assert bound(source) == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("f(x, y=z)", {"f", "x", "z"}),
        ("def g(x, y=w):\n    return h(x) + k", {"w", "h", "k"}),
        ("lambda x: x + a", {"a"}),
        ("[k * s for k in t]", {"s", "t"}),
        ("A[i] = 1", {"A", "i"}),
    ],
)
def test_read(source: str, names: set[str]) -> None:
    """A cell reads what it, or a function in it, looks up outside itself."""
    assert read(source) == names
