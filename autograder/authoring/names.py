"""Which names a cell binds and which it reads, found from its text and never by running it."""

from __future__ import annotations

import ast

from autograder.scopes import scopes


def bound(source: str) -> frozenset[str]:
    """Return the names that a cell leaves behind when it has run.

    >>> sorted(bound("import numpy as np\\ndef f(x):\\n    y = x\\n    return y\\na, *b = 1, 2"))
    ['a', 'b', 'f', 'np']
    """
    module = next(scopes(source))
    return frozenset(s.get_name() for s in module.get_symbols() if s.is_assigned() or s.is_imported())


def imported(source: str) -> frozenset[str]:
    """Return the names that a cell imports.

    >>> sorted(imported("import numpy as np\\nfrom mcutils import vec\\nx = np.ones(3)"))
    ['np', 'vec']
    """
    module = next(scopes(source))
    return frozenset(s.get_name() for s in module.get_symbols() if s.is_imported())


def read(source: str) -> frozenset[str]:
    """Return the global names that a cell, or a function defined in it, looks up.

    >>> sorted(read("def f(x):\\n    return g(x) + x\\ny = A @ 2"))
    ['A', 'g']
    """
    return frozenset(
        symbol.get_name()
        for table in scopes(source)
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global())
    )


def read_by(node: ast.expr) -> frozenset[str]:
    """Return the global names that one expression looks up; its lambdas' own arguments are not among them."""
    return read(ast.unparse(node))
