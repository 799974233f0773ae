"""What is insisted on before anything is made of what was written: all that is not so raises ``Malformed``."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing.plain import LONGEST_INTEGER, Malformed, may_be_in_array

FEW = 16
"""So many keys may have one hash, on the average: that takes no time to speak of."""
LAST_SIGN = 0x10FFFF


def require(true: Any, what: str) -> None:
    """Insist on something about what was written."""
    if not true:
        raise Malformed(what)


def of_kind(kind: type, value: Any) -> Any:
    """Insist on a type; a text may be no longer than an integer may."""
    size: Any = len
    if type(value) is not kind or (kind is str and size(value) > LONGEST_INTEGER):
        raise Malformed(f"{kind.__name__} wanted")
    return value


def dtype_of(text: str) -> np.dtype[Any]:
    """A dtype by its name: one of numbers or of texts."""
    if len(text) > 20 or text[:1] not in tuple("<>|=") or "," in text:
        raise Malformed("dtype")
    dtype: np.dtype[Any] = np.dtype(text)
    if not may_be_in_array(dtype):
        raise Malformed("dtype")
    return dtype


def require_shape(shape: Any) -> None:
    """Insist on the shape of an array."""
    if type(shape) is not tuple or len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise Malformed("shape")


def require_meaning(dtype: np.dtype[Any], data: bytes) -> None:
    """Refuse bytes that stand for no value: what NumPy does with such is anybody's guess."""
    if dtype.kind == "b" and len(data) and np.frombuffer(data, np.uint8).max() > 1:
        raise Malformed("a truth value that is neither")
    if dtype.kind == "U" and len(data):
        signs = np.frombuffer(data, np.dtype(np.uint32).newbyteorder(dtype.byteorder))
        if signs.max() > LAST_SIGN:
            raise Malformed("a text with a sign that there is not")


def require_spread(keys: list[Any]) -> None:
    """Refuse keys that were chosen to have one hash: to file them takes the square of their number."""
    if len(keys) <= FEW:
        return
    hashes = list(map(hash, keys))
    alike = Counter(hashes) if len(set(hashes)) < len(keys) else {}
    if sum(count * count for count in alike.values()) > FEW * len(keys):
        raise Malformed("keys that were chosen to be slow")


def filed(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """Pairs as a dictionary."""
    require_spread([key for key, _ in pairs])
    return dict(pairs)
