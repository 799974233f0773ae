"""Python's own tables of the names in a text, alike in every version of Python.

From Python 3.12 on, a comprehension has no table of its own, and its variables stand in the table around it as if that
bound them. Here they never do: what runs in a notebook does not see them either.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator


def scopes(source: str) -> Iterator[symtable.SymbolTable]:
    """The tables of a text: the module's first, then those inside.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is no Python, or too deep.

    >>> [sorted(table.get_identifiers()) for table in scopes("y = [k for k in x]")]
    [['x', 'y'], ['.0', 'k']]
    """
    yield from _inside(symtable.symtable(_apart(source), "cell", "exec"))


def _inside(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _inside(child)


def _apart(source: str) -> str:
    """The text with its comprehensions as generators, which have tables of their own."""
    if not re.search(r"\bfor\b", source):
        return source
    generators = _Generators()
    tree = generators.visit(ast.parse(source))
    return ast.unparse(tree) if generators.found else source


class _Generators(ast.NodeTransformer):
    """Makes generators of comprehensions."""

    found = False

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        """A list."""
        return self._generator(node.elt, node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        """A set."""
        return self._generator(node.elt, node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        """A dictionary: its keys and values are read alike."""
        return self._generator(ast.Tuple([node.key, node.value], ast.Load()), node)

    def _generator(self, element: ast.expr, node: ast.ListComp | ast.SetComp | ast.DictComp) -> ast.AST:
        self.found = True
        return self.generic_visit(ast.GeneratorExp(element, node.generators))
