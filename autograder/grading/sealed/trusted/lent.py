"""What a test does to the names of the student's functions: it takes one away, or puts something else in its place.

In one process the student's other functions would meet that. Here a name that is taken away is taken away over there
too, for as long as a call lasts: nothing of the test's crosses by that. What is put in its place stays here.
"""

from __future__ import annotations

from typing import Any

from autograder.grading.sealed.crossing.far import FarFunction


class Lent:
    """The student's functions that a test may call by their names.

    Args:
        namespace: of the tests.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.functions: dict[str, FarFunction] = {}

    def begin(self, theirs: set[str]) -> None:
        """Begin a test cell: it has the functions that stand now under names of the student's."""
        named = ((name, self.namespace.get(name)) for name in theirs)
        self.functions = {name: there for name, there in named if type(there) is FarFunction}

    def end(self) -> None:
        """End a cell: what it has done to names concerns none below."""
        self.functions = {}

    def forget(self, name: str) -> None:
        """Let go of a name that the student's own code has bound anew."""
        self.functions.pop(name, None)

    def missing(self) -> list[str]:
        """The names that stand for something else now, or for nothing."""
        return [name for name, there in self.functions.items() if self.namespace.get(name) is not there]
