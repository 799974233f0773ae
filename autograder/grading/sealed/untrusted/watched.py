"""What becomes of the student's values meanwhile: of arguments in a call, of names after tests were told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing import tables
from autograder.grading.sealed.crossing.wire import CannotCross, encode
from autograder.grading.sealed.untrusted import lending
from autograder.grading.sealed.untrusted.references_student import StudentReferences

MOST_WATCHED = 100_000  # bytes


class Watched:
    """Values of which tests know what they were made of.

    Args:
        references: how they cross.
    """

    def __init__(self, references: StudentReferences) -> None:
        self.references = references
        self.names: dict[str, tuple[Any, Any]] = {}

    def made_of(self, value: Any) -> tuple[Any, ...] | None:
        """What a value that can be changed is made of, to be compared and not to be read; nothing of any other.

        Raises:
            CannotCross: it has become something that cannot be told.
        """
        if id(value) in self.references.lent:
            return lending.content(value)
        if not tables.can_change(value) and not self.references.is_given(type(value)):
            return None
        if type(value) is np.ndarray and not value.dtype.hasobject:
            return value.dtype, value.shape, value.strides, value.tobytes()
        return (encode(value, self.references),)

    def differs(self, before: tuple[Any, ...] | None, value: Any) -> bool:
        """Whether a value is made of something else than before; never one of which nothing was known."""
        try:
            return before is not None and self.made_of(value) != before
        except CannotCross:
            return True

    def begin(self, told: Mapping[str, Any]) -> None:
        """Watch these names, of which tests have just been told."""
        self.names = {name: (value, self._watch(value)) for name, value in told.items()}

    def rebound(self, namespace: Mapping[str, Any]) -> dict[str, Any]:
        """The names that the student's code has bound to something else since, or changed; told once."""
        out = {}
        for name, (before, data) in self.names.items():
            value = namespace.get(name)
            if (value is not before or self.differs(data, value)) and self._crosses(value):
                out[name] = value
        self.names |= {name: (value, self._watch(value)) for name, value in out.items()}
        return out

    def _watch(self, value: Any) -> Any:
        """What a container is made of, to see later whether it changed; nothing for what cannot, or is too large."""
        data = self.made_of(value)
        return data if data is None or len(data[-1]) <= MOST_WATCHED else None

    def _crosses(self, value: Any) -> bool:
        try:
            encode(value, self.references)
        except CannotCross:
            return False
        return True
