"""Makes what stands for a student's objects and classes, as they are described."""

from __future__ import annotations

import abc
import enum
import types
from collections import namedtuple
from typing import Any

from autograder.grading.sealed.crossing import kinds
from autograder.grading.sealed.crossing.compared import SAID, by_content, note_told, said_by_student
from autograder.grading.sealed.crossing.far import LONGEST_DOC, MOST_PARAMETERS, signature_of
from autograder.grading.sealed.crossing.peer import LONGEST_NAME, short
from autograder.grading.sealed.crossing.raised import exception_base
from autograder.grading.sealed.crossing.special import (
    CARRIED,
    ORDER,
    OWN,
    awaited,
    by_identity,
    carried,
    contains,
    differs,
    does_not_say,
    is_not_empty,
)
from autograder.grading.sealed.crossing.wire import decode
from autograder.grading.sealed.trusted.things import (
    Far,
    FarClass,
    FarThing,
    inherited,
    of_error,
    of_list,
    said,
    specials,
)

OF_LIBRARIES = {"abstract": abc.ABC, "enumeration": enum.Enum}
"""Classes of Python's that a student's class may be derived from, for ``issubclass`` to find."""
BUILT = {kind.__name__: kind for kind in kinds.BUILT_ON}
LOOKS = {kind.__name__: kind for kind in (types.GeneratorType, map, filter, zip, enumerate)}
"""Classes of Python's own that an object may say it is of; nothing but ``isinstance`` comes of it."""


class Things:
    """Makes stand-ins, the same one again for the same object.

    Args:
        far: how they reach what they stand for.
    """

    def __init__(self, far: Far) -> None:
        self.far = far
        self.known: dict[int, Any] = {}
        self.tuples: dict[Any, int] = {}
        self.kinds: dict[tuple[Any, ...], type] = {}

    def thing(self, number: int, described: dict[str, Any]) -> Any:
        """An object that is no function and no class."""
        if number not in self.known:
            made: Any = object.__new__(self._kind(described))
            object.__setattr__(made, "_far_number", number)
            if described.get("signature") is not None:
                object.__setattr__(made, "__signature__", signature_of(described["signature"]))
            self.known[number] = made
        if type(described.get("state")) is bytes:
            note_told(self.known[number], self.far.requests(), decode(described["state"]))
        return self.known[number]

    def listed(self, number: int, name: str, parts: list[Any] | tuple[Any, ...]) -> Any:
        """What a library has for a list or a tuple: its parts are here, its attributes over there."""
        base: Any = type(parts)
        made = type(name or base.__name__, (base,), {"__getattr__": of_list, "_far": self.far})(parts)
        made._far_number = number
        return made

    def kind(self, number: int, described: dict[str, Any]) -> type:
        """A class of the student's."""
        if number not in self.known and described.get("fields") is not None:
            self.known[number] = made = tuple_class(described)
            self.tuples[made] = number
        elif number not in self.known:
            parent, base = described.get("parent"), exception_base(described.get("raises"))
            given: tuple[type, ...] = (parent,) if isinstance(parent, type) and not isinstance(parent, FarClass) else ()
            given += tuple(kind for word, kind in OF_LIBRARIES.items() if described.get(word) is True)
            line = () if given or base else tuple(filter(kinds.fits, kinds.found(described.get("line"))))
            told = described_as(described.get("described"))
            if isinstance(parent, FarClass):
                bases: tuple[type, ...] = (parent,)
            elif base:
                bases = given if given and issubclass(given[0], BaseException) else (base,)
            else:
                bases = (FarThing,)
            own = {"__module__": "__main__", "_far": self.far, "_far_number": number, "_far_given": (*given, *line)}
            own |= {name: inherited(name) for kind in line for name in specials(kind)}
            own |= {"__doc__": short(told.get("doc"), LONGEST_DOC) or None}
            own |= {"__signature__": signature_of(told.get("signature"))}
            own |= {"__getattr__": of_error, "__str__": said} if base else {}
            name = short(described.get("name")) or "object"
            self.known[number] = type(name, bases, own) if base and given else FarClass(name, bases, own)
        made_before: type = self.known[number]
        return made_before

    def _kind(self, described: dict[str, Any]) -> type:
        """The class of a stand-in, with what it can do: the student's own; for a library's a bare one of that name."""
        owner = described.get("class")
        parent: type = owner if isinstance(owner, FarClass) and issubclass(owner, FarThing) else FarThing
        name = short(described.get("name"), LONGEST_NAME) or "object"
        can = frozenset(name for name in described.get("can") or () if name in CARRIED or name in OWN)
        hashed = described.get("hashed") is not False
        strange, line = described.get("strange") is True, described.get("line") if owner is None else None
        looks = LOOKS.get(name) or next(iter(kinds.found(line)), None) if owner is None else None
        plain = frozenset(name for name in described.get("plain") or () if name in CARRIED or name in SAID)
        built = described.get("built") if described.get("built") in BUILT else ""
        if built and owner is not None:
            looks = type(name, (BUILT[built],), {})
        key = (id(parent), name, can, hashed, strange, id(looks) if owner is None else built, plain)
        if key not in self.kinds:
            says = frozenset(name for name in described.get("says") or () if name in SAID)
            methods = _special_methods(can, says, plain)
            methods |= {"_far_strange": strange, "_far_looks": looks, "_far_built": built}
            methods |= {} if hashed else {"__hash__": None}
            if parent is FarThing:
                own = {"__doc__": None, "__module__": "__main__", "_far": self.far}
                parent = FarClass(name, (FarThing,), methods | own)
            else:  # a test may ask for the type of an object: it is the class itself
                for name, method in methods.items():
                    type.__setattr__(parent, name, method)
            self.kinds[key] = parent
        return self.kinds[key]


def _special_methods(can: frozenset[str], says: frozenset[str], plain: frozenset[str]) -> dict[str, Any]:
    """The special methods of a stand-in.

    Args:
        can: those that the student's class has.
        says: the comparisons that it has of its own.
        plain: those that it has from a class of plain data.
    """
    methods: dict[str, Any] = {special: carried(special) for special in can - {*OWN}}
    methods |= {"__await__": awaited} if "__await__" in can else {}
    methods |= {special: said_by_student(special) for special in (can & {*OWN}) | says}
    if "__eq__" in can:
        methods["__ne__"] = said_by_student("__ne__")
    else:
        methods |= {special: differs(special) for special in ("__eq__", "__ne__")}
    methods |= {"__hash__": by_identity} if "__hash__" not in can else {}
    methods |= {special: does_not_say for special in ORDER if special not in says}
    methods |= {} if "__bool__" in can else {"__bool__": is_not_empty if "__len__" in can else lambda _: True}
    methods |= {} if "__contains__" in can else {"__contains__": contains}
    return methods | {special: by_content(special) for special in plain}


def tuple_class(described: dict[str, Any]) -> type:
    """A class of tuples whose places have names, and nothing else: made anew, of its names."""
    fields, defaults = described.get("fields"), described.get("defaults")
    if type(fields) is not tuple or type(defaults) is not tuple or len(fields) > MOST_PARAMETERS:
        raise ValueError("fields")
    if any(short(field) != field for field in fields):
        raise ValueError("fields")
    make: Any = namedtuple  # it refuses what is no name
    made: type = make(short(described.get("name")), fields, defaults=defaults, module="__main__")
    return made


def described_as(told: Any) -> dict[str, Any]:
    """What a function or a class is said to look like; nothing where that is no description."""
    described = decode(told) if type(told) is bytes else None
    return described if type(described) is dict else {}
