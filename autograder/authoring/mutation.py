"""The clause that mutates: every mutant of an exercise's solutions is refused, or is proved to be no error.

The cells that come before the tests run once; each mutant then runs only the statement that it changes, what depends on
it, and the tests that read any of that, in the same namespace, which is put back afterwards.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from autograder.authoring import names, play
from autograder.authoring.asked import Asked, asked, filled
from autograder.authoring.model import Cell
from autograder.authoring.mutants import MOST, Mutant, chosen, mutants_of
from autograder.authoring.offers import READY, offers_of
from autograder.authoring.play import Outcome
from autograder.authoring.proofs import proved, same_code

SECONDS = 1.0
"""How long the tests of one mutant may compute; one that takes longer is refused, as a learner's would be."""

ROOM = 2**30
"""How many bytes a mutant may take beyond what is taken already."""

SEEDS = 8
"""On how many seeds a mutant must earn full marks to be a survivor; one on which it does not is enough to refuse it."""

FACTS = frozenset({"shape", "off-by-one-window"})
"""Tags that say what came and not what was done: whatever changes the length of an axis may be called so."""

Fate = Literal["named", "unnamed", "nameless", "misnamed", "invalid", "equivalent", "accepted", "survived", "fault"]


@dataclass(frozen=True)
class Mutated:
    """What became of one mutant.

    Args:
        operator: what was done.
        line: the line of the unit's text that was changed.
        diff: the change.
        fate: ``named`` and ``unnamed`` are refused as wrong, and so is ``nameless``, for whose operator the bank has no
            name; ``misnamed`` is called by a tag that the operator does not allow;
            ``invalid`` is refused without a verdict; ``equivalent`` is proved, ``accepted`` is listed by the author as
            another right answer; ``survived`` earns full marks and is neither; on a ``fault`` the check cannot tell.
        tags: what the checks called it.
        allowed: what they may call it.
        said: the checks' message, the proof, or the author's reason.
    """

    operator: str
    line: int
    diff: str
    fate: Fate
    tags: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Mutation:
    """What became of an exercise's mutants, in the order of the text, and how many there are, run or not."""

    mutants: tuple[Mutated, ...] = ()
    made: int = 0

    def count(self, *fates: Fate) -> int:
        """How many mutants met one of these fates."""
        return sum(mutant.fate in fates for mutant in self.mutants)

    @property
    def wrong(self) -> int:
        """How many mutants were refused with a verdict on their mathematics, and could be named."""
        return self.count("named", "unnamed", "misnamed")

    @property
    def share(self) -> float:
        """Which share of these was rightly named; 1 where there are none."""
        return self.count("named") / self.wrong if self.wrong else 1.0

    def summary(self) -> Iterator[str]:
        """Say in a few lines what became of the mutants."""
        if not self.mutants:
            return
        refused = self.wrong + self.count("nameless", "invalid")
        yield (
            f"{len(self.mutants)} of {self.made} mutants of the solutions run: {refused} refused, "
            f"{self.count('equivalent')} proved to be right, {self.count('accepted')} listed as right, "
            f"{self.count('survived')} survived"
            + (f", {faults} beyond the checks." if (faults := self.count("fault")) else ".")
        )
        if self.wrong:
            yield (
                f"Rightly named: {self.count('named')} of {self.wrong} that have a name ({self.share:.0%}); "
                f"{self.count('nameless')} more have no name in the bank. Wrongly named: {self.count('misnamed')}. "
                f"No valid input: {self.count('invalid')}."
            )


@dataclass(frozen=True)
class Statement:
    """One statement at the edge of a cell that tests may depend on."""

    cell: str
    source: str
    bound: frozenset[str]
    read: frozenset[str]


@dataclass(frozen=True)
class Bench:
    """What every mutant of an exercise needs: what was run already, and what is to be run."""

    namespace: dict[str, Any]
    statements: Sequence[Statement]
    tests: Sequence[Cell]
    asked: Mapping[str, Asked]
    right: Sequence[Cell]


def mutate(
    notebook: Sequence[Cell], right: Sequence[Cell] = (), most: int = MOST, earlier: Sequence[Cell] = ()
) -> Mutation:
    """Run the mutants of an exercise's solutions, and the answers that stand ready.

    Args:
        notebook: its cells with the solution, which pass.
        right: other right answers that its author lists; a survivor that is one of them is accepted.
        most: how many mutants are run.
        earlier: given cells of the exercises before it, which a learner can use too.
    """
    namespace = play.namespace()
    tests = [cell for cell in notebook if cell.points]
    before = [cell for cell in notebook if not cell.points]
    for cell in (*earlier, *before):
        play.run(cell, namespace, 0)
    known = asked(tests, namespace)

    def templates(value: ast.expr) -> ast.expr:
        drawn: ast.expr = filled(value, namespace, templates_only=True)
        return drawn

    made = [mutant for cell in notebook if cell.role == "answer" for mutant in mutants_of(cell, known, templates)]
    bench = Bench(namespace, [s for cell in before for s in _statements(cell)], tests, known, right)
    offers = offers_of(notebook, earlier, namespace)
    return Mutation(tuple(_fate(mutant, bench) for mutant in (*chosen(made, most), *offers)), len(made) + len(offers))


def _statements(cell: Cell) -> Iterator[Statement]:
    for node in ast.parse(cell.source).body:
        text = ast.unparse(node)
        yield Statement(cell.id, text, names.bound(text), names.read(text))


# --- one mutant -------------------------------------------------------------------------------------------------------


def _fate(mutant: Mutant, bench: Bench) -> Mutated:
    allowed = tuple(sorted(mutant.operator.tags))
    result = Mutated(mutant.operator.name, mutant.line, mutant.diff, "survived", allowed=allowed)
    code, affected = _to_run(mutant, bench.statements)
    tests = [test for test in bench.tests if names.read(test.source) & affected]
    with play.put_back(bench.namespace), _limited():
        for cell in code:
            if stumble := play.run(cell, bench.namespace, 0, SECONDS).stumble:
                return replace(result, fate="invalid", said=stumble.message)
        for seed in range(SEEDS):
            outcomes = [(test, play.run(test, bench.namespace, seed, SECONDS)) for test in tests]
            if short := [outcome for test, outcome in outcomes if _is_short(test, outcome)]:
                refused = _refused(result, short, mutant.operator.tags | FACTS)
                return replace(refused, fate="nameless") if mutant.operator is READY and refused.tags else refused
    return _passed(result, mutant, bench)


def _passed(result: Mutated, mutant: Mutant, bench: Bench) -> Mutated:
    """Say why a mutant may earn full marks, or that it survived."""
    known = next((bench.asked[name] for name in sorted(mutant.names) if name in bench.asked), Asked())
    before, after = (
        ast.unparse(filled(ast.parse(text), bench.namespace)) for text in (mutant.definition, mutant.changed)
    )
    if proof := proved(before, after, known):
        return replace(result, fate="equivalent", said=proof)
    for cell in bench.right:
        listed = (ast.unparse(filled(node, bench.namespace)) for node in ast.parse(cell.source).body)
        if any(same_code(text, after) for text in listed):
            return replace(result, fate="accepted", said=cell.because or "")
    return result


def _to_run(mutant: Mutant, statements: Sequence[Statement]) -> tuple[list[Cell], frozenset[str]]:
    """Return the mutant's statement, those that compute values from what it binds, and all names that are affected."""
    affected = mutant.names
    sources = [mutant.changed]
    position = next(k for k, s in enumerate(statements) if s.cell == mutant.cell.id and s.source == mutant.definition)
    for statement in statements[position + 1 :]:
        if statement.read & affected and statement.bound:
            affected |= statement.bound
            sources.append(statement.source)
    for statement in statements[:position]:  # functions look their names up late
        if statement.read & affected and statement.source.startswith("def "):
            affected |= statement.bound
    return [replace(mutant.cell, source=source) for source in sources], affected


def _is_short(test: Cell, outcome: Outcome) -> bool:
    """Whether a test gives less than full marks."""
    value = outcome.value
    return outcome.stumble is not None or (type(value) is float and 0 <= value < test.points)


def _refused(result: Mutated, outcomes: Sequence[Outcome], allowed: frozenset[str]) -> Mutated:
    tags = frozenset().union(*(outcome.tags for outcome in outcomes))
    statuses = {item.report.status for outcome in outcomes for item in outcome.published}
    fate: Fate = "invalid"
    if "fault" in statuses:
        fate = "fault"
    elif tags:
        fate = "named" if tags <= allowed else "misnamed"
    elif statuses & {"wrong", "partly"}:
        fate = "unnamed" if result.allowed else "nameless"
    said = " ".join(outcome.stumble.message if outcome.stumble else outcome.message for outcome in outcomes)
    return replace(result, fate=fate, tags=tuple(sorted(tags)), said=said)


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Let a mutant that asks for a huge array be refused by the machine's own MemoryError, where limits exist."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            taken = int(file.read().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = taken + ROOM
    if soft != resource.RLIM_INFINITY:
        wanted = min(wanted, soft)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
