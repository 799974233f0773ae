"""Answers that stand ready: what a given cell or mcutils has, called or bound in the place of an answer.

Separate from :mod:`.mutants`, which change what the author wrote. These answers are no work at all, so they must not
earn full marks either: such a function belongs into the test cell, out of reach of student code, or the exercise has to
ask for something else. Each is a piece of Python text, so that it is run, and shown, as a learner would write it; only
those that give what the solution gives at the first point of a check are handed on.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

import mcutils
from autograder.authoring import names, play
from autograder.authoring.model import Cell
from autograder.authoring.mutants import Mutant
from autograder.authoring.operators import Operator
from autograder.check import Question
from autograder.checks.costs import small_sizes_only
from autograder.checks.quiet import TimeUp, silence, time_limit

READY = Operator("what stands ready is the answer", frozenset())

SECONDS = 1.0
"""How long one call may compute."""

CLOSE = 1e-5
"""The relative difference from the solution up to which a call is handed on; some measure by differences."""

MOST_VALUES = 4
"""How many given values are combined to arguments, where the answer is a value too; the last ones before it."""

SMALL = 100
"""Below how many entries they have, so that nothing takes long."""

DERIVATIVES: Mapping[str, Callable[[int, int], bool]] = {
    "gradient": lambda result, variable: result == variable,
    "jacobian": lambda result, variable: result % max(variable, 1) == 0,
    "hessian": lambda result, variable: result == variable**2,
}
"""What measures a derivative, and whether it gives so many numbers by a variable of so many."""

PRODUCTS = ("jvp", "vjp", "hvp")
PLAIN = (str, bool, int, float, tuple, list, np.ndarray)


@dataclass(frozen=True)
class Call:
    """One call of the solution by a check; without parameters, the solution is a value.

    Args:
        parameters: the names of its parameters.
        arguments: what it was given.
        result: what it gave.
    """

    parameters: tuple[str, ...]
    arguments: tuple[Any, ...]
    result: Any


def offers_of(notebook: Sequence[Cell], earlier: Sequence[Cell], namespace: dict[str, Any]) -> tuple[Mutant, ...]:
    """Find the answers to an exercise that stand ready; its own other answers stand ready too, where it asks twice.

    Args:
        notebook: its cells, with the solution.
        earlier: given cells of the exercises before it.
        namespace: what all but the tests have bound.
    """
    ready = [cell for cell in (*earlier, *notebook) if cell.role in (None, "given", "answer")]
    bound = dict.fromkeys(
        name
        for cell in ready
        for name in sorted(names.bound(cell.source))
        if name in namespace and (cell.role != "answer" or isinstance(namespace[name], FunctionType))
    )
    found = []
    for cell in notebook:
        for statement in ast.parse(cell.source).body if cell.role == "answer" else ():
            for name in sorted(names.bound(ast.unparse(statement))):
                tests = [test for test in notebook if test.points and name in names.read(test.source)]
                with silence():
                    call = _made(name, statement, tests, namespace)
                    others = [other for other in bound if other != name]
                    texts = [] if call is None else list(_agreeing(call, others, namespace))
                parameters = () if call is None else call.parameters
                found += [_mutant(cell, name, statement, parameters, text) for text in texts]
    return tuple(found)


def _mutant(cell: Cell, name: str, statement: ast.stmt, parameters: Sequence[str], text: str) -> Mutant:
    """An answer cell in which one statement is replaced by an offer."""
    before = ast.unparse(statement)
    changed = f"def {name}({', '.join(parameters)}):\n    return {text}" if parameters else f"{name} = {text}"
    line = cell.line + statement.lineno - 1
    return Mutant(replace(cell, source=changed), READY, before, changed, line, frozenset({name}), before, changed)


# --- what the solution does ------------------------------------------------------------------------------------------


def _made(name: str, statement: ast.stmt, tests: Sequence[Cell], namespace: dict[str, Any]) -> Call | None:
    """Return what a solution gives at the first point at which a test calls it; None where none does."""
    solution = namespace.get(name)
    if not isinstance(solution, FunctionType):
        alone = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        return Call((), (), solution) if tests and alone and isinstance(solution, PLAIN) else None
    parameters = tuple(inspect.signature(solution).parameters)
    calls: list[Call] = []

    @functools.wraps(solution)
    def recorded(*arguments: Any) -> Any:
        if calls or len(arguments) != len(parameters):
            return solution(*arguments)
        kept = _copies(arguments)
        calls.append(Call(parameters, kept, solution(*arguments)))
        return calls[0].result

    with play.put_back(namespace), small_sizes_only():
        namespace[name] = recorded
        for test in tests:
            play.run(test, namespace, 0)
            if calls:
                return calls[0]
    return None


def _copies(arguments: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(copy.copy(argument) if isinstance(argument, np.ndarray) else argument for argument in arguments)


# --- what stands ready -----------------------------------------------------------------------------------------------


def _agreeing(call: Call, bound: Sequence[str], namespace: Mapping[str, Any]) -> Iterator[str]:
    """Yield the expressions of what stands ready whose value is the solution's; of one function only the first."""
    if not call.parameters:
        values = [name for name in bound if _is_small(namespace[name])]
        yield from (n for n in values if type(namespace[n]) is str or _same(namespace[n], call.result))
        chosen = values[-MOST_VALUES:]
        call = Call(tuple(chosen), tuple(namespace[name] for name in chosen), call.result)
    for function, known in _functions(bound, namespace).items():
        for text in _expressions(function, known, call):
            scope = {**namespace, **dict(zip(call.parameters, _copies(call.arguments), strict=True))}
            if found := next(_wrapped(text, _value(text, scope), scope, call), None):
                yield found
                break


def _is_small(value: Any) -> bool:
    return isinstance(value, PLAIN) and (value.size if isinstance(value, np.ndarray) else len(str(value))) < SMALL


def _functions(bound: Sequence[str], namespace: Mapping[str, Any]) -> Mapping[str, Callable[..., Any]]:
    """What a learner may call, by the text that does so: given functions, given questions, all of mcutils."""
    found: dict[str, Callable[..., Any]] = {}
    for name in bound:
        thing = namespace[name]
        if isinstance(thing, FunctionType):
            found[name] = thing
        elif isinstance(thing, Question):
            found[f"{name}.f"] = thing.f
        elif isinstance(thing, ModuleType) and thing is mcutils:
            members = ((f"{name}.{member}", getattr(mcutils, member)) for member in mcutils.__all__)
            found |= {text: member for text, member in members if isinstance(member, FunctionType)}
    return found


def _expressions(function: str, known: Callable[..., Any], call: Call) -> Iterator[str]:
    """Yield calls of a function with some of the parameters, in their order, and its derivatives by mcutils."""
    sizes = {name: np.size(argument) for name, argument in zip(call.parameters, call.arguments, strict=True)}
    size = np.size(call.result)
    for count in range(len(sizes), -1, -1):
        for chosen in combinations(sizes, count) if _takes(known, count) else ():
            written = f"{function}({', '.join(chosen)})"
            yield written
            for name in chosen if getattr(mcutils, known.__name__, None) is not known else ():
                moved, along = f"lambda {name}: {written}, {name}", call.parameters[-1]
                yield from (f"mc.{tool}({moved})" for tool, fits in DERIVATIVES.items() if fits(size, sizes[name]))
                if along not in chosen:
                    yield from (f"mc.{tool}({moved}, {along})" for tool in PRODUCTS)


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*[None] * count)
    except (TypeError, ValueError):
        return False
    return True


def _value(text: str, scope: dict[str, Any]) -> Any:
    """Return the value of an expression; None where it has none."""
    try:
        with time_limit(SECONDS):
            return eval(text, scope)
    except (Exception, TimeUp):  # most functions take other arguments than these
        return None


def _wrapped(text: str, value: Any, scope: dict[str, Any], call: Call) -> Iterator[str]:
    """Yield an expression as it is or slightly turned, where that gives what the solution gives."""
    if value is None:
        return
    for form in ("{}", "{}.T", "-{}", "{}.value", *(f"{{}} - {name}" for name in call.parameters)):
        if _same(_value(form.format("_"), {**scope, "_": value}), call.result):
            yield form.format(text)


def _same(value: Any, result: Any) -> bool:
    """Whether a value is the solution's, up to the error of a measured derivative."""
    try:
        got, wanted = np.asarray(value), np.asarray(result)
        if got.shape != wanted.shape or {got.dtype.kind, wanted.dtype.kind} - set("biufU"):
            return False
        if "U" in (got.dtype.kind, wanted.dtype.kind):
            return bool(np.all(got == wanted))
        return bool(np.all(np.abs(got - wanted) <= CLOSE * np.max(np.abs(wanted), initial=0)))
    except Exception:  # a list of lists of different lengths
        return False
