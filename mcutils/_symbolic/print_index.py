"""Index notation out: as text that `parse` reads, in both summation conventions, and as LaTeX."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from mcutils._symbolic.core import Axis, Factor, Tensor, Term, delta, fresh
from mcutils._symbolic.latex import latex_name
from mcutils._symbolic.levels import DOWN, UP, check_summation, flip, is_twice, levels_of
from mcutils._symbolic.sizes import axis_names
from mcutils._symbolic.written_sizes import written_axis

Slots = Sequence[tuple[str, str]]  # the name and the level of each index


class IndexWriter:
    """Writes expressions in index notation; subclasses change how a factor and a number look.

    With `marking`, deltas and the pairs of indices that they contract are marked, by signs and not by colour.
    """

    def __init__(self, f: Tensor, levels: Sequence[str], summation: str = "levels", marking: bool = False) -> None:
        check_summation(summation)
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
        levels = levels_of(term, [level for _, level in slots])
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
                    parts.append(self.constant("ones", axis, [(names[s], flip(level))]))
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
            self.constant("delta", axis, [(a, flip(level)), (b, level)])
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


def _apart_in_brackets(term: Term) -> Term:
    """The term with a delta for each index that would be summed inside a bracket: (A_jk + B_jk) delta_ji delta_ki."""
    met = [s for f in term.factors for s in f.slots]
    factors = list[Factor]()
    for f in term.factors:
        own = tuple(fresh() if is_twice(f, met, s) else s for s in f.slots)
        joints = [delta(a, t, s) for a, t, s in zip(f.head.axes, own, f.slots, strict=False) if t != s]
        factors += [f._replace(slots=own), *joints]
    return term._replace(factors=tuple(factors))
