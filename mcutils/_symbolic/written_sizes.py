"""The size of an axis where a symbol has the axis' name: printed as a sum of ones, for the bare name is the symbol.

Separate because nothing but printing needs it: an expression knows a size from a symbol whatever their names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mcutils._symbolic.core import Factor, Head, Tensor, Term, opened, tensor

_BEFORE, _BEHIND = 'sum(ones("', '"))'


def told_apart(f: Tensor, names: Collection[str]) -> Tensor:
    """The expression with such sizes named as they are to be printed; itself, where there are none."""
    if not names or not any(_is_size(head, names) for head in _heads(f, set())):
        return f
    slots = range(len(f.axes))
    terms = [Term(t.coefficient, tuple(_factor(x, names) for x in t.factors)) for t in opened(f, slots)]
    return tensor(slots, f.axes, terms)


def written_axis(name: str) -> str | None:
    """The axis of a size that was named so."""
    return name[len(_BEFORE) : -len(_BEHIND)] if name.startswith(_BEFORE) else None


def _heads(f: Tensor, seen: set[str]) -> Iterator[Head]:
    """Every head in an expression, once."""
    for head in (x.head for t in f.terms for x in t.factors if x.head.key not in seen):
        seen.add(head.key)
        yield head
        if head.inner is not None:
            yield from _heads(head.inner, seen)


def _is_size(head: Head, names: Collection[str]) -> bool:
    return head.kind == "size" and head.name in names


def _factor(factor: Factor, names: Collection[str]) -> Factor:
    head = factor.head
    if _is_size(head, names):
        return factor._replace(head=Head("size", name=f"{_BEFORE}{head.name}{_BEHIND}"))
    if head.inner is None:
        return factor
    inner = told_apart(head.inner, names)
    return factor._replace(head=Head(head.kind, head.axes, inner=inner, parameter=head.parameter))
