"""Where parts of the right answer come from: pieces of the question, and places of the variable in it."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.checks import trees
from autograder.checks.insight import Insight
from autograder.checks.parts import Part

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def where(members: Sequence[Part], insight: Insight) -> str:
    """Say where parts come from: a piece of the question, or places of the variable in it."""
    places = frozenset[int]().union(*(part.places for part in members))
    pieces = _pieces(insight)
    piece = exactly(places, insight)
    if piece is not None and piece not in (insight.wrt, f"{insight.wrt}.T"):
        return f"`{piece}`"
    around, inside = next((piece for piece in reversed(pieces) if places < piece[1]), ("", places))
    ordered = sorted(inside) if around else range(max(places) + 1)
    numbers = [ORDINALS[k] for k, place in enumerate(ordered) if place in places]
    return f"the {' and the '.join(numbers)} {insight.wrt}{f' in `{around}`' if around else ''}"


def _pieces(insight: Insight) -> list[tuple[str, frozenset[int]]]:
    """The pieces of the question, larger ones first, each with the occurrences in it; none for a Hessian."""
    tree = insight.subject
    if tree is None or insight.order == 2 or insight.notation != "matrix":
        return []
    number = iter(range(len(insight.text)))
    numbered = {p: next(number) for p, t in trees.walk(tree) if t.kind == "name" and t.value == insight.wrt}
    pieces = [(str(t), frozenset(k for q, k in numbered.items() if q[: len(p)] == p)) for p, t in trees.walk(tree)]
    return sorted(pieces, key=lambda piece: -len(piece[1]))


def exactly(places: frozenset[int], insight: Insight) -> str | None:
    """The largest piece that holds these occurrences and no others."""
    return next((text for text, inside in _pieces(insight) if inside == places), None)


def joined(parts: Sequence[Part], members: Sequence[int], insight: Insight) -> bool:
    """Whether parts belong together, being all that one piece of the question gives."""
    if len(members) == 1:
        return True
    places = frozenset[int]().union(*(parts[k].places for k in members))
    if not places:
        return bool(in_common([parts[k] for k in members], parts))
    return exactly(places, insight) is not None


def in_common(members: Sequence[Part], parts: Sequence[Part]) -> list[str]:
    """The symbols that these terms of the answer share, and no other term has."""
    others = frozenset[str]().union(*(part.names for part in parts if part not in members))
    return sorted(frozenset.intersection(*(part.names for part in members)) - others)


def in_one_product(parts: Sequence[Part], j: int, k: int, insight: Insight) -> bool:
    """Whether two occurrences meet in one term: then one of them counted twice stands for both.

    Of the terms of an answer, whose places are not known, those with the same symbols may stand for each other; so may
    places in a question in indices, which is not taken to pieces.
    """
    both = parts[j].places | parts[k].places
    if not both or insight.notation != "matrix":
        return parts[j].names == parts[k].names
    tree = insight.subject
    if tree is None or insight.order == 2:
        return True
    pieces = _pieces(insight)
    numbers = {str(term): inside for _, term, _ in trees.summands(tree) for text, inside in pieces if text == str(term)}
    return any(both <= inside for inside in numbers.values())
