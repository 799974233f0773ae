"""A text as a learner typed or pasted it, in plain signs: what has one reading only is read, and costs nobody a try.

The notation's own reader is strict, and says what to write instead. So it does here where a sign could mean two things:
a raised 2 is a power of each entry, and in a book a product of matrices. Plain texts stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from autograder.checks.numpy_words import in_own_words
from mcutils._symbolic.text import LONGEST

_SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000"), " ")
_NOTHING = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), "")
_DASHES = dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2013\u2014"), "-")
_ENTRYWISE = dict.fromkeys(map(ord, "\u2299\u2218\u2217"), "*")
_WIDE = {0xFF01 + k: chr(0x21 + k) for k in range(94)}
_SIGNS = _SPACES | _NOTHING | _DASHES | _ENTRYWISE | _WIDE | {0xBD: "(1/2)", 0xF7: "/"}
_QUOTES = ('"', "'", "`", "$", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c")

_NAMED = re.compile(r"^\s*(?:return\b|[\u2207\u2202]?\s*[^\W\d]\w*'?\s*(?:\(\w+\)\s*)?=(?!=))\s*")
_TRANSPOSED = re.compile(
    r"(\b[^\W\d]\w*|\))\s*(?:[\u1d40\u22a4]|\^\s*\{?\s*[T\u22a4]\s*\}?(?!\w)|[\u2019\u2032](?!\w))"
)
_PRIMED = re.compile(r"(\b[^\W\d]\w*|\))'(?!\w)")
_END = re.compile(r"\s*[;,]?\s*$|(?<=[A-Za-z)\]}])\.$")
_INVERTED = re.compile(r"(\b[^\W\d]\w*)\u207b(?:\u00b9|(\u1d40))")


def plain(text: str) -> str:
    """Return a text in index notation in plain signs: one line, no comment, no quotes and no name before it."""
    if len(text) > LONGEST:
        return text
    text = " ".join(line.partition("#")[0] for line in text.translate(_SIGNS).splitlines()).strip()
    for marks in _QUOTES:
        if len(text) > 2 and text[0] == marks[0] and text[-1] == marks[-1] and not set(marks) & set(text[1:-1]):
            text = text[1:-1].strip()
    return _END.sub("", _NAMED.sub("", text, count=1))


def plain_matrix(text: str, symbols: Collection[str] = ()) -> str:
    """Return a text in matrix notation in plain signs, and in the notation's own words where it has NumPy's.

    Args:
        text: what was typed.
        symbols: names that are no functions here.

    >>> plain_matrix("grad = (A + A^T) @ x \u2212 b;"), plain_matrix("np.dot(A.transpose(), x)")
    ('(A + A.T) @ x - b', 'A.T @ x')
    """
    text = plain(text)
    if len(text) > LONGEST:
        return text
    if "T" not in symbols:
        text = _TRANSPOSED.sub(r"\1.T", text)
    if "('" not in text and ", '" not in text and ",'" not in text:  # an axis in quotes, as in I('n')
        known = {*symbols, ")"}
        text = _PRIMED.sub(lambda found: f"{found[1]}.T" if found[1] in known else found[0], text)
    text = _INVERTED.sub(lambda found: f"inv({found[1]})" + ".T" * bool(found[2]), text)
    return in_own_words(text, symbols)
