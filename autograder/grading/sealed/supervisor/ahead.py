"""A warm process that is begun before anybody needs it: it gets warm while the grader imports what it needs itself.

Separate from the executor, because this is imported first and must not wait for what that imports.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from autograder.grading.sealed.supervisor.launch import Isolation, Seal, Zygote
from autograder.grading.sealed.supervisor.sandbox import CannotIsolate

_begun: list[Zygote] = []


@contextlib.contextmanager
def warming(isolation: Isolation | None = None) -> Iterator[None]:
    """Begin a warm process; it ends with the block, unless an executor has taken it meanwhile.

    Args:
        isolation: as for an executor.
    """
    with contextlib.suppress(CannotIsolate, OSError):  # whoever needs one will say why there is none
        _begun.append(Zygote(Seal(isolation or "namespaces")))
    try:
        yield
    finally:
        while _begun:
            _begun.pop().close()


def warm_process(seal: Seal) -> Zygote:
    """A process that is warm: one that was begun for it, or a new one.

    Raises:
        CannotIsolate: this machine cannot, or not in this way.
    """
    fitting = [zygote for zygote in _begun if zygote.seal == seal]
    zygote = fitting[0] if fitting else Zygote(seal)
    if fitting:
        _begun.remove(zygote)
    zygote.wait_until_warm()
    return zygote
