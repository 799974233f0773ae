"""Terms that share their matrices, collected: X_ki X_kj p_k - X_ki X_kj q_k becomes X_ki X_kj (p - q)_k.

Used before evaluation only, so that one contraction does the work of several. Printing has its own way to factor sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mcutils._symbolic.canonical import numbered
from mcutils._symbolic.core import Axis, Factor, Tensor, Term, bracket, tensor


def collected(f: Tensor) -> Tensor:
    """An equal expression in which terms with the same matrices on the same indices are one term with a bracket."""
    if len(f.terms) < 2:
        return f
    groups: dict[str, list[tuple[list[Factor], Term]]] = {}
    for k, term in enumerate(f.terms):
        text, heavy, light = _split(term, len(f.axes))
        groups.setdefault(text or f"alone {k}", []).append((heavy, light))
    return Tensor(f.axes, tuple(_joined(group, f.axes) for group in groups.values()), f.key)


def _split(term: Term, rank: int) -> tuple[str, list[Factor], Term]:
    """The label of a term's matrices, the matrices, and what is left, all numbered as the label numbers them."""
    heavy = [f for f in term.factors if len(f.slots) > 1]
    text, number, ordered = numbered(heavy, {k: k for k in range(rank)})
    light = [f for f in term.factors if len(f.slots) < 2]
    if not heavy or any(s not in number for f in light for s in f.slots):
        return "", list(term.factors), Term(term.coefficient, ())

    def named(f: Factor) -> Factor:
        return Factor(f.head, tuple(number[s] for s in f.slots))

    return text, [named(f) for f in ordered], Term(term.coefficient, tuple(map(named, light)))


def _joined(group: Sequence[tuple[list[Factor], Term]], axes: Sequence[Axis]) -> Term:
    """One term for a group: its matrices times the sum of what is left of each."""
    heavy, first = group[0]
    if len(group) == 1:
        return Term(first.coefficient, (*heavy, *first.factors))
    axis_of = dict(enumerate(axes)) | {s: a for f in heavy for a, s in zip(f.head.axes, f.slots, strict=True)}
    free = sorted({s for _, light in group for f in light.factors for s in f.slots})
    left = tensor(free, [axis_of[s] for s in free], [light for _, light in group])
    return Term(Fraction(1), (*heavy, *bracket(left, free)))
