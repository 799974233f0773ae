"""The name that somebody meant who typed one that is not there; every command asks here, so that all say it alike."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

ALIKE = 0.6
"""How alike two names are, from 0 to 1, of which one may have been meant for the other."""

LONG = 4
"""How many letters of a name stand for the whole."""


def nearest(typed: str, known: Iterable[str]) -> str | None:
    """Return the name that was meant; None where none is alike.

    >>> units = ["02_gradients", "09_hessians"]
    >>> nearest("09-Hessian", units), nearest("hess", units), nearest("99_nothing", units)
    ('09_hessians', '09_hessians', None)
    """
    plain = {_plain(name): name for name in known}
    wanted = _plain(typed)
    parts = [name for name in plain if len(wanted) >= LONG and wanted in name]
    found = get_close_matches(wanted, plain, n=1, cutoff=ALIKE) or parts[:1]
    return plain[found[0]] if found else None


def did_you_mean(typed: str, known: Iterable[str]) -> str:
    """Say which name was meant, or else which there are.

    >>> did_you_mean("09_hessian", ["02_gradients", "09_hessians"])
    'did you mean 09_hessians?'
    >>> did_you_mean("99_nothing", ["02_gradients", "09_hessians"])
    'there are 02_gradients, 09_hessians'
    """
    names = list(known)
    meant = nearest(typed, names)
    return f"did you mean {meant}?" if meant else f"there are {', '.join(names)}"


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")
