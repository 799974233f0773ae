"""Which names a cell binds and which it reads, found from its text and never by running it."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from autograder.scopes import scopes

HISTORY = frozenset({"In", "Out", "_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh", "_dh"})
"""What a notebook remembers of itself; a test that reads it reads what the student did."""
CHANGING = frozenset(
    (
        "append",
        "extend",
        "insert",
        "remove",
        "pop",
        "clear",
        "sort",
        "reverse",
        "update",
        "add",
        "discard",
        "setdefault",
    )
)
"""Methods that change what they belong to: a list, a dictionary, a set, a frame."""
BY_TEXT = re.compile(r"\b(globals|locals|vars|dir|eval|exec|get_ipython)\(")
A_NAME = re.compile(r"[^\W\d]\w*")
KEPT = 512
"""Cells whose names are known: the instructor's are the same for every student."""


@lru_cache(maxsize=8)  # each question is asked of the same text
def _tables(source: str) -> tuple[symtable.SymbolTable, ...]:
    """The tables of a cell; none where it is no Python."""
    try:
        return tuple(scopes(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


@lru_cache(KEPT)
def is_python(source: str) -> bool:
    """Whether a cell is Python alone, so that its names are known.

    >>> is_python("x = 1"), is_python("%matplotlib inline")
    (True, False)
    """
    return bool(_tables(source))


@lru_cache(KEPT)
def bound(source: str) -> frozenset[str]:
    """The names that a cell leaves behind when it has run; none where it is no Python.

    >>> sorted(bound("import numpy as np\\ndef f(x):\\n    y = x\\n    return y\\na, *b = 1, 2"))
    ['a', 'b', 'f', 'np']
    """
    return frozenset(
        symbol.get_name()
        for inner in _tables(source)
        for symbol in inner.get_symbols()
        if (symbol.is_assigned() or symbol.is_imported())
        and (inner.get_type() == "module" or symbol.is_declared_global())
    )


@lru_cache(KEPT)
def read(source: str) -> frozenset[str]:
    """The global names that a cell, or a function defined in it, looks up, or takes away.

    >>> sorted(read("def f(x):\\n    return g(x) + x\\ny = A @ 2\\ndel h"))
    ['A', 'g', 'h']
    """
    return _deleted(source) | frozenset(
        symbol.get_name()
        for inner in _tables(source)
        for symbol in inner.get_symbols()
        if symbol.is_referenced() and (inner.get_type() == "module" or symbol.is_global())
    )


def _deleted(source: str) -> frozenset[str]:
    if "del " not in source or not is_python(source):
        return frozenset()
    nodes = _run_at_once(ast.parse(source))
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del))


@lru_cache(KEPT)
def named_in_text(source: str) -> frozenset[str]:
    """The names in the texts of a cell that looks names up by their texts, or has a magic run a text.

    What it only says to people is none of these, and what a text binds itself: the student's process is asked for all
    of them.

    >>> sorted(named_in_text("assert 'speed' in globals(), 'too slow'")), sorted(named_in_text("print('speed')"))
    (['speed'], [])
    >>> sorted(named_in_text("get_ipython().run_cell_magic('time', '', 'want = 5\\\\nassert f(3) == want')"))
    ['f', 'time']
    """
    if not BY_TEXT.search(source):
        return frozenset()
    nodes = _nodes(source)
    said = {id(part) for node in nodes for told in _told_to_people(node) for part in ast.walk(told)}
    constants = (node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in said)
    return frozenset[str]().union(*(_named(text) for text in constants if isinstance(text, str)))


def _named(text: str) -> frozenset[str]:
    """The names in a text: those that it looks up where it is Python, else all its words."""
    return read(text) - bound(text) if is_python(text) else frozenset(A_NAME.findall(text))


def _told_to_people(node: ast.AST) -> Sequence[ast.AST]:
    """The parts of a statement, or a call, that make what it says."""
    if isinstance(node, ast.Assert):
        return [node.msg] if node.msg else []
    if isinstance(node, ast.Call):
        return node.args if isinstance(node.func, ast.Name) and node.func.id == "print" else []
    return [node] if isinstance(node, ast.Raise | ast.JoinedStr) else []


@lru_cache(KEPT)
def read_later(source: str) -> frozenset[str]:
    """The global names that functions defined in a cell look up whenever they are called.

    >>> sorted(read_later("def f(x):\\n    return g(x) + x\\ny = A @ 2"))
    ['g']
    """
    return frozenset(
        symbol.get_name()
        for inner in _tables(source)
        for symbol in inner.get_symbols()
        if inner.get_type() != "module" and symbol.is_referenced() and symbol.is_global()
    )


@lru_cache(KEPT)
def imports(source: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The import statements of a cell, each with the names that it binds.

    >>> [(text, sorted(names)) for text, names in imports("import numpy as np\\nx = 1\\nfrom math import pi, e")]
    [('import numpy as np', ['np']), ('from math import pi, e', ['e', 'pi'])]
    """
    texts = [ast.unparse(node) for node in _parsed(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return tuple((text, bound(text)) for text in texts)


@lru_cache(KEPT)
def rebound(source: str) -> frozenset[str]:
    """The names that a cell binds otherwise than by an import.

    >>> sorted(rebound("import numpy as np\\ntowns = towns.dropna()"))
    ['towns']
    """
    return bound(source) - frozenset[str]().union(*(binds for _, binds in imports(source)))


@lru_cache(KEPT)
def changed(source: str) -> frozenset[str]:
    """The names whose values a cell changes where they are, as its text says: by setting a part, or by a call for that.

    >>> sorted(changed("sales['total'] = 0\\ntowns.dropna(inplace=True)\\nlist(a).append(b.c)"))
    ['sales', 'towns']
    """
    return frozenset(name for node in _run_at_once(_parsed(source)) for name in _root_of_change(node))


@lru_cache(KEPT)
def changed_in_part(source: str) -> frozenset[str]:
    """Those of which it sets a part, or changes one: what is called as ``os.remove`` is a module's own function.

    >>> sorted(changed_in_part("os.remove(path)\\nos.environ.pop('A')\\nmath.pi = 3"))
    ['math', 'os']
    """
    nodes = (node for node in _run_at_once(_parsed(source)) if not _is_method_of_name(node))
    return frozenset(name for node in nodes for name in _root_of_change(node))


def _is_method_of_name(node: ast.AST) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)


def _run_at_once(tree: ast.AST) -> Iterator[ast.AST]:
    """The parts of a text that run when it does; what a function does it does when it is called."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield node
            yield from _run_at_once(node)


def _root_of_change(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        inplace = any(word.arg == "inplace" for word in node.keywords)
        part: Any = node.func if inplace or node.func.attr in CHANGING else None
    else:
        part = node if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) else None
    inside = isinstance(part, ast.Subscript | ast.Attribute)
    while isinstance(part, ast.Subscript | ast.Attribute):
        part = part.value
    if inside and isinstance(part, ast.Name):
        yield part.id


@lru_cache(KEPT)
def changed_inside(source: str) -> frozenset[str]:
    """The attributes whose values a cell changes where they are.

    >>> sorted(changed_inside("one.tags.append(1)\\nlog.clear()\\nshop.stock['tea'] = 0"))
    ['stock', 'tags']
    """
    return frozenset(
        held.attr
        for node in _nodes(source)
        if (held := _changed_value(node)) is not None and isinstance(held, ast.Attribute)
    )


@lru_cache(KEPT)
def changes_what_is_returned(source: str) -> bool:
    """Whether a cell changes what a call has just returned.

    >>> changes_what_is_returned("turned(A)[0, 1] = 5"), changes_what_is_returned("turned(A).sum()")
    (True, False)
    """
    return any(isinstance(_changed_value(node), ast.Call) for node in _nodes(source))


@lru_cache(KEPT)
def compared_by_identity(source: str) -> frozenset[tuple[str, ...]]:
    """The pairs that a cell compares by ``is``, but for constants: of each side the name that it is, or is a part of.

    >>> sorted(compared_by_identity("assert a is b\\nassert f(c) is not c\\nassert d is None"))
    [('', 'c'), ('a', 'b')]
    >>> sorted(compared_by_identity("assert first(rows) is rows[0]"))
    [('', 'rows')]
    """
    if " is " not in source:
        return frozenset()
    compared = [node for node in _nodes(source) if isinstance(node, ast.Compare)]
    sides = [
        (node.left, *node.comparators)
        for node in compared
        if any(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops)
    ]
    return frozenset(
        tuple(_root(part) for part in parts)
        for parts in sides
        if not any(isinstance(part, ast.Constant) for part in parts)
    )


def _root(part: ast.AST) -> str:
    while isinstance(part, ast.Subscript | ast.Attribute):
        part = part.value
    return part.id if isinstance(part, ast.Name) else ""


@lru_cache(maxsize=8)  # each question is asked of the same text
def _nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_parsed(source)))


def _parsed(source: str) -> ast.Module:
    """A text as Python reads it; nothing where it does not."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _changed_value(node: ast.AST) -> ast.AST | None:
    """What a part of a text changes where it is: by a method for that, or by setting an entry."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
        return node.func.value
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return node.value
    return None


def looks_at_history(source: str) -> bool:
    """Whether a cell asks what was typed or shown before it; a name that it binds itself is another thing.

    >>> looks_at_history("assert 'for' not in In[3]"), looks_at_history("for _ in range(3): f(_)")
    (True, False)
    """
    return bool((read(source) - bound(source)) & HISTORY)


def remember(source: str) -> None:
    """Find all of this out now, to know it later."""
    imports(source), read_later(source), looks_at_history(source), named_in_text(source), compared_by_identity(source)
    rebound(source), changed(source), changed_in_part(source), changed_inside(source), changes_what_is_returned(source)
