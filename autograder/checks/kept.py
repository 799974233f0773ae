"""What is made once and kept: for a key, and for a function of an author's that a notebook states again.

Cells run again, of the same notebook or of the next submission; what a check computes from the question alone, and not
from an answer, is then there already.
"""

from __future__ import annotations

import builtins
import dis
from collections.abc import Callable, Hashable
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeVar

T = TypeVar("T")


class Kept(dict[Any, Any]):
    """Things by key; where there would be too many, all that were there are forgotten.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def __setitem__(self, key: Any, value: Any) -> None:
        if len(self) >= self.most and key not in self:
            self.clear()
        super().__setitem__(key, value)

    def of(self, key: Any, made: Callable[[], T]) -> T:
        """Return what belongs to a key, which says all that it depends on; made when it is first asked for."""
        if key not in self:
            self[key] = made()
        found: T = self[key]
        return found


def meaning_of(function: object) -> Hashable | None:
    """Return what a function's values depend on besides its arguments, which two functions share that do the same.

    That is its code, and the modules that it reads; None where it reads anything else, which may change.

    >>> meaning_of(lambda x: x + 1) is None, meaning_of(lambda x: meaning_of(x)) is None
    (False, True)
    """
    if type(function) is not FunctionType or function.__closure__ or function.__defaults__ or function.__kwdefaults__:
        return None
    names = _read_by(function.__code__)
    if names is None:
        return None
    known = function.__globals__
    read = [known[name] for name in names if name in known]
    builtin = all(name in known or hasattr(builtins, name) for name in names)
    return (function.__code__, *read) if builtin and all(type(value) is ModuleType for value in read) else None


_READS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
_ELSEWHERE = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL", "IMPORT_NAME"})


@lru_cache(maxsize=256)
def _read_by(code: CodeType) -> tuple[str, ...] | None:
    """The global names that code reads, its inner functions included; None where it does more than read."""
    instructions = list(dis.get_instructions(code))
    if any(step.opname in _ELSEWHERE for step in instructions):
        return None
    names = [str(step.argval) for step in instructions if step.opname in _READS]
    inner = [_read_by(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    if any(found is None for found in inner):
        return None
    return tuple(dict.fromkeys([*names, *(name for found in inner for name in found or ())]))
