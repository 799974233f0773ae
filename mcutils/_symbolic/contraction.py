"""One contraction as NumPy code: pair by pair, in the order that opt_einsum finds cheapest.

Each step is what a person would write: a product of matrices, a sum along an axis, a product entry by entry, and an
`einsum` only where nothing simpler does it.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import opt_einsum

from mcutils._symbolic.core import Axis

LETTERS = "ijklmnopqrstuvwxyzabcdefghIJKLMNOPQRSTUVWXYZABCDEFGH"
Operand = tuple[str, tuple[int, ...]]
"""Code for an array, and the index of each of its axes."""


class Contraction:
    """Writes contractions.

    Args:
        let: names the value of some code.
        size: of an axis, for finding the cheapest order.
        helpers: whether functions of ours may be called.
    """

    def __init__(self, let: Callable[[str], str], size: Callable[[Axis], int], helpers: bool) -> None:
        self.let, self.size, self.helpers = let, size, helpers

    def code(self, operands: list[Operand], kept: list[int], axis_of: Mapping[int, Axis]) -> str:
        """Code for one contraction over everything but `kept`, pair by pair."""
        live = [self._own_sums(code, slots, operands, kept) for code, slots in operands]
        live = self._grams(live, kept) if self.helpers else live
        for pair in self._order(live, kept, axis_of):
            taken = [live[k] for k in pair]
            live = [item for k, item in enumerate(live) if k not in pair]
            needed = {s for _, slots in live for s in slots} | set(kept)
            made = taken[0]
            for other in taken[1:]:
                made = self._pair(made, other, needed)
            live.append(made)
        code, slots = live[0]
        return self._ordered(code, slots, kept)

    def _order(self, live: list[Operand], kept: list[int], axis_of: Mapping[int, Axis]) -> tuple[tuple[int, ...], ...]:
        """Which operands to contract, step by step."""
        if len(live) <= 2:
            return (tuple(range(len(live))),)
        letters = {s: opt_einsum.get_symbol(k) for k, s in enumerate({s: 0 for _, slots in live for s in slots})}
        spec = ",".join("".join(letters[s] for s in slots) for _, slots in live)
        shapes = [tuple(self.size(axis_of[s]) for s in slots) for _, slots in live]
        return _path(f"{spec}->{''.join(letters[s] for s in kept)}", tuple(shapes))

    def _grams(self, live: list[Operand], kept: list[int]) -> list[Operand]:
        """Contract one matrix with itself over an index that carries nothing else but vectors."""
        for (m, (x, xs)), (n, (y, ys)) in itertools.combinations(enumerate(live), 2):
            if x != y or len(xs) != 2 or len(ys) != 2 or len({*xs, *ys}) != 3:
                continue
            for side in (0, 1):
                s = xs[side]
                rest = [(code, slots) for k, (code, slots) in enumerate(live) if s in slots and k not in (m, n)]
                if s == ys[side] and s not in kept and rest and all(slots == (s,) for _, slots in rest):
                    weight = " * ".join(code for code, _ in rest)
                    made = self.let(f"gram({x if side == 0 else f'{x}.T'}, {weight})")
                    return [o for o in live if s not in o[1]] + [(made, (xs[1 - side], ys[1 - side]))]
        return live

    def _own_sums(self, code: str, slots: tuple[int, ...], operands: list[Operand], kept: list[int]) -> Operand:
        """Take diagonals of one operand, and sum what no other operand carries."""
        count = Counter(s for _, other in operands for s in set(other))
        left = tuple(s for s in dict.fromkeys(slots) if s in kept or count[s] > 1)
        if left == slots:
            return code, slots
        letters = {s: LETTERS[k] for k, s in enumerate(dict.fromkeys(slots))}
        if len(set(slots)) == len(slots):
            gone = tuple(k for k, s in enumerate(slots) if s not in left)
            return self.let(f"{code}.sum({'' if len(gone) == len(slots) else f'axis={gone}'})"), left
        spec = "".join(letters[s] for s in slots) + "->" + "".join(letters[s] for s in left)
        return self.let(f"np.einsum({spec!r}, {code})"), left

    def _pair(self, a: Operand, b: Operand, needed: set[int]) -> Operand:
        """Contract two operands over what is not needed later."""
        (x, xs), (y, ys) = (a, b) if len(a[1]) >= len(b[1]) else (b, a)
        shared = [s for s in xs if s in ys]
        summed = [s for s in shared if s not in needed]
        if not summed:
            return self._entrywise(a, b)
        if len(summed) == len(shared) and max(len(xs), len(ys)) <= 2 and len(summed) == 1:
            (s,) = summed
            left = x if xs[-1] == s else f"{x}.T"
            right = y if ys[0] == s else f"{y}.T"
            return self.let(f"{left} @ {right}"), tuple(i for i in (*xs, *ys) if i != s)
        if len(summed) == len(shared):
            axes = [xs.index(s) for s in summed], [ys.index(s) for s in summed]
            return self.let(f"np.tensordot({x}, {y}, {axes})"), tuple(i for i in (*xs, *ys) if i not in summed)
        out = tuple(dict.fromkeys(s for s in (*xs, *ys) if s not in summed))
        letters = {s: LETTERS[k] for k, s in enumerate(dict.fromkeys((*xs, *ys)))}
        spec = ",".join("".join(letters[s] for s in slots) for slots in (xs, ys))
        return self.let(f"np.einsum({f'{spec}->' + ''.join(letters[s] for s in out)!r}, {x}, {y})"), out

    def _entrywise(self, a: Operand, b: Operand) -> Operand:
        """Multiply entry by entry, with the axes of the larger operand first."""
        (x, xs), (y, ys) = (a, b) if len(a[1]) >= len(b[1]) else (b, a)
        out = (*xs, *(s for s in ys if s not in xs))
        left = spread(x, [s in xs for s in out])
        right = spread(self._ordered(y, ys, [s for s in out if s in ys]), [s in ys for s in out])
        return self.let(f"{left} * {right}"), out

    def _ordered(self, code: str, slots: Sequence[int], wanted: Sequence[int]) -> str:
        order = [slots.index(s) for s in wanted]
        if order == sorted(order):
            return code
        return f"{code}.T" if order == [1, 0] else f"{code}.transpose({order})"


@functools.lru_cache(maxsize=1024)
def _path(spec: str, shapes: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """The best order of contractions; terms of one question, and of wrong answers to it, ask for the same ones."""
    path, _ = opt_einsum.contract_path(spec, *shapes, shapes=True, optimize="auto")
    return tuple(path)


def spread(code: str, present: Sequence[bool]) -> str:
    """Give an array length-1 axes where it has none, but not in front."""
    first = next((k for k, there in enumerate(present) if there), len(present))
    shown = present[first:]
    return code if all(shown) else f"{code}[{', '.join(':' if there else 'None' for there in shown)}]"
