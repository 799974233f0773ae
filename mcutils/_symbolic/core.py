"""The calculus: what an expression is, and its normal form.

An expression is a sum of terms; a term is a coefficient times factors; a factor is a head (a symbol, a constant such
as the Kronecker delta, or a function of a closed inner expression) whose slots carry indices. One rule gives it a
meaning:

    **an index that is not free is summed.**

So ``A_ij x_j`` with ``i`` free is a product, ``A_ii`` with nothing free a trace, ``A_ii`` with ``i`` free a diagonal,
and ``x_i y_i`` with ``i`` free an elementwise product; none of them is a case. Indices are integers; in a finished
`Tensor` the free ones are 0, 1, ... in the order of its axes. Upper and lower indices live in the parsers and
printers only.

Every `Tensor` made by `tensor` is in normal form: deltas are contracted, like terms merged (see `canonical`), and a
bracket that holds several terms stays a factor of its own (head ``sum``), so that 2 Aᵀ(AX - B) is one term.

Read this file from top to bottom: terms, building, normal form; then `derivative`. The differentials of the functions
are in `rules`; identities that contraction does not need (x x^-1 = 1, X inv(X) = I) in `identities`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from mcutils._symbolic.budget import spend
from mcutils._symbolic.canonical import label

Axis = int | str  # a size, the name of a size, or a product of names such as "m*n"
ELEMENTWISE = frozenset({"exp", "log", "tanh", "sigmoid", "relu", "step", "sin", "cos", "pow"})

fresh = itertools.count(1000).__next__  # a new index; its value never shows in a normal form


# ---------------------------------------------------------------- terms


class Head:
    """What stands in front of the indices of a factor.

    Attributes:
        kind: "symbol"; a constant "delta" "ones" "size" "fuse" "tri"; or the name of a function.
        axes: the axis of each slot.
        name: the symbol's name.
        inner: the closed expression that a function is applied to.
        parameter: the exponent of "pow", the slot that "softmax" normalises.
        flags: what is known of a symbol, of "symmetric", "spd", "positive".
        symmetric: whether its two slots may be exchanged.
        names: the symbols that it depends on.
        key: text that is equal for equal heads only.
    """

    __slots__ = ("axes", "flags", "inner", "key", "kind", "name", "names", "parameter", "symmetric")

    def __init__(
        self,
        kind: str,
        axes: tuple[Axis, ...] = (),
        name: str = "",
        inner: Tensor | None = None,
        parameter: Fraction | int | None = None,
        flags: frozenset[str] = frozenset(),
    ) -> None:
        self.kind, self.axes, self.name, self.inner, self.parameter, self.flags = (
            kind,
            axes,
            name,
            inner,
            parameter,
            flags,
        )
        self.names = inner.names if inner is not None else frozenset({name} if name else ())
        mirrored = inner is not None and kind != "softmax" and len(axes) == 2 and inner.is_symmetric()
        self.symmetric = kind == "delta" or bool(flags & {"symmetric", "spd"}) or mirrored
        body = f"{{{inner.key}}}" if inner is not None else name
        marks = "" if parameter is None else f"^{parameter}"
        self.key = f"{kind}{marks}{body}({','.join(map(str, axes))}){'~' if self.symmetric else ''}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Head) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return self.key


class Factor(NamedTuple):
    """A head with one index in each slot."""

    head: Head
    slots: tuple[int, ...]


class Term(NamedTuple):
    """A rational coefficient times factors."""

    coefficient: Fraction
    factors: tuple[Factor, ...]


class Tensor:
    """A closed expression: its free indices are 0, 1, ..., one for each of `axes`; any other index is summed."""

    __slots__ = ("_symmetric", "axes", "key", "names", "terms")

    def __init__(self, axes: tuple[Axis, ...], terms: tuple[Term, ...], key: str = "") -> None:
        self.axes, self.terms, self.key = axes, terms, key
        self.names: frozenset[str] = frozenset().union(*(f.head.names for t in terms for f in t.factors))
        self._symmetric: bool | None = None

    def is_symmetric(self) -> bool:
        """Whether exchanging the two axes changes nothing (in normal form; a "no" may be a "not seen")."""
        if self._symmetric is None:
            square = len(self.axes) == 2 and self.axes[0] == self.axes[1]
            self._symmetric = square and permuted(self, (1, 0)).key == self.key
        return self._symmetric

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tensor) and self.axes == other.axes and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"Tensor({self.key})"


# ---------------------------------------------------------------- building


@functools.lru_cache(maxsize=1024)
def symbol(name: str, axes: tuple[Axis, ...], flags: frozenset[str] = frozenset()) -> Tensor:
    """The array called `name`, as an expression."""
    slots = tuple(range(len(axes)))
    return tensor(slots, axes, [Term(Fraction(1), (Factor(Head("symbol", axes, name, flags=flags), slots),))])


@functools.lru_cache(maxsize=1024)
def number(value: Fraction | int) -> Tensor:
    """A constant."""
    return tensor((), (), [Term(Fraction(value), ())])


def delta(axis: Axis, i: int, j: int) -> Factor:
    """1 where the two indices are equal, 0 elsewhere."""
    return Factor(_constant("delta", (axis, axis)), (i, j))


def ones(axis: Axis, i: int) -> Factor:
    """1 everywhere: it says that the index `i` is there."""
    return Factor(_constant("ones", (axis,)), (i,))


def fuse(q: int, parts: Sequence[int], axes: Sequence[Axis]) -> Factor:
    """1 where `q` is the place of (i, j) when columns are stacked, q = i + j * m: vec and kron are made of it."""
    return Factor(_constant("fuse", (product_axis(axes), *axes)), (q, *parts))


@functools.lru_cache(maxsize=1024)
def _constant(kind: str, axes: tuple[Axis, ...]) -> Head:
    return Head(kind, axes)


def product_axis(axes: Sequence[Axis]) -> Axis:
    """The axis as long as all of `axes` multiplied: ("n", "m") gives "m*n", ("n", 1) gives "n"."""
    parts = [part for axis in axes for part in (axis.split("*") if isinstance(axis, str) else [axis])]
    scale, names = 1, []
    for part in parts:
        if isinstance(part, int) or part.isdigit():
            scale *= int(part)
        else:
            names.append(part)
    if not names:
        return scale
    return "*".join(([str(scale)] if scale != 1 else []) + sorted(names))


def applied(
    kind: str, inner: Tensor, slots: Sequence[int], parameter: Fraction | int | None = None
) -> tuple[Factor, ...]:
    """The function `kind` of a closed expression, with its slots filled.

    An elementwise function keeps only the slots that its argument depends on, each once: exp of equal rows is a vector,
    and the diagonal of exp(X) is exp of the diagonal.
    """
    inner, slots = _upright(inner, slots) if kind != "softmax" else (inner, slots)
    if kind not in ELEMENTWISE:
        axes = () if kind in {"det", "logdet"} else inner.axes
        return (Factor(Head(kind, axes, inner=inner, parameter=parameter), tuple(slots[: len(axes)])),)
    used = {s for term in inner.terms for f in term.factors for s in f.slots}
    kept = [k for k, s in enumerate(slots) if k in used and s not in slots[:k]]
    if len(kept) == len(slots):
        return (Factor(Head(kind, inner.axes, inner=inner, parameter=parameter), tuple(slots)),)
    there = tuple(ones(axis, s) for axis, s in zip(inner.axes, slots, strict=True))
    smaller = tensor([slots[k] for k in kept], [inner.axes[k] for k in kept], opened(inner, slots, used))
    return (*applied(kind, smaller, [slots[k] for k in kept], parameter), *there)


def bracket(inner: Tensor, slots: Sequence[int]) -> tuple[Factor, ...]:
    """A whole expression as one factor; normal form opens it when it has one term only."""
    inner, slots = _upright(inner, slots) if len(inner.terms) > 1 else (inner, slots)
    return (Factor(Head("sum", inner.axes, inner=inner), tuple(slots)),)


def _upright(inner: Tensor, slots: Sequence[int]) -> tuple[Tensor, Sequence[int]]:
    """An expression of two axes or its transpose, whichever has fewer transposed matrices in it."""
    if len(inner.axes) != 2 or len(slots) != 2:
        return inner, slots
    upright = [
        k == s
        for t in inner.terms
        for h, at in t.factors
        if not h.symmetric and len(at) == 2
        for k, s in enumerate(at)
        if s < 2
    ]
    lying = len(upright) - sum(upright)
    if lying < sum(upright):
        return inner, slots
    other = permuted(inner, (1, 0))
    return (other, tuple(reversed(slots))) if (sum(upright), other.key) < (lying, inner.key) else (inner, slots)


def opened(inner: Tensor, slots: Sequence[int], kept: Iterable[int] | None = None) -> list[Term]:
    """The terms of `inner` with `slots` for its free indices and fresh summed ones.

    Every free index leaves a `ones`, so that a broadcast index is summed if it is summed outside (`kept` limits this).
    """
    there = [ones(a, s) for k, (a, s) in enumerate(zip(inner.axes, slots, strict=True)) if kept is None or k in kept]
    result = []
    for term in inner.terms:
        names = dict(enumerate(slots))
        factors = [Factor(head, tuple(_named(names, s) for s in old)) for head, old in term.factors]
        result.append(Term(term.coefficient, (*factors, *there)))
    return result


def written_out(terms: list[Term], most: int) -> list[Term]:
    """The terms with every bracket opened, which normal form leaves closed.

    Raises:
        ValueError: there are more than ``most``.
    """
    done: list[Term] = []
    while terms:
        term = terms.pop()
        n = next((n for n, f in enumerate(term.factors) if f.head.kind == "sum"), None)
        if n is None:
            done.append(term)
        else:
            head, slots = term.factors[n]
            assert head.inner is not None, "a bracket has something in it"
            rest = term.factors[:n] + term.factors[n + 1 :]
            terms += [Term(term.coefficient * t.coefficient, rest + t.factors) for t in opened(head.inner, slots)]
        if len(done) + len(terms) > most:
            raise ValueError(f"there are more than {most} terms")
    return done


def _named(names: dict[int, int], index: int) -> int:
    if index not in names:
        names[index] = fresh()
    return names[index]


def permuted(inner: Tensor, order: Sequence[int]) -> Tensor:
    """The same numbers with the axes in another order: axis k of the result is axis order[k] of `inner`."""
    slots = [fresh() for _ in inner.axes]
    return tensor([slots[k] for k in order], [inner.axes[k] for k in order], opened(inner, slots))


# ---------------------------------------------------------------- normal form


def tensor(free: Sequence[int], axes: Sequence[Axis], terms: Iterable[Term]) -> Tensor:
    """Close `terms` over the indices `free`: contract, merge like terms, put them in a stable order."""
    place = {index: k for k, index in enumerate(free)}
    total: dict[str, Term] = {}
    for raw in terms:
        for term in contracted(raw, place):
            spend()
            key, factors = label(term.factors, place)
            before = total[key].coefficient if key in total else Fraction(0)
            total[key] = Term(before + term.coefficient, tuple(Factor(*f) for f in factors))
    kept = sorted((key, term) for key, term in total.items() if term.coefficient)
    text = " + ".join(f"{term.coefficient}{key}" for key, term in kept)
    spend(len(text))
    return Tensor(tuple(axes), tuple(term for _, term in kept), f"[{','.join(map(str, axes))}]{text}")


IDENTITIES: list[Callable[[Term, dict[int, int]], Term]] = []  # what `identities` adds to contraction


def contracted(term: Term, place: dict[int, int]) -> list[Term]:
    """The term without a delta that could be summed away, or several terms if it is a bracket and nothing else."""
    while True:
        opening = _open_brackets(term, place)
        if opening is not None and len(opening) != 1:
            return [done for part in opening for done in contracted(part, place)]
        before, term = term, opening[0] if opening else term
        term = count_ones(_contract_fused(_contract_deltas(term, place), place), place)
        for identity in IDENTITIES:
            term = identity(term, place)
        if term == before:
            return [term] if term.coefficient else []


def _open_brackets(term: Term, place: dict[int, int]) -> list[Term] | None:
    """Write out the first bracket that has one term, or that stands alone; None if there is none."""
    alone = sum(f.head.kind not in {"ones", "sum"} for f in term.factors) == 0
    alone = alone and sum(f.head.kind == "sum" for f in term.factors) == 1
    for n, (head, slots) in enumerate(term.factors):
        if head.kind == "sum" and head.inner is not None and (alone or len(head.inner.terms) < 2):
            rest = term.factors[:n] + term.factors[n + 1 :]
            return [Term(term.coefficient * t.coefficient, rest + t.factors) for t in opened(head.inner, slots)]
    return None


def _contract_deltas(term: Term, place: dict[int, int]) -> Term:
    """Substitute along every delta; one between two free indices stays, and the lower free index stands for both."""
    deltas = [f for f in term.factors if f.head.kind == "delta"]
    if not deltas:
        return term
    leader: dict[int, int] = {}

    def lead(i: int) -> int:
        while i in leader:
            i = leader[i]
        return i

    for _, (i, j) in deltas:
        first, second = sorted((lead(i), lead(j)), key=lambda s: (place.get(s, len(place)), s))
        if first != second:
            leader[second] = first
    axis_of = {s: f.head.axes[0] for f in deltas for s in f.slots}
    factors = [Factor(h, tuple(map(lead, slots))) for h, slots in term.factors if h.kind != "delta"]
    factors += [ones(axis, lead(s)) for s, axis in axis_of.items() if s not in leader]
    factors += [delta(axis_of[s], lead(s), s) for s in leader if s in place]
    return Term(term.coefficient, tuple(factors))


def _contract_fused(term: Term, place: dict[int, int]) -> Term:
    """Undo a vec by the vec that it meets: fuse(q; i, j) fuse(q; k, l) = delta(i, k) delta(j, l) fuse(q; i, j)."""
    fused = [f for f in term.factors if f.head.kind == "fuse"]
    for a, b in itertools.combinations(fused, 2):
        if a.head == b.head and (a.slots[0] == b.slots[0] or a.slots[1:] == b.slots[1:]):
            rest = tuple(f for f in term.factors if f is not b)
            joined = [delta(x, s, t) for x, s, t in zip(a.head.axes, a.slots, b.slots, strict=True) if s != t]
            return _contract_fused(_contract_deltas(Term(term.coefficient, (*rest, *joined)), place), place)
    for f in fused:
        if 1 in f.head.axes[1:]:
            (q, i, j), one = f.slots, f.head.axes.index(1, 1)
            kept = delta(f.head.axes[0], q, j if one == 1 else i)
            rest = tuple(g for g in term.factors if g is not f)
            spare = ones(1, i if one == 1 else j)
            return _contract_fused(_contract_deltas(Term(term.coefficient, (*rest, kept, spare)), place), place)
        met = {s for g in term.factors if g is not f and g.head.kind != "ones" for s in g.slots} | place.keys()
        q, parts = f.slots[0], f.slots[1:]
        if q not in met or (len(set(parts)) == len(parts) and not met & set(parts)):
            left = [(axis, s) for axis, s in zip(f.head.axes, f.slots, strict=True) if (s == q) == (q in met)]
            bound = set(f.slots) - {s for _, s in left}  # fixed by the others: summed to 1
            rest = tuple(g for g in term.factors if g is not f and not (g.head.kind == "ones" and g.slots[0] in bound))
            return _contract_fused(Term(term.coefficient, (*rest, *(ones(a, s) for a, s in left))), place)
    return term


def count_ones(term: Term, place: dict[int, int]) -> Term:
    """Drop every `ones` whose index occurs elsewhere; a summed index that occurs nowhere else gives a size."""
    if not any(f.head.kind in {"ones", "size"} for f in term.factors):
        return term
    met = {s for f in term.factors if f.head.kind != "ones" for s in f.slots} | place.keys()
    coefficient, factors = term.coefficient, []
    for f in term.factors:
        if f.head.kind not in {"ones", "size"}:
            factors.append(f)
            continue
        if f.slots and f.slots[0] in met:
            continue
        met.update(f.slots)
        for part in str(f.head.axes[0] if f.slots else f.head.name).split("*"):
            if part.isdigit():
                coefficient *= int(part)
            else:
                factors.append(Factor(Head("size", name=part), ()))
    return Term(coefficient, tuple(factors))
