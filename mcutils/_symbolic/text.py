"""What every notation asks of a text before it is read: its bounds, brackets that match, and how it is quoted."""

from __future__ import annotations

LONGEST = 4000  # characters
DEEPEST = 60  # brackets in brackets
LARGEST = 10**12  # a number, or one over it
HIGHEST = 100  # an exponent


def check_text(text: object) -> None:
    """Refuse what is not a text, is empty, too long, nested too deeply, or has brackets that do not match."""
    if not isinstance(text, str):
        raise ValueError(f"got {type(text).__name__}; a formula is given as text such as 'A @ x'")
    if not text.strip():
        raise ValueError("the formula is empty; write one such as 'A @ x'")
    if len(text) > LONGEST:
        raise ValueError(f"the formula has {len(text):,} characters; at most {LONGEST:,} are read")
    depth = 0
    opening: list[str] = []
    for k, sign in enumerate(text):
        if sign in "([{":
            opening.append(sign)
            depth = max(depth, len(opening))
        elif sign in ")]}" and (not opening or opening.pop() + sign not in {"()", "[]", "{}"}):
            raise ValueError(f"the bracket {sign!r} at position {k + 1} closes nothing; check that brackets match")
    if opening:
        raise ValueError(
            f"{len(opening)} bracket{'s' * (len(opening) > 1)} {opening[-1]!r} left open; check that brackets match"
        )
    if depth > DEEPEST:
        raise ValueError(f"brackets are nested {depth} deep; at most {DEEPEST} are read")


def check_number(value: float, written: str) -> None:
    """Refuse a number that is too large or too small, even where a float of it is 0."""
    lost = not value and any(sign in "123456789" for sign in written.lower().partition("e")[0])
    if lost or (value and not 1 / LARGEST <= abs(value) <= LARGEST):
        raise ValueError(f"the number {written[:60]} is out of range; sizes from 1e-12 to 1e12 are read")


def clip(text: str, length: int = 60) -> str:
    """The text in quotes, cut to a length that fits a sentence."""
    return repr(text if len(text) <= length else text[: length - 1] + "…")
