"""Python's own tables of the names in a text, alike in every version of Python.

From Python 3.12 on, a comprehension has no table of its own, and its variables stand in the table around it as if that
bound them. Here they never do: what runs in a notebook does not see them either. From Python 3.14 on, a text that waits
outside of functions has none; a notebook may do that, so here it has them. What 3.14 adds for annotations is left out
where nothing is annotated.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator

NO_ANNOTATION = {".format"}
"""All that Python's table for annotations names where there are none."""


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
        if set(child.get_identifiers()) != NO_ANNOTATION:
            yield from _inside(child)


def _apart(source: str) -> str:
    """The text with generators for comprehensions, which have tables of their own, and without waiting."""
    if not re.search(r"\b(for|await|async)\b", source):
        return source
    plain = _Plain()
    tree = plain.visit(ast.parse(source))
    return ast.unparse(tree) if plain.found else source


class _Plain(ast.NodeTransformer):
    """Makes generators of comprehensions, and of what waits the same without waiting; names stay as they are."""

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

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """A part of any of them."""
        self.found = self.found or bool(node.is_async)
        node.is_async = 0
        return self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        """What is waited for."""
        self.found = True
        waited: ast.AST = self.visit(node.value)
        return waited

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        """A loop."""
        self.found = True
        return self.generic_visit(ast.copy_location(ast.For(**dict(ast.iter_fields(node))), node))

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        """A context."""
        self.found = True
        return self.generic_visit(ast.copy_location(ast.With(**dict(ast.iter_fields(node))), node))

    def _generator(self, element: ast.expr, node: ast.ListComp | ast.SetComp | ast.DictComp) -> ast.AST:
        self.found = True
        return self.generic_visit(ast.GeneratorExp(element, node.generators))
