"""Which users submissions run as, and whether there are any to choose from.

Separate because three steps depend on it: what is around the warm process, how many warm processes there are, and what
a fork becomes. All must see it in the same way.
"""

from __future__ import annotations

import os
from pathlib import Path

FIRST_UID = 1_873_000_000
"""Users that only ever own a submission's processes: far from those that people, services and containers have."""
SLOTS = 64
"""Users that one grader has; the next process of this machine has the next ones. The largest process id is 2**22."""
MAPS = "/proc/self"


def user_of(slot: int, grader: int) -> int:
    """The user of a submission's process, none that another grader on this machine uses: limits are counted by user.

    Args:
        slot: a number that no other process of the grader has.
        grader: the grader's process id; the workers of a cluster may well stand on one machine.

    >>> user_of(0, 1), user_of(63, 2**22) < 2**31
    (1873000064, True)
    """
    return FIRST_UID + SLOTS * grader + slot % SLOTS


def has_users() -> bool:
    """Whether this process may become any of them: it is root, and not of a container that has only some users."""
    if os.getuid() != 0:
        return False
    try:
        maps = [Path(MAPS, name).read_text(encoding="ascii") for name in ("uid_map", "gid_map")]
    except OSError:  # a system without user namespaces
        return True
    return all(any(_covers(*map(int, line.split())) for line in lines.splitlines()) for lines in maps)


def _covers(first: int, _outside: int, count: int) -> bool:
    return first <= FIRST_UID and user_of(SLOTS - 1, 2**22) < first + count
