"""The variables of a comprehension are its own, whatever the version of Python."""

import pytest

from autograder.scopes import scopes


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("[k for k in x]", {"x"}),
        ("{k for k in x}", {"x"}),
        ("{k: v for k, v in x}", {"x"}),
        ("(k for k in x)", {"x"}),
        ("[k\nfor k in x]", {"x"}),
        ("[[k for k in row] for row in x]", {"x"}),
        ("[lambda: k for k in x]", {"x"}),
        ("[(w := k) for k in x]", {"w", "x"}),
        ("k = [k for k in k]", {"k"}),
        ("def f(t):\n    return [k for k in t]", {"f"}),
        ("class A:\n    b = [k for k in x]", {"A"}),
        ("for k in [j for j in x]:\n    pass", {"k", "x"}),
        ("f'{[k for k in x]}'", {"x"}),
        ("[k async for k in x]", {"x"}),
        ("(k async for k in x)", {"x"}),
    ],
)
def test_a_comprehension_keeps_its_variables(source: str, names: set[str]) -> None:
    """The module has only the names that are the module's."""
    assert set(next(scopes(source)).get_identifiers()) == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("y = await f(await g(x))", {"f", "g", "x", "y"}),
        ("async for k in x:\n    await k\nelse:\n    y = 1", {"k", "x", "y"}),
        ("async with a as b:\n    c = await b", {"a", "b", "c"}),
        ("async def f(t):\n    return [await k async for k in t]\nawait f(x)", {"f", "x"}),
    ],
)
def test_a_cell_may_wait(source: str, names: set[str]) -> None:
    """A notebook's cells may wait outside of functions, and their names are known as others' are."""
    assert set(next(scopes(source)).get_identifiers()) == names


def test_what_is_inside_comes_too() -> None:
    """Functions, classes and comprehensions have tables of their own."""
    named = [table.get_name().strip("<>") for table in scopes("def f():\n    class A: pass\nlambda: [k for k in x]")]
    assert named == ["top", "f", "A", "lambda", "genexpr"]
