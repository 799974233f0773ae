"""Which names a cell binds and which it reads, found from its text and never by running it."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from functools import lru_cache

HISTORY = frozenset({"In", "Out", "_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh", "_dh"})
"""What a notebook remembers of itself; a test that reads it reads what the student did."""
KEPT = 512
"""Cells whose names are known: the instructor's are the same for every student."""


@lru_cache(maxsize=8)  # each question is asked of the same text
def _table(source: str) -> symtable.SymbolTable | None:
    try:
        return symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(KEPT)
def is_python(source: str) -> bool:
    """Whether a cell is Python alone, so that its names are known.

    >>> is_python("x = 1"), is_python("%matplotlib inline")
    (True, False)
    """
    return _table(source) is not None


@lru_cache(KEPT)
def bound(source: str) -> frozenset[str]:
    """The names that a cell leaves behind when it has run; none where it is no Python.

    >>> sorted(bound("import numpy as np\\ndef f(x):\\n    y = x\\n    return y\\na, *b = 1, 2"))
    ['a', 'b', 'f', 'np']
    """
    table = _table(source)
    return frozenset(
        symbol.get_name()
        for inner in (_tables(table) if table else ())
        for symbol in inner.get_symbols()
        if (symbol.is_assigned() or symbol.is_imported())
        and (inner.get_type() == "module" or symbol.is_declared_global())
    )


@lru_cache(KEPT)
def read(source: str) -> frozenset[str]:
    """The global names that a cell, or a function defined in it, looks up.

    >>> sorted(read("def f(x):\\n    return g(x) + x\\ny = A @ 2"))
    ['A', 'g']
    """
    table = _table(source)
    return frozenset(
        symbol.get_name()
        for inner in (_tables(table) if table else ())
        for symbol in inner.get_symbols()
        if symbol.is_referenced() and (inner.get_type() == "module" or symbol.is_global())
    )


@lru_cache(KEPT)
def read_later(source: str) -> frozenset[str]:
    """The global names that functions defined in a cell look up whenever they are called.

    >>> sorted(read_later("def f(x):\\n    return g(x) + x\\ny = A @ 2"))
    ['g']
    """
    table = _table(source)
    return frozenset(
        symbol.get_name()
        for inner in (_tables(table) if table else ())
        for symbol in inner.get_symbols()
        if inner.get_type() != "module" and symbol.is_referenced() and symbol.is_global()
    )


@lru_cache(KEPT)
def imports(source: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The import statements of a cell, each with the names that it binds.

    >>> [(text, sorted(names)) for text, names in imports("import numpy as np\\nx = 1\\nfrom math import pi, e")]
    [('import numpy as np', ['np']), ('from math import pi, e', ['e', 'pi'])]
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    texts = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return tuple((text, bound(text)) for text in texts)


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def looks_at_history(source: str) -> bool:
    """Whether a cell asks what was typed or shown before it; a name that it binds itself is another thing.

    >>> looks_at_history("assert 'for' not in In[3]"), looks_at_history("for _ in range(3): f(_)")
    (True, False)
    """
    return bool((read(source) - bound(source)) & HISTORY)


def remember(source: str) -> None:
    """Find all of this out now, to know it later."""
    imports(source), read_later(source), looks_at_history(source)
