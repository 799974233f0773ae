"""Index notation out: as text that `parse` reads, in both summation conventions, as LaTeX, and as einsum calls.

Levels are chosen here: a free index stands on the level it is given; a factor of two slots stands on opposite levels,
row up and column down or (a transpose) the other way round; and a summed index gets both levels.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from mcutils._symbolic.core import Axis, Factor, Head, Tensor, Term, delta, fresh
from mcutils._symbolic.latex import latex_name
from mcutils._symbolic.sizes import axis_names
from mcutils._symbolic.written_sizes import written_axis

UP, DOWN = "^", "_"
SUMMATIONS = ("levels", "repeated")
Slots = Sequence[tuple[str, str]]  # the name and the level of each index


def default_levels(rank: int) -> tuple[str, ...]:
    """A vector is upper; a matrix has its row up and its column down; further axes are lower."""
    return (UP,) * min(rank, 1) + (DOWN,) * (rank - 1)


class IndexWriter:
    """Writes expressions in index notation; subclasses change how a factor and a number look.

    With `marking`, deltas and the pairs of indices that they contract are marked, by signs and not by colour.
    """

    def __init__(self, f: Tensor, levels: Sequence[str], summation: str = "levels", marking: bool = False) -> None:
        if summation not in SUMMATIONS:
            raise ValueError(f"there is no summation {summation!r}; choose one of {', '.join(SUMMATIONS)}")
        self.summation, self.f, self.levels, self.marking = summation, f, levels, marking
        self.pairs: dict[str, int] = {}  # the number of each index that a marked delta contracts
        self.carried: set[str] = set()  # indices that stand on a symbol, so that their axes are known
        self._restart()

    def _restart(self) -> None:
        self.names = _letters(self.f)
        self.free = [(next(self.names), level) for level in self.levels]

    def write(self) -> str:
        """The whole expression; a first pass learns which indices stand on symbols."""
        self.tensor(self.f, self.free)
        self._restart()
        return self.tensor(self.f, self.free)

    # what subclasses change

    def indexed(self, name: str, slots: Slots) -> str:
        """A symbol with its indices."""
        if self.summation == "repeated":
            slots = [(index, DOWN) for index, _ in slots]
        runs = itertools.groupby(slots, key=lambda slot: slot[1])
        return name + "".join(level + self.run([index for index, _ in run]) for level, run in runs)

    def constant(self, kind: str, axis: Axis, slots: Slots) -> str:
        """A delta or ones; it names its axis where no symbol tells it."""
        told = any(index in self.carried for index, _ in slots)
        return self.indexed(kind if told else f"{kind}({axis})", slots)

    def run(self, names: list[str]) -> str:
        """Indices that stand together on one level."""
        shown = [name + "'" * self.pairs.get(name, 0) for name in names]
        return shown[0] if len(names) == 1 and len(names[0]) == 1 else f"{{{' '.join(shown)}}}"

    def marked(self, delta: str) -> str:
        """A delta that is about to be contracted."""
        return f"[{delta}]"

    def call(self, function: str, argument: str, axis: str = "") -> str:
        """A function of an expression."""
        return f"{function}({argument}{f', {axis}' if axis else ''})"

    def raised(self, argument: str, exponent: Fraction) -> str:
        """An expression to a power."""
        shown = str(exponent) if exponent.denominator == 1 and exponent > 0 else f"({exponent})"
        return f"{argument}**{shown}" if argument.isalnum() else f"({argument})**{shown}"

    def number(self, value: Fraction) -> str:
        """A coefficient."""
        return str(value) if value.denominator == 1 else f"({value})"

    def scalar(self, name: str) -> str:
        """A symbol without indices, or a size."""
        return name

    # expressions

    def tensor(self, f: Tensor, slots: Slots) -> str:
        """A sum of terms with these names and levels for its free indices."""
        if not f.terms:
            return " ".join(["0", *(self.constant("ones", a, [slot]) for a, slot in zip(f.axes, slots, strict=True))])
        parts = [self.term(term, slots, f.axes) for term in f.terms]
        return parts[0] + "".join(f" - {p[1:]}" if p.startswith("-") else f" + {p}" for p in parts[1:])

    def term(self, term: Term, slots: Slots, axes: Sequence[Axis]) -> str:
        """One term: coefficient and factors."""
        names = {k: index for k, (index, _) in enumerate(slots)}
        if self.summation == "repeated":
            _refuse_elementwise(term, names, len(slots))
            term = _apart_in_brackets(term)
        levels = _levels(term, [level for _, level in slots])
        for f in term.factors:
            for s in f.slots:
                if s not in names:
                    names[s] = next(self.names)
        marking, self.marking = self.marking, False  # what is inside is closed: its deltas stay
        deltas = [f for f in term.factors if marking and f.head.kind == "delta"]
        contracted = dict.fromkeys(names[s] for f in deltas for s in f.slots if s >= len(slots))
        self.pairs.update({name: k for k, name in enumerate(contracted, 1)})
        parts = []
        for f, own in zip(term.factors, levels, strict=True):
            shown = self.factor(f, [(names[s], level) for s, level in zip(f.slots, own, strict=True)])
            parts.append(self.marked(shown) if f in deltas else shown)
        self.marking = marking
        met = [s for f in term.factors for s in f.slots]
        parts += [self.constant("ones", axes[k], [slot]) for k, slot in enumerate(slots) if k not in met]
        for f, own in zip(term.factors, levels, strict=True):
            for axis, s, level in zip(f.head.axes, f.slots, own, strict=True):
                if s >= len(slots) and met.count(s) == 1:
                    parts.append(self.constant("ones", axis, [(names[s], _flip(level))]))
        size = abs(term.coefficient)
        front = [self.number(size)] if size != 1 or not parts else []
        return ("-" if term.coefficient < 0 else "") + " ".join(front + parts)

    def factor(self, f: Factor, slots: Slots) -> str:
        """One factor with named indices."""
        head, inner = f.head, f.head.inner
        if (axis := written_axis(head.name)) is not None:
            index = next(self.names)
            return " ".join(self.constant("ones", axis, [(index, level)]) for level in (UP, DOWN))
        if head.kind == "symbol" or head.kind == "size":
            self.carried.update(index for index, _ in slots)
            return self.indexed(head.name, slots) if slots else self.scalar(head.name)
        if inner is None:
            return self.constant(head.kind, head.axes[0], slots)
        if head.kind in {"det", "logdet"}:
            ends = [(next(self.names), UP), (next(self.names), DOWN)]
            return self.call(head.kind, self.tensor(inner, ends))
        if head.kind == "sum":
            shown = self.tensor(inner, slots)
            return shown if len(inner.terms) == 1 and inner.terms[0].coefficient == 1 else f"({shown})"
        twice = len({index for index, _ in slots}) < len(slots)
        own = [(next(self.names), level) for _, level in slots] if twice else slots
        joints = [
            self.constant("delta", axis, [(a, _flip(level)), (b, level)])
            for axis, (a, _), (b, level) in zip(head.axes, own, slots, strict=True)
        ]
        argument = self.tensor(inner, own)
        if head.kind == "pow":
            made = self.raised(argument, Fraction(head.parameter or 0))
        else:
            made = self.call(head.kind, argument, own[int(head.parameter or 0)][0] if head.kind == "softmax" else "")
        return " ".join([made, *joints]) if twice else made


_INDEXED = re.compile(r"(\w+|\\mathrm\{\w+\})((?:\{\}|[\^_]\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})+)")  # a symbol, its indices


class LatexWriter(IndexWriter):
    """Index notation as LaTeX: with `marking`, deltas are boxed and each contracted pair carries a number on top."""

    def constant(self, kind: str, axis: Axis, slots: Slots) -> str:
        """A delta or ones, without its axis."""
        return self.indexed(kind, slots)

    def indexed(self, name: str, slots: Slots) -> str:
        """A symbol with staggered indices."""
        if self.summation == "repeated":
            slots = [(index, DOWN) for index, _ in slots]
        sign = {"delta": r"\delta", "ones": r"\mathbf{1}"}.get(name) or latex_name(name)
        sign = f"{{{sign}}}" if "_" in sign and slots else sign
        runs = itertools.groupby(slots, key=lambda slot: slot[1])
        return sign + "{}".join(f"{level}{self.run([index for index, _ in run])}" for level, run in runs)

    def run(self, names: list[str]) -> str:
        """Indices that stand together on one level."""
        shown = [f"\\overset{{{self.pairs[name]}}}{{{name}}}" if name in self.pairs else name for name in names]
        return f"{{{' '.join(shown)}}}"

    def marked(self, delta: str) -> str:
        """A delta that is about to be contracted."""
        return f"\\boxed{{{delta}}}"

    def call(self, function: str, argument: str, axis: str = "") -> str:
        """A function of an expression."""
        known = {"exp", "log", "sin", "cos", "tanh", "det"}
        if function == "logdet":
            return f"\\log\\left|\\det\\left({argument}\\right)\\right|"
        if function == "inv" and (parts := _INDEXED.fullmatch(argument)):
            return f"\\left({parts[1]}^{{-1}}\\right){parts[2]}"  # (1/X_ij would be something else)
        sign = f"\\{function}" if function in known else f"\\operatorname{{{function}}}"
        return f"{sign}{f'_{{{axis}}}' if axis else ''}\\left({argument}\\right)"

    def raised(self, argument: str, exponent: Fraction) -> str:
        """An expression to a power."""
        return f"{argument}^{{{exponent}}}" if argument.isalnum() else f"\\left({argument}\\right)^{{{exponent}}}"

    def number(self, value: Fraction) -> str:
        """A coefficient."""
        return str(value) if value.denominator == 1 else f"\\tfrac{{{value.numerator}}}{{{value.denominator}}}"

    def scalar(self, name: str) -> str:
        """A symbol without indices, or a size."""
        return latex_name(name)


def _flip(level: str) -> str:
    return DOWN if level == UP else UP


def _letters(f: Tensor) -> Iterator[str]:
    """Names for indices, apart from the names of symbols and sizes."""
    used = (
        f.names
        | set(axis_names(f.axes))
        | {name for term in f.terms for x in term.factors for name in axis_names(x.head.axes)}
    )
    plain = [c for c in "ijklpqrstuvwabcdefgh" if c not in used]
    return itertools.chain(plain, (f"{c}{k}" for k in itertools.count(1) for c in plain or ["i"]))


def _refuse_elementwise(term: Term, names: dict[int, str], rank: int) -> None:
    met = [s for f in term.factors for s in f.slots]
    twice = [names[s] for s in range(rank) if met.count(s) > 1]
    if twice:
        raise ValueError(
            f"the index {twice[0]} is repeated and free (an elementwise product), "
            'which the convention "every repeated index is summed" cannot say; use summation="levels"'
        )


def _is_twice(f: Factor, met: Sequence[int], s: int) -> bool:
    """Whether a bracket has an index twice that others carry too: it may not be summed inside."""
    return f.head.kind == "sum" and 1 < f.slots.count(s) < met.count(s)


def _apart_in_brackets(term: Term) -> Term:
    """The term with a delta for each index that would be summed inside a bracket: (A_jk + B_jk) delta_ji delta_ki."""
    met = [s for f in term.factors for s in f.slots]
    factors = list[Factor]()
    for f in term.factors:
        own = tuple(fresh() if _is_twice(f, met, s) else s for s in f.slots)
        joints = [delta(a, t, s) for a, t, s in zip(f.head.axes, own, f.slots, strict=False) if t != s]
        factors += [f._replace(slots=own), *joints]
    return term._replace(factors=tuple(factors))


def _levels(term: Term, free: Sequence[str]) -> list[list[str]]:
    """A level for every slot of every factor."""
    met = [s for f in term.factors for s in f.slots]
    given = dict(enumerate(free))
    seen: dict[int, str] = {}
    result: dict[int, list[str]] = {}

    def known(s: int) -> str | None:
        return given.get(s) or (_flip(seen[s]) if s in seen else None)

    left = list(range(len(term.factors)))
    while left:
        n = max(left, key=lambda k: (any(known(s) for s in term.factors[k].slots), -k))
        left.remove(n)
        slots = term.factors[n].slots
        own = [known(s) for s in slots]
        if len(slots) == 2:
            own = [own[0] or _flip(own[1] or DOWN), own[1] or _flip(own[0] or UP)]
        levels = [level or default for level, default in zip(own, default_levels(len(slots)), strict=True)]
        for k, s in enumerate(slots):
            if s in slots[:k] and s not in given:
                first = levels[slots.index(s)]
                levels[k] = first if _is_twice(term.factors[n], met, s) else _flip(first)
            seen.setdefault(s, levels[k])
        result[n] = levels
    ordered = [result[n] for n in range(len(term.factors))]
    for s in seen.keys() - given.keys():
        _turn_last(term, ordered, s, met)
    return ordered


def _turn_last(term: Term, levels: list[list[str]], index: int, met: Sequence[int]) -> None:
    """Turn the last place of a summed index that stands on one level everywhere."""
    places = [(n, k) for n, f in enumerate(term.factors) for k, t in enumerate(f.slots) if t == index]
    if len(places) > 1 and len({levels[n][k] for n, k in places}) == 1:
        last = places[-1][0]
        turned = [k for n, k in places if n == last]
        for k in turned if _is_twice(term.factors[last], met, index) else turned[-1:]:
            levels[last][k] = _flip(levels[last][k])


# ---------------------------------------------------------------- einsum


def einsum_text(f: Tensor) -> str:
    """The expression as NumPy einsum calls, such as ``2*einsum("ji,jk->ik", A, B)``."""
    if not f.terms:
        return "0" if not f.axes else f"zeros({', '.join(map(str, f.axes))})"
    parts = [_einsum_term(term, f.axes) for term in f.terms]
    return parts[0] + "".join(f" - {p[1:]}" if p.startswith("-") else f" + {p}" for p in parts[1:])


def _einsum_term(term: Term, axes: Sequence[object]) -> str:
    scalars = [_operand(f.head) for f in term.factors if not f.slots]
    operands = [(_operand(f.head), f.slots) for f in term.factors if f.slots]
    met = {s for _, slots in operands for s in slots}
    operands += [(f"ones({axis})", (k,)) for k, axis in enumerate(axes) if k not in met]
    letters = {
        s: chr(ord("i") + k) if k < 18 else chr(ord("A") + k - 18)
        for k, s in enumerate({s: 0 for _, t in operands for s in t})
    }
    result = "".join(letters[k] for k in range(len(axes)))
    spec = ",".join("".join(letters[s] for s in slots) for _, slots in operands)
    plain = len(operands) == 1 and spec == result
    arrays = [operands[0][0]] if plain else [f'einsum("{spec}->{result}", {", ".join(code for code, _ in operands)})']
    shown = [*scalars, *(arrays if operands else [])]
    size = abs(term.coefficient)
    front = [str(size) if size.denominator == 1 else f"({size})"] if size != 1 or not shown else []
    return ("-" if term.coefficient < 0 else "") + "*".join(front + shown)


def _operand(head: Head) -> str:
    if head.kind in {"symbol", "size"}:
        return head.name
    if head.inner is None:
        kind = "I" if head.kind == "delta" else head.kind
        return f"{kind}({', '.join(str(a) for a in (head.axes[:1] if kind == 'I' else head.axes))})"
    inner = einsum_text(head.inner)
    if head.kind == "sum":
        return f"({inner})"
    if head.kind == "pow":
        return f"({inner})**({head.parameter})"
    return f"{head.kind}({inner}{f', axis={head.parameter}' if head.kind == 'softmax' else ''})"
