"""What can go wrong at one place of a formula: each rule takes a part and gives what stands there instead.

Separate from `broken`, which says what each is called, so that this reads as a list of slips of the pen. A rule knows
nothing of shapes: what does not fit has no value, and is dropped when it is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise, permutations

from autograder.checks import trees
from autograder.checks.forward import MAPS
from autograder.checks.trees import Path, Tree, binary, chain, function, negative, number, replaced, transpose, walk

Rule = Callable[[Tree], Iterator[Tree]]
Changed = tuple[str, Tree]  # what now stands in the place, as text, and the whole formula

LONGEST_RING = 4  # factors of a trace that are put into every order


def changes(tree: Tree, rule: Rule) -> Iterator[Changed]:
    """Apply a rule at each place by itself, at all places of equal parts, and at all places where it applies.

    Equal parts change together where a learner has given them a name: an error in ``s = tanh(x)`` is in every ``s``.
    """
    places: dict[Tree, list[Path]] = {}
    for path, part in walk(tree):
        places.setdefault(part, []).append(path)
    found = [(new, paths) for part, paths in places.items() for new in rule(part)]
    for new, paths in found:
        yield from ((str(new), replaced(tree, path, new)) for path in paths)
    for new, paths in found:
        if len(paths) > 1:
            yield str(new), _at_all(tree, paths, new)
    if len({paths[0] for _, paths in found}) > 1:
        whole = trees.everywhere(tree, lambda part: next(rule(part), None))
        yield str(whole), whole  # a part of it would be none that stands in the answer


def _at_all(tree: Tree, paths: list[Path], new: Tree) -> Tree:
    for path in paths:
        tree = replaced(tree, path, new)
    return tree


# --- transposes, inverses and orders --------------------------------------------------------------


def inverse_not_transposed(part: Tree) -> Iterator[Tree]:
    """inv(X).T and inv(X.T) become inv(X)."""
    if part.kind == "T" and part.parts[0].kind == "inv":
        yield part.parts[0]
    if part.kind == "inv" and part.parts[0].kind == "T":
        yield function("inv", part.parts[0].parts[0])


def inverse_missing(part: Tree) -> Iterator[Tree]:
    """inv(X) becomes X."""
    if part.kind == "inv":
        yield part.parts[0]


def inverse_elementwise(part: Tree) -> Iterator[Tree]:
    """inv(X) becomes 1/X."""
    if part.kind == "inv":
        yield binary("/", number(1), part.parts[0])


def kron_swapped(part: Tree) -> Iterator[Tree]:
    """kron(A, B) becomes kron(B, A)."""
    if part.kind == "kron":
        yield function("kron", *reversed(part.parts))


def commutation_missing(part: Tree) -> Iterator[Tree]:
    """K @ M becomes M, and K alone the identity."""
    if part.kind == "@":
        for k, factor in enumerate(part.parts):
            if factor.kind == "commutation":
                yield chain(*part.parts[:k], *part.parts[k + 1 :])
    if part.kind == "commutation" and isinstance(part.value, tuple):
        yield Tree("I", 2, (), ("*".join(part.value),))


def unreversed(part: Tree) -> Iterator[Tree]:
    """(A @ B).T becomes A.T @ B.T, and B.T @ A.T too; the same for inverses."""
    if part.kind in {"T", "inv"} and part.parts[0].kind == "@":
        yield chain(*(transpose(p) if part.kind == "T" else function("inv", p) for p in part.parts[0].parts))
    if part.kind == "@":
        for first, last in _runs(part.parts):
            yield chain(*part.parts[:first], *reversed(part.parts[first:last]), *part.parts[last:])


def _runs(parts: tuple[Tree, ...]) -> Iterator[tuple[int, int]]:
    """Where two or more transposes, or inverses, follow each other."""
    begin = 0
    for k in range(1, len(parts) + 1):
        if k == len(parts) or _turned(parts[k]) != _turned(parts[begin]):
            if k - begin > 1 and _turned(parts[begin]):
                yield begin, k
            begin = k


def _turned(part: Tree) -> str:
    inverse = part.kind == "inv" or (part.kind == "T" and part.parts[0].kind == "inv")
    return "inv" if inverse else part.kind if part.kind == "T" else ""


def reversed_chains(whole: Tree) -> Tree:
    """A @ B @ C becomes C @ B @ A, in every term."""
    chains = [(path, part) for path, part, _ in trees.summands(whole) if part.kind == "@"]
    if len(chains) == 1 and chains[0][0] and len(chains[0][1].parts) == 2:
        return whole  # two factors of one term have changed places, and nothing more
    for path, part in chains:
        whole = replaced(whole, path, chain(*reversed(part.parts)))
    return whole


def swapped(part: Tree) -> Iterator[Tree]:
    """Two neighbours in a product change places, or two matrices anywhere in it."""
    if part.kind == "outer":
        yield function("outer", *reversed(part.parts))
    if part.kind == "@":
        pairs = combinations(range(len(part.parts)), 2)
        for j, k in sorted(pairs, key=lambda pair: pair[1] - pair[0]):
            ranks = {part.parts[j].rank, part.parts[k].rank}
            if ranks == {2} or (len(ranks) == 1 and k == j + 1):  # a vector behind a matrix is the matrix transposed
                yield chain(*_with(_with(part.parts, j, part.parts[k]), k, part.parts[j]))


def turned_factor(part: Tree) -> Iterator[Tree]:
    """A matrix is transposed, or a transpose forgotten; a commutation matrix has its axes exchanged by that."""
    if part.kind == "T":
        yield part.parts[0]
    elif part.kind == "commutation" and isinstance(part.value, tuple):
        yield part._replace(value=part.value[::-1])
    elif part.rank == 2 and part.kind in {"name", "inv"}:
        yield Tree("T", 2, (part,))


def elementwise(part: Tree) -> Iterator[Tree]:
    """a @ b becomes a * b."""
    if part.kind == "@":
        for k, (a, b) in enumerate(pairwise(part.parts)):
            yield chain(*part.parts[:k], binary("*", a, b), *part.parts[k + 2 :])


def matrix_product(part: Tree) -> Iterator[Tree]:
    """a * b becomes a @ b."""
    if part.kind == "*" and all(p.rank for p in part.parts):
        yield chain(*part.parts)
        yield chain(*reversed(part.parts))


def end_factor_missing(part: Tree) -> Iterator[Tree]:
    """A product loses the matrix at one of its ends."""
    if part.kind == "@" and part.parts[0].rank == 2:
        yield chain(*part.parts[1:])
    if part.kind == "@" and part.parts[-1].rank == 2:
        yield chain(*part.parts[:-1])


def ring_permuted(part: Tree) -> Iterator[Tree]:
    """The factors of a trace stand in another order, and not only turned round in a ring."""
    if part.kind == "tr" and part.parts[0].kind == "@":
        first, *rest = part.parts[0].parts
        for order in list(permutations(rest))[1:] if len(rest) < LONGEST_RING else []:
            yield function("tr", chain(first, *order))


def other_axis(part: Tree) -> Iterator[Tree]:
    """softmax runs along the other axis."""
    if part.kind == "softmax" and part.rank == 2:
        yield part._replace(value=1 - int(part.value or 0) % 2)  # type: ignore[call-overload] # an axis


def square_missing(part: Tree) -> Iterator[Tree]:
    """The square of a norm is taken for the norm."""
    if part.kind == "**" and part.parts[0].kind == "norm2":
        yield part.parts[0]


# --- terms and factors ----------------------------------------------------------------------------


def term_missing(part: Tree) -> Iterator[Tree]:
    """a + b becomes a, or b."""
    if part.kind in {"+", "-"}:
        a, b = part.parts
        yield a
        yield b if part.kind == "+" else negative(b)


def term_doubled(part: Tree) -> Iterator[Tree]:
    """a + b becomes a + 2b, or 2a + b."""
    if part.kind in {"+", "-"}:
        a, b = part.parts
        yield part._replace(parts=(a, binary("*", number(2), b)))
        yield part._replace(parts=(binary("*", number(2), a), b))


def sign_changed(part: Tree) -> Iterator[Tree]:
    """a + b becomes a - b or b - a, a - b becomes a + b or -a - b, and -a becomes a."""
    if part.kind in {"+", "-"}:
        a, b = part.parts
        yield part._replace(kind="-" if part.kind == "+" else "+")
        yield binary("-", b, a) if part.kind == "+" else binary("-", negative(a), b)
    if part.kind == "neg":
        yield part.parts[0]


def factor_missing(part: Tree) -> Iterator[Tree]:
    """A vector or a matrix is lost from a product."""
    if part.kind == "*":
        a, b = part.parts
        if a.rank:
            yield b
        if b.rank:
            yield a
    if part.kind == "/" and part.parts[1].rank:
        yield part.parts[0]
    if part.kind == "@":
        for k in range(len(part.parts)):
            yield chain(*part.parts[:k], *part.parts[k + 1 :])


def scalar_missing(part: Tree) -> Iterator[Tree]:
    """A scalar factor or divisor is lost, or a divisor multiplies."""
    a, b = part.parts if len(part.parts) == 2 else (part, part)
    if part.kind == "*" and a.rank == 0 and a.kind != "number":
        yield b
    if part.kind in {"*", "/"} and b.rank == 0 and b.kind != "number":
        yield a
    if part.kind == "/" and b.rank == 0:
        yield part._replace(kind="*")
    if part.kind == "**" and a.rank == 0 and isinstance(b.value, int) and b.value > 1:
        yield a if b.value == 2 else binary("**", a, number(b.value - 1))


def number_missing(part: Tree) -> Iterator[Tree]:
    """A number is lost, or is another one."""
    if part.kind in {"*", "/"}:
        for k in (0, 1):
            if part.parts[k].kind == "number" and (k or part.kind == "*"):
                yield part.parts[1 - k]
                yield from (part._replace(parts=_with(part.parts, k, number(n))) for n in _near(part.parts[k].value))


def number_changed(part: Tree) -> Iterator[Tree]:
    """A number that is a term is another one."""
    if part.kind in {"+", "-"}:
        for k in (0, 1):
            if part.parts[k].kind == "number":
                yield from (part._replace(parts=_with(part.parts, k, number(n))) for n in _near(part.parts[k].value))


def _with(parts: tuple[Tree, ...], k: int, new: Tree) -> tuple[Tree, ...]:
    return (*parts[:k], new, *parts[k + 1 :])


def _near(value: object) -> list[float]:
    """Numbers that are taken for this one: those beside it, and its half and its double."""
    assert isinstance(value, int | float), "a number has a value"
    found = {value + 1, value - 1, 2 * value, value / 2} - {0, value}
    return sorted(found)


def exponent_changed(part: Tree) -> Iterator[Tree]:
    """u**2 becomes u, u**3 or u**-2."""
    if part.kind == "**" and part.parts[1].kind == "number":
        base, value = part.parts[0], part.parts[1].value
        assert isinstance(value, int | float), "a number has a value"
        for other in (1, value + 1, value - 1, -value):
            if other not in (0, value):
                yield base if other == 1 else binary("**", base, number(other))


# --- functions and symbols ------------------------------------------------------------------------


def function_missing(part: Tree) -> Iterator[Tree]:
    """tanh(u) becomes u."""
    if part.kind in MAPS or part.kind == "diag":
        yield part.parts[0]


def function_changed(part: Tree) -> Iterator[Tree]:
    """tanh(u) becomes sin(u), and so on."""
    if part.kind in MAPS:
        yield from (part._replace(kind=kind) for kind in MAPS if kind != part.kind)


def symbol_changed(name: str, other: str) -> Rule:
    """One symbol becomes another."""

    def rule(part: Tree) -> Iterator[Tree]:
        if part.kind == "name" and part.value == name:
            yield part._replace(value=other)

    return rule
