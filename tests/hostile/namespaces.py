"""Namespaces for the box, by the C library; separate from what is tested, so that no fault of that is shared."""

from __future__ import annotations

import ctypes
import os
from typing import Any

NEW_MOUNTS, NEW_IPC, NEW_PIDS = 0x00020000, 0x08000000, 0x20000000
PRIVATE, ALL_BELOW = 1 << 18, 16384
LIBC: Any = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave namespaces for new ones."""
    _checked(LIBC.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount in this process's own view."""
    texts = [text.encode() or None for text in (source, target, kind)]
    _checked(LIBC.mount(*texts, ctypes.c_ulong(flags), options.encode() or None), f"mount {target}")


def _checked(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
