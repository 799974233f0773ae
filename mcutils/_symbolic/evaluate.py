"""Numbers out: an expression as the source of a NumPy function, one contraction path for each term.

`source` writes straight-line code for given axis sizes: every bracket and function once, equal intermediates once,
pairs of factors in the order that opt_einsum finds cheapest, a Kronecker delta between free indices as an assignment
to a diagonal (never an identity matrix), stacked indices as a reshape.
"""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from numpy.typing import NDArray

from mcutils._symbolic.arrays import HELPERS, axis_size
from mcutils._symbolic.collect import collected
from mcutils._symbolic.contraction import LETTERS, Contraction, Operand, spread
from mcutils._symbolic.core import Axis, Factor, Head, Tensor, Term, fresh

Array = NDArray[Any]
NOMINAL = 16  # the size that an axis is taken to have when no arrays are at hand


_CODE = {
    "exp": "np.exp({0})",
    "log": "np.log({0})",
    "sin": "np.sin({0})",
    "cos": "np.cos({0})",
    "tanh": "np.tanh({0})",
    "relu": "np.maximum({0}, 0.0)",
    "step": "({0} > 0) * 1.0",
    "sigmoid": "0.5 + 0.5 * np.tanh(0.5 * {0})",
    "inv": "np.linalg.inv({0})",
    "det": "np.linalg.det({0})",
    "logdet": "np.linalg.slogdet({0})[1]",
    "sum": "{0}",
}


# ---------------------------------------------------------------- code


class _Piece(NamedTuple):
    """Code for one term, the diagonal of the result that it fills ("" for all of it), and whether it has every axis."""

    code: str
    view: str
    whole: bool


def unstacked(factors: Sequence[Factor], rank: int) -> tuple[list[Factor], list[int]]:
    """Replace each free stacked index that nothing else carries by its parts."""
    count = Counter(s for f in factors for s in f.slots)
    parts = {
        f.slots[0]: f.slots[1:]
        for f in factors
        if f.head.kind == "fuse" and f.slots[0] < rank and count[f.slots[0]] == 1
    }
    left = [f for f in factors if f.head.kind != "fuse" or f.slots[0] not in parts]
    return left, [s for q in range(rank) for s in parts.get(q, (q,))]


class _Writer:
    """Writes assignments; an expression that was written before is not written again."""

    def __init__(self, sizes: Mapping[str, int], symbols: Mapping[str, Head], helpers: bool) -> None:
        self.helpers = helpers
        self.contraction = Contraction(self.let, self.size, helpers)
        self.sizes, self.symbols, self.taken = sizes, symbols, {*symbols, *HELPERS}
        self.sized: dict[str, str] = {}  # the variable that holds the size of an axis
        self.lines: list[tuple[str, str]] = []
        self.known: dict[str, str] = {}
        self.shared: dict[str, str] = {}
        self.count = 0

    def let(self, code: str) -> str:
        """A name for the value of `code`."""
        if code.isidentifier():
            return code
        if code not in self.known:
            self.known[code] = self._new()
            self.lines.append((self.known[code], code))
        return self.known[code]

    def _new(self) -> str:
        while f"t{self.count}" in self.taken:
            self.count += 1
        self.taken.add(f"t{self.count}")
        return f"t{self.count}"

    def code(self, *axes: Axis) -> str:
        """Code for the product of the sizes of axes, read off the arguments' shapes."""
        parts = [part for axis in axes for part in ([axis] if str(axis).startswith("tri(") else str(axis).split("*"))]
        return " * ".join(self._size_code(str(part)) for part in parts)

    def _size_code(self, part: str) -> str:
        if part.startswith("tri("):
            n = self._size_code(part[4:-1])
            return f"{n} * ({n} + 1) // 2"
        if not part.isidentifier():
            return part
        if part not in self.sized:
            self.sized[part] = self._new() if part in self.taken else part
            self.taken.add(part)
        return self.sized[part]

    def shape(self, axes: Iterable[Axis]) -> str:
        """Code for a shape."""
        return f"({''.join(f'{self.code(a)}, ' for a in axes)})".replace(", )", ",)" if len(list(axes)) == 1 else ")")

    def prologue(self) -> list[str]:
        """Lines that read the sizes in use off the arguments."""
        places = {a: f"{s}.shape[{k}]" for s, h in self.symbols.items() for k, a in reversed([*enumerate(h.axes)])}
        return [f"{variable} = {places[axis]}" for axis, variable in self.sized.items()]

    def size(self, axis: Axis) -> int:
        return axis_size(axis, self.sizes)

    # expressions

    def tensor(self, f: Tensor) -> str:
        """Code for an expression with all its axes."""
        if f.key not in self.shared:
            self.shared[f.key] = self._tensor(f)
        return self.shared[f.key]

    def _tensor(self, f: Tensor) -> str:
        pieces = [self._term(term, f.axes) for term in collected(f).terms]
        whole = [p.code for p in pieces if not p.view]
        if whole and len(whole) == len(pieces) and (not f.axes or any(p.whole for p in pieces)):
            return self.let(_sum_code(whole))
        out = self._new()
        self.lines.append((out, _sum_code([f"np.zeros({self.shape(f.axes)})", *whole]) if f.axes else "0.0"))
        for p in pieces:
            if p.view:
                self.lines.append(("", f"np.einsum({p.view!r}, {out})[...] += {p.code}"))
        return out

    def _term(self, term: Term, axes: Sequence[Axis]) -> _Piece:
        """Code for one term over the free axes.

        Deltas between free indices are left to the piece's view. A free stacked index that only its own parts carry is
        replaced by them and made by a reshape; an index that two of them share is told apart by a delta.
        """
        axis_of = {s: a for f in term.factors for a, s in zip(f.head.axes, f.slots, strict=True)}
        axis_of |= dict(enumerate(axes))
        factors, outputs = unstacked(term.factors, len(axes))
        leader = {s: s for s in outputs}
        own = list[int]()  # an output that occurs twice stands for two equal indices
        for s in outputs:
            own.append(fresh() if s in own else s)
            leader[own[-1]] = s
            axis_of[own[-1]] = axis_of[s]
        joints = [f for f in factors if f.head.kind == "delta" and set(f.slots) <= set(own)]
        for f in joints:
            kept_one, gone = (leader[s] for s in f.slots)
            leader = {s: kept_one if first == gone else first for s, first in leader.items()}
        scalars, operands = self._read(factors, joints, own, leader)
        carried = {s for _, slots in operands for s in slots}
        distinct = list(dict.fromkeys(leader[s] for s in own))
        kept = [s for s in distinct if s in carried]
        code = self.contraction.code(operands, kept, axis_of) if operands else ""
        value = _scaled(term.coefficient, scalars, code and spread(code, [s in carried for s in distinct]))
        if distinct == list(range(len(axes))):
            return _Piece(value, "", len(kept) == len(axes))
        view = _diagonal([leader[s] for s in own]) if len(distinct) < len(own) else ""
        if len(own) == len(axes):
            return _Piece(value, view, True)
        return self._stacked(_Piece(value, view, len(kept) == len(own)), [axis_of[s] for s in own], axes)

    def _read(
        self, factors: Sequence[Factor], joints: Sequence[Factor], own: Sequence[int], leader: Mapping[int, int]
    ) -> tuple[list[str], list[Operand]]:
        """Code for a term's factors: those without an index, and those with some, `joints` and idle ones left out."""
        scalars = [
            self.code(f.head.name) if f.head.kind == "size" else self._head(f.head) for f in factors if not f.slots
        ]
        met = Counter(s for f in factors for s in f.slots)
        there = [f for f in factors if f.head.kind == "ones" and (met[f.slots[0]] > 1 or f.slots[0] in own)]
        operands = [
            (self._head(f.head), tuple(leader.get(s, s) for s in f.slots))
            for f in factors
            if f.slots and f not in joints and f not in there
        ]
        return scalars, operands

    def _stacked(self, piece: _Piece, parts: Sequence[Axis], axes: Sequence[Axis]) -> _Piece:
        """A value over the parts of stacked axes, as one over these axes."""
        if piece.view or not piece.whole:
            array = self._new()
            self.lines.append((array, f"np.zeros({self.shape(parts)})"))
            filled = f"np.einsum({piece.view!r}, {array})" if piece.view else array
            self.lines.append(("", f"{filled}[...] += {piece.code}"))
        else:
            array = self.let(piece.code)
        return _Piece(f'{array}.reshape({self.shape(axes)}, order="F")', "", True)

    # heads

    def _head(self, head: Head) -> str:
        if head.kind == "symbol":
            return head.name
        if head.key not in self.shared:
            self.shared[head.key] = self._new_head(head)
        return self.shared[head.key]

    def _new_head(self, head: Head) -> str:
        if head.kind == "fuse":
            return self.let(f"np.eye({self.code(head.axes[0])}).reshape({self.shape(head.axes)}, order='F')")
        if head.kind in {"delta", "ones"}:
            return self.let(f"np.{'eye' if head.kind == 'delta' else 'ones'}({self.code(head.axes[0])})")
        if head.kind == "tri" and not self.helpers:
            raise ValueError("the duplication matrix has no source in plain NumPy; use compile() or evaluate()")
        if head.kind == "tri":
            return self.let(f"triangle({self.code(head.axes[0])})")
        assert head.inner is not None, "every other head is a function"
        inner = self.tensor(head.inner)
        if head.kind == "sum":
            return inner
        if head.kind == "softmax":
            along = f"axis={head.parameter}, keepdims=True"
            e = self.let(f"np.exp({inner} - {inner}.max({along}))")
            return self.let(f"{e} / {e}.sum({along})")
        if head.kind == "pow":
            return self.let(_power_code(inner, Fraction(head.parameter or 0)))
        return self.let(_CODE[head.kind].format(inner))


def _diagonal(indices: Sequence[int]) -> str:
    """The spec of the diagonal on which indices that occur twice are equal."""
    letters = dict(zip(dict.fromkeys(indices), LETTERS, strict=False))
    return "".join(letters[s] for s in indices) + "->" + "".join(letters.values())


def _scaled(coefficient: Fraction, scalars: Sequence[str], code: str) -> str:
    number = float(coefficient)
    parts = [*scalars, *([code] if code else [])]
    if not parts:
        return repr(number)
    if number == 1:
        return " * ".join(parts)
    return f"-{' * '.join(parts)}" if number == -1 else " * ".join([repr(number), *parts])


def _sum_code(parts: Sequence[str]) -> str:
    result = parts[0]
    for part in parts[1:]:
        result += f" - {part[1:]}" if part.startswith("-") else f" + {part}"
    return result


def _power_code(base: str, exponent: Fraction) -> str:
    if exponent == -1:
        return f"1.0 / {base}"
    if exponent == Fraction(1, 2):
        return f"np.sqrt({base})"
    return f"{base} ** {float(exponent)!r}"


def source(
    f: Tensor, symbols: Mapping[str, Head], sizes: Mapping[str, int], name: str = "f", compiling: bool = False
) -> str:
    """The source of a NumPy function of the symbols.

    When it is to be compiled, intermediates are deleted when no longer needed, and `HELPERS` may be called.
    """
    if any(keyword.iskeyword(s) or s == "np" for s in symbols):
        raise ValueError("a symbol has a name that Python keeps for itself; rename it to get NumPy source")
    writer = _Writer(sizes, symbols, helpers=compiling)
    result = writer.tensor(f)
    lines = _with_deletions(writer.lines, result) if compiling else [f"{n} = {c}" if n else c for n, c in writer.lines]
    body = "".join(f"    {line}\n" for line in [*writer.prologue(), *lines])
    return f"def {name}({', '.join(symbols)}):\n{body}    return {result}\n"


def _with_deletions(lines: Sequence[tuple[str, str]], result: str) -> list[str]:
    """Delete every intermediate after its last use."""
    last: dict[str, int] = {}
    for k, (own, code) in enumerate(lines):
        for used, _ in lines[:k]:
            if used and _mentions(code, used):
                last[used] = k
        if own:
            last.setdefault(own, k)
    shown = []
    for k, (own, code) in enumerate(lines):
        shown.append(f"{own} = {code}" if own else code)
        gone = [n for n, at in last.items() if at == k and n != result and not _mentions(result, n)]
        if gone:
            shown.append(f"del {', '.join(gone)}")
    return shown


def _mentions(code: str, name: str) -> bool:
    start = code.find(name)
    while start >= 0:
        end = start + len(name)
        if (start == 0 or not (code[start - 1].isalnum() or code[start - 1] == "_")) and not code[
            end : end + 1
        ].isalnum():
            return True
        start = code.find(name, end)
    return False
