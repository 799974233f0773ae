"""Labels are the same for a term shuffled and renamed, differ for terms that differ, and do not depend on the run."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import time

from mcutils._symbolic.canonical import label
from mcutils._symbolic.core import Factor, Head

HEADS = [
    Head("symbol", ("n", "n"), "A"),
    Head("symbol", ("n", "n"), "B"),
    Head("symbol", ("n", "n"), "S", flags=frozenset({"symmetric"})),
    Head("symbol", ("n",), "x"),
    Head("symbol", ("n", "n", "n"), "F"),
    Head("symbol", (), "c"),
]


def random_term(rng):
    """A term of up to eight factors on few indices, so that repeats and symmetries are common."""
    free = rng.randrange(3)
    heads = [rng.choice(HEADS[: rng.choice((1, 3, 6))]) for _ in range(rng.randint(1, 8))]
    pool = list(range(free + rng.randint(1, 6)))
    return free, [Factor(head, tuple(rng.choice(pool) for _ in head.axes)) for head in heads]


def shuffled(rng, free, factors):
    """The same term with its factors in another order, summed indices renamed and symmetric slots exchanged."""
    summed = sorted({s for f in factors for s in f.slots if s >= free})
    names = rng.sample(range(100, 1000), len(summed))
    rename = {**{k: k for k in range(free)}, **dict(zip(summed, names, strict=True))}
    result = []
    for head, slots in rng.sample(factors, len(factors)):
        renamed = [rename[s] for s in slots]
        result.append(Factor(head, tuple(rng.sample(renamed, len(renamed)) if head.symmetric else renamed)))
    return result


def key(free, factors):
    """The label of a term."""
    return label(factors, {k: k for k in range(free)})[0]


def test_ten_thousand_shuffled_terms_keep_their_labels():
    """A term's label does not depend on the order of its factors or the names of its summed indices."""
    rng = random.Random(1)
    for _ in range(10_000):
        free, factors = random_term(rng)
        assert key(free, factors) == key(free, shuffled(rng, free, factors)), factors


def smallest_form(free, factors):
    """A label by brute force: the smallest over all numberings of the summed indices."""
    summed = sorted({s for f in factors for s in f.slots if s >= free})
    forms = []
    for order in itertools.permutations(range(free, free + len(summed))):
        rename = {**{k: k for k in range(free)}, **dict(zip(summed, order, strict=True))}
        rows = []
        for head, slots in factors:
            numbers = [rename[s] for s in slots]
            rows.append((head.key, tuple(sorted(numbers) if head.symmetric else numbers)))
        forms.append(sorted(rows))
    return min(forms)


def test_labels_are_equal_exactly_when_terms_are():
    """On 600 pairs of small terms, labels agree just when brute force over all renamings says so."""
    rng = random.Random(2)
    agreed = 0
    for _ in range(600):
        free = rng.randrange(2)
        pool = range(free + 4)
        pair = [
            [Factor(h, tuple(rng.choice(pool) for _ in h.axes)) for h in (HEADS[0], HEADS[0], HEADS[2])]
            for _ in range(2)
        ]
        same = smallest_form(free, pair[0]) == smallest_form(free, pair[1])
        agreed += same
        assert (key(free, pair[0]) == key(free, pair[1])) == same, pair
    assert agreed > 5


def test_regular_terms_that_refinement_alone_cannot_tell_apart():
    """A ring of six matrices and two rings of three look alike to every index; their labels differ."""
    A = HEADS[2]
    ring = [Factor(A, (k, (k + 1) % 6)) for k in range(6)]
    triangles = [Factor(A, (k + b, (k + 1) % 3 + b)) for b in (0, 3) for k in range(3)]
    assert key(0, ring) != key(0, triangles)
    joined = Head("symbol", ("n",) * 6, "W")
    assert key(0, [*ring, Factor(joined, tuple(range(6)))]) != key(0, [*triangles, Factor(joined, tuple(range(6)))])


def test_a_symmetric_star_does_not_explode():
    """Twelve equal branches at one index have 12! numberings; the label is found without trying them."""
    A, x = HEADS[0], HEADS[3]
    star = [f for k in range(1, 13) for f in (Factor(A, (0, k)), Factor(x, (k,)))]
    start = time.perf_counter()
    first = key(0, star)
    assert first == key(0, shuffled(random.Random(3), 0, star))
    assert time.perf_counter() - start < 10  # the wrong way would take days


SCRIPT = """
from mcutils._symbolic import differentiate
sizes = {"A": "n n", "B": "n n", "x": "n", "M": "m n", "b": "m"}
for text, wrt in [("x @ A @ B @ x + norm2(M @ x - b)**2", "x"), ("tr(inv(A) @ B @ A)", "A"), ("b @ tanh(M @ x)", "M")]:
    d = differentiate(text, wrt, sizes)
    print(d._value.key, d.to_matrix(), d.to_index(), d.to_einsum())
"""


def test_keys_do_not_depend_on_the_hash_seed():
    """Two processes with different hash seeds give the same keys and the same text."""
    said = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        said.append(run.stdout)
    assert said[0] == said[1]
    assert len(said[0].splitlines()) == 3
