"""The numbers, names and signs of a text in index notation, and the indices that stand on a name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mcutils._symbolic.core import Head
from mcutils._symbolic.levels import DOWN, UP
from mcutils._symbolic.text import clip

NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z][A-Za-z0-9]*)|(\*\*|.))", re.DOTALL)


class Tokens:
    """The tokens of a text, taken one after the other.

    Args:
        text: in index notation.
        symbols: the declared symbols.
    """

    def __init__(self, text: str, symbols: Mapping[str, Head]) -> None:
        self.tokens = [(number, name, sign) for number, name, sign in _TOKEN.findall(text)]
        self.text, self.symbols, self.at = text, symbols, 0

    def peek(self) -> str:
        """The next token, or nothing."""
        return "".join(self.tokens[self.at]) if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        """Take the next token, which must be `wanted` if that is given."""
        token = self.peek()
        if not token or (wanted and token != wanted):
            found = f"found {token!r}" if token else "the text ends"
            raise ValueError(f"{clip(self.text)}: {found} where {wanted or 'a factor'!r} should stand")
        self.at += 1
        return token

    def indices(self, owner: str, wanted: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The indices of a symbol that has ``wanted`` axes, each with its level."""
        found = list[tuple[str, str]]()
        while self.peek() in {UP, DOWN}:
            level = self.take()
            if self.peek() == "{":
                found += [(name, level) for name in self._in_braces(owner)]
            else:
                found.append((self._letter(f"{owner}{level}", is_last=wanted == len(found) + 1), level))
        names = [name for name, _ in found]
        each = letters(names, wanted)
        levels = [level for name, level in found for _ in (name if len(each) > len(names) else [name])]
        return tuple(each), tuple(levels)

    def _letter(self, before: str, is_last: bool) -> str:
        """An index without braces, behind this text."""
        name = self.take()
        if re.fullmatch(r"[A-Za-z]", name):
            return name
        if name[1:] in self.symbols and is_last:
            raise ValueError(f"between {before}{name[0]} and {name[1:]} leave a space")
        braces = f"several or long ones need braces, {before}{{{' '.join(name)}}}"
        hint = braces if name.isalpha() else "an index is a letter; a power is written **"
        raise ValueError(f"{before}{name}: {hint}")

    def _in_braces(self, owner: str) -> list[str]:
        """The indices of a name that stand in a pair of braces."""
        self.take("{")
        names = []
        while self.peek() != "}":
            name = self.take()
            if name == ",":
                continue
            if not NAME.fullmatch(name):
                inverse = f"; the inverse of {owner} is inv({owner}^i_j)" if name == "-" else ""
                raise ValueError(
                    f"{clip(self.text)}: {name!r} is no index; an index is a letter or a short name{inverse}"
                )
            names.append(name)
        self.take("}")
        return names


def letters(names: Sequence[str], wanted: int) -> list[str]:
    """The indices apart where they stand together, as in ``A_{ij}`` of a matrix; else as they are."""
    letters = [letter for name in names for letter in name]
    together = len(names) < wanted == len(letters) and all(map(str.isalpha, letters))
    return letters if together else list(names)
