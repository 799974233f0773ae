"""What the processes of any course may have loaded before they are anybody's: the libraries that its cells import.

To load pandas takes half a second, and the first formula that sympy simplifies a tenth; so a template
(``templates.py``) has done it for all. Nothing else of a course's cells is run there: they may do anything, and not for
everybody.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable
from functools import lru_cache

WARM = frozenset({"IPython", "autograder", "matplotlib", "mcutils", "numpy"})
"""Packages that the warm process has used already."""
PRACTICE = {"sympy": "import sympy\nx = sympy.Symbol('x')\nsympy.simplify(sympy.diff(x * sympy.exp(x) + 1 / x, x) - x)"}
"""What loads the parts of a library that it loads when they are first used."""
KEPT = 512  # cells: the instructor's are the same for every student


def libraries(cells: Iterable[str], own: Collection[str]) -> tuple[str, ...]:
    """Statements that load what the instructor's cells import, and what that loads later.

    Args:
        cells: their texts.
        own: files beside the notebook; a module of that name is not the one that is installed.

    >>> libraries(["import math\\nimport pandas as pd, tools", "from pandas import Series\\nx = 1"], ["tools.py"])
    ('import pandas', 'from pandas import Series')
    """
    local = {path.partition("/")[0].partition(".")[0] for path in own}
    known = local | WARM | sys.stdlib_module_names
    wanted = {text: package for source in cells for text, package in _imported(source) if package not in known}
    packages = dict.fromkeys(wanted.values())
    return (*wanted, *(PRACTICE[package] for package in packages if package in PRACTICE))


@lru_cache(KEPT)
def _imported(source: str) -> tuple[tuple[str, str], ...]:
    """What a cell imports: a statement for each, and the package that it is from; nothing where it is no Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found = [f"import {alias.name}" for node in body if isinstance(node, ast.Import) for alias in node.names]
    found += [ast.unparse(node) for node in body if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return tuple((text, text.split()[1].partition(".")[0]) for text in found)
