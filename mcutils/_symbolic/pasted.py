"""What people type or paste that is nearly the notation: LaTeX, raised digits, Greek letters, products without a sign.

Each gets a sentence that says what to write instead.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Mapping

from mcutils._symbolic.core import Head
from mcutils._symbolic.sizes import FUNCTIONS

_RAISED = {"\u00b9": "**1", "\u00b2": "**2", "\u00b3": "**3", "\u1d40": ".T", "\u22a4": ".T"}
_PRODUCTS = "\u00b7\u00d7\u22c5\u2022\u2219"  # middle dot, times, dot operator, bullet, bullet operator
_ENTRYWISE = "\u2299\u2218\u2217"  # circled dot, ring, asterisk operator
_DASHES = "\u2212\u2010\u2011\u2013\u2014"  # minus, hyphens, dashes
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u00ab\u00bb"
_PRIMES = "\u2018\u2019\u00b4\u2032"  # single quotes, acute accent, prime
_SIGNS = {
    **dict.fromkeys(_PRODUCTS, "* or @"),
    **dict.fromkeys(_ENTRYWISE, "*"),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_DOUBLE_QUOTES, "the formula alone, between straight quotes"),
    **dict.fromkeys(_PRIMES, "A.T for the transpose of A, and straight quotes around the formula"),
    **dict.fromkeys("\u2202\u2207", "the derivative itself, with nothing before it"),  # partial, nabla
    "\u2297": "kron(A, B)",
    "\uff20": "@",
    "\u00f7": "/",
    "\u00bd": "1/2 *",
    "\u221a": "sqrt(...)",
    "$": "the formula as plain text, not as LaTeX",
    "`": "the formula alone, between straight quotes",
}
_SOLVED = re.compile(r"(\w+)\s*\\\s*(\w+)")  # A \\ b, as MATLAB solves A x = b
_ENTRIES = {".*": "*", "./": "/", ".^": "**"}  # as MATLAB writes them
_ADJACENT = re.compile(r"([A-Za-z_]\w*(?:\.T)?|\d+\.?\d*|\))\s*(?=([A-Za-z_]\w*|\())")


def check_writing(text: str, symbols: Mapping[str, Head], example: str = "A.T @ (A @ x - b)") -> None:
    """Refuse signs that are not on the notation's list, before Python's own reader meets them."""
    for solved in _SOLVED.finditer(text):
        if solved[2] in symbols:
            raise ValueError(f"{solved[0]} is not read; for the solution write inv({solved[1]}) @ {solved[2]}")
    if "\\" in text:
        raise ValueError(f"this looks like LaTeX; write the formula as plain text, such as {example}")
    for k, sign in enumerate(text):
        if sign in _RAISED:
            raise ValueError(f"raised signs such as {sign!r} are not read; write {_before(text[:k])}{_RAISED[sign]}")
        if sign == "\u207b":
            raise ValueError(f"raised signs are not read; write inv({_before(text[:k])}), or 1/x for every entry of x")
        if sign in _SIGNS:
            raise ValueError(f"the sign {sign!r} is not read; write {_SIGNS[sign]}")
        name = unicodedata.name(sign, f"U+{ord(sign):04X}")
        if name.startswith("GREEK") and not any(sign in symbol for symbol in symbols):
            spelt = name.split()[-1].lower().replace("lamda", "lam")
            known = ", ".join(symbols) or "none"
            raise ValueError(f"the letter {sign!r} is no symbol here; spell it ({spelt}): the symbols are {known}")
        if not sign.isascii() or not (sign.isprintable() or sign.isspace()):
            _check_sign(sign, name, k, symbols)


def _check_sign(sign: str, name: str, k: int, symbols: Mapping[str, Head]) -> None:
    """Refuse a sign that no keyboard puts into a formula: invisible, or of another alphabet, or neither."""
    if unicodedata.category(sign)[0] in "CZ":
        raise ValueError(f"an invisible sign ({name}) stands at position {k + 1}; delete it, or type the formula anew")
    if any(sign in symbol for symbol in symbols) or unicodedata.normalize("NFKC", sign).isascii():
        return
    if f"x{sign}".isidentifier():
        known = ", ".join(symbols) or "none"
        raise ValueError(f"the letter {sign!r} ({name}) is no symbol here; type it anew: the symbols are {known}")
    raise ValueError(f"the sign {sign!r} ({name}) is not read; write + - * / @ ** and names of functions")


def _before(text: str) -> str:
    """The name or bracket that a text ends in."""
    return re.findall(r"\w+\Z|\Z", text)[0] or "(...)"


def check_signs(text: str, symbols: Mapping[str, Head]) -> None:
    """Name what keeps a text from being a formula: a name before it, another language's sign, a prime, no sign."""
    if named := re.match(r"\s*(\w+)\s*=(?!=)", text):
        raise ValueError(f"write the formula alone, without {named[1]} = before it")
    for name in symbols:
        if keyword.iskeyword(name) and re.search(rf"\b{name}\b", text):
            raise ValueError(
                f"{name} is a word of Python's own, and no symbol in matrix notation; give it another name"
            )
    for sign, here in _ENTRIES.items():
        if sign in text:
            raise ValueError(f"the sign {sign} is not read; write {here}, which works entry by entry")
    if "|" in text:
        raise ValueError("bars are not read; write norm2(x) for the norm of x, sqrt(x**2) for the size of every entry")
    for primed in re.finditer(r"([A-Za-z_]\w*|\))'", text):
        if primed[1] in symbols or primed[1] == ")":
            raise ValueError(f"the prime in {primed[0]} is not read; for the transpose write {primed[1]}.T")
    if re.search(r"\blambda\b(?![^:]*:)", text) and "lam" in symbols:
        raise ValueError("lambda is a word of Python's own and cannot be a symbol; the symbol here is lam")
    if text.rstrip()[-1:] in {";", ",", "."}:
        raise ValueError(f"leave out the {text.rstrip()[-1]!r} at the end")
    if text.rstrip()[-1:] in set("+-*/@"):
        raise ValueError(f"the formula ends in {text.rstrip()[-1]!r}; write what follows it, or leave it out")
    if "=" in text:
        raise ValueError("found '='; write one formula, without an equals sign")
    if dot := re.search(r"(?<![\d.])\s*\.\s*\(", text):
        raise ValueError(f"the sign {dot[0].strip()[0]!r} before a bracket is not read; write a product as A @ x")
    _check_adjacent(text, symbols)


def _check_adjacent(text: str, symbols: Mapping[str, Head]) -> None:
    """Name two factors between which a sign is missing, or a function whose argument has no brackets."""
    for match in _ADJACENT.finditer(text):
        left, right = match[1], match[2]
        word = re.findall(r"\A\w*", text[match.start() :])[0]
        if len(word) > len(left) and (word in symbols or word in FUNCTIONS):
            continue  # a name of its own, such as dx beside d and x
        if left in FUNCTIONS and right in symbols:
            raise ValueError(f"{left} {right}: put the argument in brackets, {left}({right})")
        if left in FUNCTIONS or left in {"and", "or", "not", "if", "else", "for", "in", "is", "lambda"}:
            continue
        owner = symbols.get(left.removesuffix(".T"))
        if left[0].isdigit() or (right in symbols and (owner or left == ")")):
            sign = "*" if left[0].isdigit() or (owner and not owner.axes) else " @ "
            factor = "(...)" if left == ")" else left
            raise ValueError(f"between {left} and {right} a sign is missing; write {factor}{sign}{right}")
