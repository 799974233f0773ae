"""The tests' process: runs test cells, in a namespace where the student's names are stand-ins.

Its names are the instructor's: what the given cells bind, from the instructor's own text. A name that a solution cell
binds is fetched from the student's process before each cell that may read it: plain values by value, functions, classes
and objects as stand-ins. A name that neither binds is looked for there too. So the student's code can be called, and
can neither see nor change what calls it.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import inspect
import math
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.publish import REPORT_TYPE
from autograder.grading.sealed import names
from autograder.grading.sealed.crossing.far import FarFunction
from autograder.grading.sealed.crossing.peer import NeedsPerson, short
from autograder.grading.sealed.inside.cells import Cells, Ran
from autograder.grading.sealed.inside.outputs import packed
from autograder.grading.sealed.trusted.asking import MOST_TEXT, TestSide, as_said
from autograder.grading.sealed.trusted.doubts import Tried, why
from autograder.grading.sealed.trusted.things import number_of

MOST_POINTS = 1e9
USUAL = {"np": "numpy", "plt": "matplotlib.pyplot", "pd": "pandas", "numpy": "numpy", "sympy": "sympy", "mc": "mcutils"}
"""Modules under the names by which everybody knows them."""


class Tests:
    """Runs given cells and test cells.

    Args:
        cells: what runs them.
        side: what asks the student's process.
    """

    __test__ = False  # pytest need not look here

    def __init__(self, cells: Cells, side: TestSide) -> None:
        self.cells = cells
        self.side = side
        self.theirs: set[str] = set()
        self.noted: set[str] = set()
        self.unanswered: frozenset[str] = frozenset()
        self.fetched: dict[str, Any] = {}
        self.ours: set[str] = set()
        self.left_open: set[str] = set()
        self.cut_out: dict[str, str] = {}
        self.from_given: set[str] = set()
        self.from_tests: set[str] = set()
        self.read_later: set[str] = set()
        self.broken: dict[str, tuple[str, bool]] = {}
        _have_sources_refused(side)
        side.handed.notice_seeds()

    def note(self, solutions: list[tuple[str, tuple[str, ...], tuple[str, ...]]]) -> None:
        """Take note of the instructor's text of solution cells: the names that it binds are the student's to bind.

        So are those of given data that it changes or binds anew, such as a frame without the rows that lack something,
        and those that ``import *`` has bound and it binds anew: whoever imports all of a library shadows some of it.
        What it imports is no answer: it is imported here, from the instructor's text. So is a module that a solution
        imports which is cut out of that, if a test asks for it.
        """
        namespace = self.cells.namespace
        for source, changes, imports in solutions:
            self.cut_out |= {name: statement for statement in imports for name in names.bound(statement)}
            plain = self.cells.plain(source)
            bound = names.bound(plain)
            for statement, binds in names.imports(plain):
                if not self.cells.run(statement, quiet=True).failed:
                    bound -= binds
            given = self.ours & self.from_given  # a test's own name is another's as soon as an answer binds it
            data = {name for name in changes if name not in given or _is_data(namespace.get(name))}
            self.theirs |= bound | data
            self.noted |= bound

    def given(self, source: str, ran_there: bool, alone: bool) -> None:
        """Run the instructor's text of a given cell.

        Where it fails, whoever reads a name that it should have bound is told; if nothing of the student's was in it,
        or it did run in the student's process, a person is.

        Args:
            source: the text.
            ran_there: whether it ran without an error in the student's process.
            alone: whether it needs nothing of the student's.
        """
        reads, binds = self._begin(source)
        asked, wrong = ([], "") if alone else self._fetch(reads, binds)
        ran = self._run(source, quiet=True) if not wrong else None
        if ran is not None and ran.failed:
            wrong = self._wrong(ran)
        namespace = self.cells.namespace
        for name in binds:
            self.broken.pop(name, None)
            if wrong and name not in namespace:
                self.broken[name] = (wrong, ran_there or not asked or bool(self.side.person))
        self._own(binds)
        self.from_given |= binds
        self.left_open |= {name for name in binds if namespace.get(name, 0) is None or namespace.get(name) is ...}
        self.side.references.give(namespace, binds)

    def _begin(self, source: str) -> tuple[frozenset[str], frozenset[str]]:
        """Begin a cell of the instructor's; return the names that it reads and binds."""
        plain = self.cells.plain(source)
        reads, binds = names.read(plain) | names.named_in_text(plain), names.bound(plain)
        self.read_later |= names.read_later(plain)
        self.side.random |= "random" in source
        self.side.begin(source, reads | self.read_later, binds)
        if names.looks_at_history(plain):
            self.side.to_person("the test looks at what the student typed")
        return reads, binds

    def seen(self, source: str) -> None:
        """Take note of a cell that ran in a process before this one: what it bound is lost, and never the student's."""
        plain = self.cells.plain(source)
        binds = names.bound(plain) - self.noted
        self.broken |= dict.fromkeys(binds - set(self.cells.namespace), ("its process ended", True))
        self._own(binds)

    def test(self, source: str, told: bytes | None = None) -> dict[str, Any]:
        """Run a test cell.

        Args:
            source: its text.
            told: what the student's process has told of names when it ran its last cell; None if it has run none since.

        Returns:
            ``outputs``; ``failed``, whether it ended with an exception; ``value``, what it ended with, as a number or
            the name of a type; ``person``, why a person must decide, or nothing.
        """
        if told is not None:
            self.side.told = told
        reads, binds = self._begin(source)
        if broken := sorted(reads & set(self.broken)):
            why, person = self.broken[broken[0]]
            text = f"the cell above that defines {broken[0]} did not run: {why}"
            self.side.to_person(text if person else "")
            return self._outcome(source, self._not_run(text))
        asked, wrong = self._fetch(reads, binds, binds & self.theirs)
        self.side.handed.lent.begin(self.theirs)
        self.unanswered = frozenset() if asked else reads & self.from_given
        ran = self._not_run(wrong) if wrong else self._run(source)
        self.side.handed.lent.end()
        outcome = self._outcome(source, ran)
        if self.side.person and ran.failed:  # it did not come to put back what it had replaced
            self.cells.namespace.update({name: self.fetched[name] for name in binds & set(self.fetched)})
        self._own(binds)
        self.from_given -= binds & self.ours
        self.from_tests |= binds & self.ours
        return outcome

    def _own(self, binds: frozenset[str]) -> None:
        """What a cell of the instructor's binds, or should have bound, is not the student's to bind from now on.

        A name of a solution that the cell did not come to bind stays the student's; any other goes without a value.
        So it is with what the cell has bound without saying its name, by ``import *`` or ``%run``.
        """
        namespace, watched = self.cells.namespace, self.side.watched
        binds |= {name for name in watched if name in namespace and not self.side.is_brought(name)}
        unbound = {name for name in binds & set(self.fetched) if namespace.get(name) is self.fetched[name]}
        for name in unbound - self.noted:
            namespace.pop(name, None)  # the cell may have taken away what was None
        binds = binds - (unbound & self.noted)
        self.theirs -= binds
        self.left_open -= binds
        self.ours |= binds

    def _run(self, source: str, quiet: bool = False) -> Ran:
        try:
            with self.side.interruptible():
                return self.cells.run(source, quiet)
        except KeyboardInterrupt:
            return self._not_run("it was stopped")

    def _fetch(
        self, reads: frozenset[str], binds: frozenset[str], rebinds: frozenset[str] = frozenset()
    ) -> tuple[list[str], str]:
        """Bring the student's names that a cell may read or rebind into the namespace; of its own none is asked for.

        Returns:
            The names, and what went wrong with those that it may read.
        """
        namespace = self.cells.namespace
        self._import_what_is_cut_out(reads - binds - self.ours - set(namespace) - self.theirs)
        unknown = reads - binds - self.ours - set(namespace) - set(vars(builtins)) - self.theirs
        left_open = reads & self.left_open
        wanted = sorted((reads | self.read_later) & self.theirs | rebinds | left_open | unknown)
        self.fetched = {}
        if not wanted:
            return [], ""
        try:
            with self.side.interruptible():
                found, uncrossed, modules = self.side.names(wanted)
        except (NeedsPerson, KeyboardInterrupt) as problem:
            return wanted, str(problem) or "it was stopped"
        except BaseException as problem:  # the student's process may say that anything was raised
            self._import(dict.fromkeys(unknown, ""))
            return wanted, f"the student's process does not answer: {problem}"
        self.theirs |= unknown & (set(found) | set(uncrossed)) - set(USUAL)
        self._import({name: modules.get(name, "") for name in unknown - self.theirs})
        for name in (set(wanted) & self.theirs) - left_open - (self.from_tests - set(found)):
            namespace.pop(name, None)
        self.from_tests -= set(found)
        self.fetched = {name: found[name] for name in set(wanted) & set(found) - (unknown - self.theirs)}
        namespace.update(self.fetched)
        self.side.watch(wanted, {name for name in wanted if name in namespace} - (unknown - self.theirs))
        reasons = [as_said(uncrossed[name]) for name in sorted(reads) if name in uncrossed]
        self.side.to_person(reasons[0] if reasons else "")
        return wanted, self.side.person if reasons else ""

    def _import_what_is_cut_out(self, wanted: frozenset[str]) -> None:
        """Import the modules that solutions import; what they import of one may be what the student is to write."""
        for name in wanted & set(self.cut_out):
            scope: dict[str, Any] = {}
            with contextlib.suppress(Exception):  # it may be that of a file which the solution writes
                exec(self.cut_out[name], scope)
            if type(scope.get(name)) is types.ModuleType:
                self.cells.namespace[name] = scope[name]
                self.ours.add(name)

    def _import(self, modules: dict[str, Any]) -> None:
        """Import modules that no text of the instructor's is left to import: what solutions do is cut out of it.

        Under a name that everybody uses for a module it is that one, whatever the student's process says.
        """
        for name, said in modules.items():
            home = USUAL.get(name) or (name if name in sys.stdlib_module_names else short(said))
            if home:
                with contextlib.suppress(ImportError, ValueError):
                    self.cells.namespace[name] = importlib.import_module(home)

    def _not_run(self, text: str) -> Ran:
        outputs = self.cells.shell.outputs
        outputs.start()
        outputs.error("NotRun", text, [text])
        return Ran(outputs.taken(), True, None)

    def _wrong(self, ran: Ran) -> str:
        error = next((out for out in ran.outputs if out["output_type"] == "error"), {})
        return f"{error.get('ename', 'an error')}: {error.get('evalue', '')}"[:MOST_TEXT]

    def _outcome(self, source: str, ran: Ran) -> dict[str, Any]:
        error = next((out["ename"] for out in ran.outputs if out["output_type"] == "error"), "an error")
        namespace, fetched = self.cells.namespace, self.fetched
        value, reported = _value(ran.value), any(REPORT_TYPE in out.get("data", ()) for out in ran.outputs)
        failed = error if ran.failed else ""
        tried = Tried(self.side, source, namespace, fetched, self.unanswered, failed, reported, value == 0)
        person = self.side.person or why(tried)
        return {"outputs": packed(ran.outputs), "failed": ran.failed, "value": value, "person": person}


def _is_data(value: Any) -> bool:
    """Whether a value is neither a module nor anything that can be called: such are the instructor's for good."""
    return not callable(value) and type(value) is not types.ModuleType


def _value(value: Any) -> Any:
    """The last value of a cell: nothing, a number, or the name of its type."""
    if value is None:
        return None
    if type(value) in (int, float) or isinstance(value, np.floating | np.integer):
        return math.inf if abs(value) > MOST_POINTS else float(value)
    return type(value).__name__


def _have_sources_refused(side: TestSide) -> None:
    """Have ``inspect`` hand the question for a student's source over to a person."""

    def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
        def ask(thing: Any, *args: Any, **kwargs: Any) -> Any:
            if type(thing) is FarFunction or number_of(thing) is not None:
                side.needs_person("the test reads the source of the student's code")
            return function(thing, *args, **kwargs)

        return ask

    for name in ("getfile", "findsource", "getsourcefile", "getsource", "getsourcelines", "getmodule"):
        setattr(inspect, name, wrapped(getattr(inspect, name)))
