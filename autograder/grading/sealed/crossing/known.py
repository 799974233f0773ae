"""Types, functions and exceptions that every Python here has: they cross as their names, each side takes its own."""

from __future__ import annotations

import builtins
import json
import math
import operator
from decimal import Decimal, DecimalException
from fractions import Fraction
from typing import Any

import numpy as np


def words(text: str) -> tuple[str, ...]:
    """Read a table of words."""
    return tuple(text.split())


CHANGING = (list, dict, set, bytearray, np.ndarray, np.recarray, np.random.Generator, np.random.RandomState)
"""Types of plain data that can be changed where they are."""
TYPES = words("bool int float complex str bytes list tuple dict set frozenset object type slice range bytearray")
FUNCTIONS = words("abs all any divmod len max min pow round sorted sum print repr ord chr")


OPERATORS = {name.strip("_") for name in operator.__all__}


def _reaches(name: str) -> bool:
    """Whether an operator changes what it is given, or reaches for something by a name or a call of its caller's."""
    in_place = hasattr(operator, f"__{name}__") and name.startswith("i") and name[1:].strip("_") in OPERATORS
    return in_place or name in ("setitem", "delitem", "call", "attrgetter", "itemgetter", "methodcaller")


def _named() -> dict[str, Any]:
    out = {f"builtins.{name}": getattr(builtins, name) for name in TYPES + FUNCTIONS}
    out |= {f"math.{name}": value for name, value in vars(math).items() if callable(value)}
    out |= {f"operator.{name}": getattr(operator, name) for name in operator.__all__ if not _reaches(name)}
    out |= {f"numpy.{name}": value for name, value in vars(np).items() if isinstance(value, np.ufunc)}
    out |= {f"numpy.{kind.__name__}": kind for kind in sorted(set(np.sctypeDict.values()), key=str)}
    return out | {"numpy.ndarray": np.ndarray, "fractions.Fraction": Fraction, "decimal.Decimal": Decimal}


NAMED = _named()


def _exceptions() -> dict[str, type[BaseException]]:
    raisable = {name: value for name, value in vars(builtins).items() if isinstance(value, type)}
    out = {name: value for name, value in raisable.items() if issubclass(value, BaseException)}
    del out["KeyboardInterrupt"], out["GeneratorExit"]  # these end a test and not a call
    others = (np.linalg.LinAlgError, np.exceptions.AxisError, json.JSONDecodeError, DecimalException)
    return out | {f"{kind.__module__}.{kind.__qualname__}": kind for kind in others}


EXCEPTIONS = _exceptions()
NAMED |= EXCEPTIONS
NAMES = {id(value): name for name, value in NAMED.items()}
"""By identity: a value's own idea of equality is not asked."""
EXCEPTION_NAMES = {id(kind): name for name, kind in EXCEPTIONS.items()}
