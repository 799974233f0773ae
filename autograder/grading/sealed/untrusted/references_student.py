"""How a student's things cross to the tests, and what comes of a test's in the student's process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.grading.sealed.crossing.far import FarFunction, describe_function
from autograder.grading.sealed.crossing.known import EXCEPTIONS
from autograder.grading.sealed.crossing.references import References
from autograder.grading.sealed.crossing.wire import CannotCross, encode
from autograder.grading.sealed.untrusted import lending
from autograder.grading.sealed.untrusted.called import callback
from autograder.grading.sealed.untrusted.described import described_class, described_thing
from autograder.grading.sealed.untrusted.looks import FUNCTIONS, is_list_of_library, is_named_tuple, is_strange


class StudentReferences(References):
    """The student's things, by their numbers.

    Args:
        call_back: calls a function of a test: the function, arguments, keyword arguments.
    """

    names_functions = False

    def __init__(self, call_back: Callable[[FarFunction, Any, Any], Any]) -> None:
        super().__init__()
        self.call_back = call_back
        self.described: dict[int, bytes] = {}
        self.lent: dict[int, Any] = {}
        self.strange: set[str] = set()
        self.missing = ""

    # ---- to the tests ----

    def number_of_theirs(self, value: Any) -> int | None:
        """Functions of a test, going home."""
        return int(value._number) if isinstance(value, FarFunction) else None

    def leave(self, value: Any) -> tuple[str, Any]:
        """Describe what is no plain data; an object may raise anything when it is looked at."""
        try:
            if is_named_tuple(type(value)) and not self.is_given(type(value)):
                return "named", (type(value), tuple(value))
            if is_list_of_library(value):
                self.strange.add(type(value).__name__)
                parts = (tuple if isinstance(value, tuple) else list)(value)
                return "listed", (type(value).__name__, parts, self.hold(value))
            return super().leave(value)
        except (CannotCross, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise CannotCross(f"an object that raises {type(error).__name__} when it is looked at") from None

    def describe(self, value: Any) -> dict[str, Any]:
        """Describe something that stays here."""
        number = self.hold(value)
        if isinstance(value, FUNCTIONS):
            return {"kind": "function", "number": number, "described": self._described(value, number)}
        if isinstance(value, type):
            told = {} if is_named_tuple(value) else {"described": self._described(value, number)}
            return {"number": number, **told, **described_class(value)}
        if strange := is_strange(type(value)):
            self.strange.add(type(value).__name__)
        return {"number": number, "strange": strange, **described_thing(value, strange)}

    def _described(self, function: Any, number: int) -> bytes:
        """What a function looks like: found out once, for it is told whenever a test may read its name."""
        if number not in self.described:
            self.described[number] = encode(describe_function(function))
        return self.described[number]

    # ---- from the tests ----

    def arrive(self, how: str, described: Any) -> Any:
        """Take a description back; a tuple of one of our classes is made of its parts."""
        if how == "named":
            number, parts = described
            return tuple.__new__(self.own[number], parts)
        if how == "lent":
            return self._borrowed(*described)
        if how == "raised":
            return EXCEPTIONS[described[0]](*described[1])
        name = described[0] if how == "made" else described if how == "given" else ""
        if name and name not in self.given:
            self.missing = name
            return None
        return super().arrive(how, described)

    def _borrowed(self, how: str, data: bytes) -> Any:
        """A copy of an object that the test hands over; held, so that nothing else gets its id."""
        try:
            made = lending.unpacked(how, data)
        except Exception:  # the student's cells may have made anything of its library
            self.missing = "an object of a library"
            return None
        self.lent[id(made)] = made
        return made

    def stand_in(self, described: dict[str, Any]) -> Any:
        """A function of a test, to be called back."""
        return callback(described, self.call_back)
