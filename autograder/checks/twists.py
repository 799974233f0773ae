"""What can go wrong at one place of a formula: each rule takes a part and gives what stands there instead.

Separate from `broken`, which says what each is called, so that this reads as a list of slips of the pen. A rule knows
nothing of shapes: what does not fit has no value, and is dropped when it is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise, permutations

import numpy as np

from autograder.checks import trees
from autograder.checks.forward import MAPS, Break, Forward, Inapplicable, Pair, apply, plus, softmax, spread, times
from autograder.checks.trees import Path, Tree, at, binary, chain, function, number, replaced, transpose, walk

Rule = Callable[[Tree], Iterator[Tree]]
Changed = tuple[str, Tree]  # what now stands in the place, as text, and the whole formula

LONGEST_RING = 4  # factors of a trace that are put into every order


def changes(tree: Tree, rule: Rule, below: Path = ()) -> Iterator[Changed]:
    """Apply a rule at each place by itself, and where it applies at several, at all of them together."""
    count = 0
    for path, part in walk(at(tree, below), below):
        for new in rule(part):
            count += 1
            yield str(new), replaced(tree, path, new)
    if count > 1:
        shown = next(str(new) for _, part in walk(tree) for new in rule(part))
        yield shown, trees.everywhere(tree, lambda part: next(rule(part), None))


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
    """Two neighbours in a product change places."""
    if part.kind == "outer":
        yield function("outer", *reversed(part.parts))
    if part.kind == "@":
        for k, (a, b) in enumerate(pairwise(part.parts)):
            if a.rank == b.rank:  # a vector on the other side of a matrix is the matrix transposed
                yield chain(*part.parts[:k], b, a, *part.parts[k + 2 :])


def turned_factor(part: Tree) -> Iterator[Tree]:
    """A matrix is transposed, or a transpose forgotten."""
    if part.kind == "T":
        yield part.parts[0]
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


# --- terms and factors in brackets ----------------------------------------------------------------


def term_missing(part: Tree) -> Iterator[Tree]:
    """a + b becomes a, or b."""
    if part.kind in {"+", "-"}:
        a, b = part.parts
        yield a
        yield b if part.kind == "+" else Tree("neg", b.rank, (b,))


def sign_changed(part: Tree) -> Iterator[Tree]:
    """a + b becomes a - b or b - a, and a - b becomes a + b."""
    if part.kind in {"+", "-"}:
        yield part._replace(kind="-" if part.kind == "+" else "+")
    if part.kind == "+":
        yield part._replace(kind="-", parts=part.parts[::-1])


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
    """A number is lost."""
    if part.kind in {"*", "/"}:
        for k in (0, 1):
            if part.parts[k].kind == "number" and (k or part.kind == "*"):
                yield part.parts[1 - k]


# --- rules of differentiation ---------------------------------------------------------------------


def bends(tree: Tree, wrt: str) -> Iterator[tuple[Path, Tree]]:
    """Where the chain rule is needed: functions entry by entry, and powers, of something with the variable in it."""
    for path, part in walk(tree):
        if (part.kind in MAPS or part.kind == "**") and wrt in trees.names(part.parts[0]):
            yield path, part


def without_inner(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """phi'(u) where phi'(u) du should stand."""
    u = parts[0][0]
    if u.shape == self.shape:
        inner = np.eye(u.size).reshape(u.shape * 2)
    elif u.shape == ():
        inner = np.ones(self.shape)
    else:
        raise Inapplicable
    return apply(tree, [(u, inner), *parts[1:]])


def without_slope(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """du where phi'(u) du should stand."""
    return apply(tree, parts)[0], parts[0][1]


def sloped_at(point: Tree) -> Break:
    """phi' at another point: of u's shape, or of the variable's."""

    def rule(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
        (u, du), there = parts[0], self.value(point)
        if du is None or there.shape not in (u.shape, self.shape):
            raise Inapplicable
        slope = apply(tree, [(there, np.ones(there.shape)), *parts[1:]])[1]
        value = apply(tree, parts)[0]
        return value, times(np.asarray(slope), du) if there.shape == u.shape else du * slope

    return rule


def sloped_at_output(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """phi'(phi(u)) du where phi'(u) du should stand."""
    value = apply(tree, parts)[0]
    return value, apply(tree, [(value, parts[0][1]), *parts[1:]])[1]


def diagonal_softmax(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """s (1 - s) du, as if a softmax worked entry by entry."""
    u, du = parts[0]
    s = softmax(u, int(tree.value or 0) % u.ndim)  # type: ignore[call-overload] # an axis
    return s, times(s - s * s, du)


def own_factors(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """a da + b db where a db + b da should stand."""
    shape = np.broadcast_shapes(parts[0][0].shape, parts[1][0].shape)
    (a, da), (b, db) = (spread(part, shape) for part in parts)
    return a * b, plus(times(a, da), times(b, db))


def scalar_inverse(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """-inv(X) inv(X) dX, as for numbers."""
    V, dU = np.linalg.inv(parts[0][0]), parts[0][1]
    return V, None if dU is None else np.einsum("ia,aj...->ij...", -V @ V, dU)


def inverse_without_minus(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """inv(X) dX inv(X), without the minus."""
    V, D = apply(tree, parts)
    return V, None if D is None else -D
