"""What people type or paste that is nearly the notation: LaTeX, raised digits, Greek letters, products without a sign.

Each gets a sentence that says what to write instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from mcutils._symbolic.core import Head
from mcutils._symbolic.sizes import FUNCTIONS

_RAISED = {"\u00b9": "**1", "\u00b2": "**2", "\u00b3": "**3", "\u1d40": ".T", "\u22a4": ".T"}
_SIGNS = {"\u00b7": "* or @", "\u00d7": "* or @", "\u2299": "*", "\u2218": "*", "\u2297": "kron(A, B)", "\u2212": "-"}
_ADJACENT = re.compile(r"([A-Za-z_]\w*(?:\.T)?|\d+\.?\d*|\))\s*(?=([A-Za-z_]\w*|\())")


def check_writing(text: str, symbols: Mapping[str, Head], example: str = "A.T @ (A @ x - b)") -> None:
    """Refuse signs that are not on the notation's list, before Python's own reader meets them."""
    if "\\" in text:
        raise ValueError(f"this looks like LaTeX; write the formula as plain text, such as {example}")
    for k, sign in enumerate(text):
        if sign in _RAISED:
            raise ValueError(f"raised signs such as {sign!r} are not read; write {_before(text[:k])}{_RAISED[sign]}")
        if sign == "\u207b":
            raise ValueError(f"raised signs are not read; write inv({_before(text[:k])}), or 1/x for every entry of x")
        if sign in _SIGNS:
            raise ValueError(f"the sign {sign!r} is not read; write {_SIGNS[sign]}")
        name = unicodedata.name(sign, "")
        if name.startswith("GREEK") and not any(sign in symbol for symbol in symbols):
            spelt = name.split()[-1].lower().replace("lamda", "lam")
            known = ", ".join(symbols) or "none"
            raise ValueError(f"the letter {sign!r} is no symbol here; spell it ({spelt}): the symbols are {known}")


def _before(text: str) -> str:
    """The name or bracket that a text ends in."""
    return re.findall(r"\w+\Z|\Z", text)[0] or "(...)"


def check_signs(text: str, symbols: Mapping[str, Head]) -> None:
    """Name the place where two factors stand side by side without a sign."""
    for match in _ADJACENT.finditer(text):
        left, right = match[1], match[2]
        if left in FUNCTIONS or left in {"and", "or", "not", "if", "else", "for", "in", "is", "lambda"}:
            continue
        owner = symbols.get(left.removesuffix(".T"))
        if left[0].isdigit() or (right in symbols and (owner or left == ")")):
            sign = "*" if left[0].isdigit() or (owner and not owner.axes) else " @ "
            raise ValueError(f"between {left} and {right} a sign is missing; write {left}{sign}{right}")
