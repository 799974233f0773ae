"""What a typed formula would need to be right: one change of it, found by trying.

Separate from `miswritten`, which spoils the right answer: here the learner's own text is mended, so that a slip is
found in whatever form the formula was typed. Only where nothing else explains an answer (ranks 72 and up). What is
missing altogether cannot be found in this way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from autograder.checks import broken, miswritten, trees, twists  # noqa: F401 - they bring the tags that are earned
from autograder.checks.bank import EVERY_KIND, Case, Diagnosis, Mistake, enter
from autograder.checks.candidates import LARGEST, MOST
from autograder.checks.forward import MAPS, Values
from autograder.checks.insight import Insight
from autograder.checks.trees import Tree, binary, function, number, replaced, walk

Mend = Callable[[Tree, Insight], Iterator[Tree]]


class Mended(NamedTuple):
    """A formula after one change, with what stood there before."""

    stood: Tree
    whole: Tree


def _mended(written: Tree, mend: Mend, insight: Insight) -> Iterator[Mended]:
    """Change one place, or all places where the same part stands."""
    places: dict[Tree, list[trees.Path]] = {}
    for path, part in walk(written):
        places.setdefault(part, []).append(path)
    for part, paths in places.items():
        for new in mend(part, insight):
            yield from (Mended(part, replaced(written, path, new)) for path in paths)
            if len(paths) > 1:
                whole = written
                for path in paths:
                    whole = replaced(whole, path, new)
                yield Mended(part, whole)


def repair(tag: str, rank: int, message: str) -> Callable[[Mend], Mend]:
    """Register a way to mend a formula, with ``{detail}`` for what stands where the change is made."""

    def register(mend: Mend) -> Mend:
        def search(cases: Sequence[Case]) -> Diagnosis | None:
            first, insight = cases[0], cases[0].insight
            if first.written is None or insight is None or first.got.size > LARGEST:
                return None
            values = [Values(insight.arrays(case), [first.written]) for case in cases]
            for mended in islice(_mended(first.written, mend, insight), MOST):
                if all(_right(case, known, mended.whole) for case, known in zip(cases, values, strict=True)):
                    return Diagnosis(tag, message.format(detail=mended.stood), (tag,))
            return None

        enter(Mistake(tag, rank, EVERY_KIND, search), new=False)
        return mend

    return register


def _right(case: Case, known: Values, whole: Tree) -> bool:
    try:
        made = known.of(whole)
    except Exception:  # shapes do not fit, or a matrix has no inverse: this does not mend it
        return False
    return made.shape == case.want.shape and bool(
        np.max(np.abs(made - case.want), initial=0.0) <= 1e-8 * max(1e-3, float(np.max(np.abs(case.want), initial=0.0)))
    )


def _by(rule: twists.Rule) -> Mend:
    return lambda part, insight: rule(part)


# --- the table ------------------------------------------------------------------------------------

repair("sign", 72, "One sign is wrong: look at `{detail}`.")(_by(twists.sign_changed))
repair("transposed", 73, "One factor is the wrong way round: here stands `{detail}`.")(_by(twists.turned_factor))
repair("order-swapped", 74, "Two factors have changed places: here stands `{detail}`.")(_by(twists.swapped))
repair("kron-swapped", 74, "The factors of a Kronecker product are exchanged: here stands `{detail}`.")(
    _by(twists.kron_swapped)
)
repair("matmul-for-elementwise", 75, "Here stands the product `{detail}` where entries are multiplied one by one.")(
    _by(twists.elementwise)
)
repair("elementwise-for-matmul", 75, "Here stands `{detail}`, entry by entry, where a matrix product belongs.")(
    _by(twists.matrix_product)
)


@repair("elementwise-inverse", 76, "Here stands `{detail}`, the reciprocal of each entry, where an inverse belongs.")
def _inverse_of_a_matrix(part: Tree, _insight: Insight) -> Iterator[Tree]:
    if part.kind == "/" and part.parts[0].kind == "number" and part.parts[1].rank == 2:
        yield function("inv", part.parts[1])


@repair("missing-inverse", 77, "Here stands `{detail}` where its inverse belongs.")
def _inverse(part: Tree, insight: Insight) -> Iterator[Tree]:
    if part.rank == 2 and "inv" in insight.functions:
        yield function("inv", part)


@repair("doubled", 78, "A term is twice what it should be: look at `{detail}`.")
def _half(part: Tree, _insight: Insight) -> Iterator[Tree]:
    if part.kind in {"+", "-"}:
        a, b = part.parts
        yield part._replace(parts=(binary("/", a, number(2)), b))
        yield part._replace(parts=(a, binary("/", b, number(2))))


repair("halved", 78, "A term is half of what it should be: look at `{detail}`.")(_by(twists.term_doubled))
repair("scaled", 79, "Right but for a number: look at `{detail}`.")(_by(twists.number_missing))
repair("scaled", 79, "Right but for a number: look at `{detail}`.")(_by(twists.number_changed))
repair("wrong-exponent", 80, "Right but for an exponent: here stands `{detail}`.")(_by(twists.exponent_changed))
repair("wrong-function", 81, "Right but for a function: here stands `{detail}`.")(_by(twists.function_changed))


@repair("wrong-exponent", 82, "Right but for an exponent: here stands `{detail}`.")
def _square(part: Tree, _insight: Insight) -> Iterator[Tree]:
    if part.kind in MAPS or part.kind == "norm2":
        yield binary("**", part, number(2))


@repair("wrong-function", 83, "Right but for a function that is missing around `{detail}`.")
def _around(part: Tree, insight: Insight) -> Iterator[Tree]:
    yield from (function(name, part) for name in sorted(insight.functions & set(MAPS)) if part.kind != "number")


@repair("wrong-symbol", 84, "Right but for one symbol: another belongs in a place of `{detail}`.")
def _symbol(part: Tree, insight: Insight) -> Iterator[Tree]:
    if part.kind == "name":
        yield from (part._replace(value=other) for other in insight.twins(str(part.value)))
