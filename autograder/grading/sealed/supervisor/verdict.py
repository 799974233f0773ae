"""What running a test cell came to, as outputs from which nbgrader reads the mark, or a question for a person.

nbgrader's rule: an error, or text on stderr, is worth nothing; else a number as last value is worth so many points;
anything else, or nothing, is worth all of them. The cases in which that guesses go to a person here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from autograder.checks.publish import REPORT_TYPE
from autograder.grading.intake import legible
from autograder.grading.sealed.inside.outputs import unpacked
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.supervisor.clean import clean, plain_text

MOST_REASON = 1000
ROUNDING = 1e-9


@dataclass(frozen=True)
class Verdict:
    """How a test cell is left.

    Args:
        outputs: of the notebook's cell.
        manual: why a person must decide on the mark; empty where none must.
    """

    outputs: list[dict[str, Any]]
    manual: str = ""


def judge(outcome: Any, points: float, limits: Limits) -> Verdict:
    """Judge what the tests' process says of a cell.

    Args:
        outcome: ``outputs``, ``failed``, ``value`` and ``person``, as that process sends them.
        points: what the cell is worth.
        limits: of the submission.
    """
    if type(outcome) is not dict:
        return Verdict([], "The tests' process said nothing that could be read.")
    outputs = [_heard(output) for output in clean(unpacked(outcome.get("outputs")), limits, trusted=True)]
    reason = _person(outcome, outputs)
    failed = outcome.get("failed") is not False
    value = outcome.get("value")
    if not reason and not failed and value is not None:
        reason = _no_mark(value, points)
    if reason:
        return Verdict([_shown(output) for output in outputs], _sentence(reason))
    if failed:
        return Verdict(_with_error(outputs))
    return Verdict(outputs if value is None else _with_value(outputs, value, points))


def _person(outcome: dict[str, Any], outputs: list[dict[str, Any]]) -> str:
    if said := plain_text(outcome.get("person"), MOST_REASON):
        return said
    for report in (output["data"][REPORT_TYPE] for output in outputs if REPORT_TYPE in output.get("data", ())):
        if report.get("status") == "fault":
            return "the check itself could not tell"
    return ""


def _no_mark(value: Any, points: float) -> str:
    """Why a value is no number of points; empty where it is one."""
    if type(value) is not float:
        return f"the test ends with a value of type {plain_text(value, 100)}, which is no number of points"
    if math.isnan(value):
        return "the test ends with nan"
    if value < 0:
        return f"the test gives {value:g} points"
    if value > points * (1 + ROUNDING):
        return f"the test gives {value:g} points, and the cell is worth {points:g}"
    return ""


def _heard(output: dict[str, Any]) -> dict[str, Any]:
    """Text on stderr costs nothing: it is kept as ordinary text."""
    return output | {"name": "stdout"} if output["output_type"] == "stream" else output


def _shown(output: dict[str, Any]) -> dict[str, Any]:
    """A last value that is no mark is only shown."""
    if output["output_type"] != "execute_result":
        return output
    return {"output_type": "display_data", "data": output["data"], "metadata": {}}


def _with_value(outputs: list[dict[str, Any]], value: float, points: float) -> list[dict[str, Any]]:
    shown = [output for output in outputs if output["output_type"] != "execute_result"]
    data = {"text/plain": repr(min(value, points))}
    return [*shown, {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None}]


def _with_error(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if any(output["output_type"] == "error" for output in outputs):
        return outputs
    told = {"ename": "Failed", "evalue": "the test failed", "traceback": ["the test failed"]}
    return [*outputs, {"output_type": "error", **told}]


def _sentence(reason: str) -> str:
    """A reason as a sentence, in one line: it stands in tables, and may have words that a student chose."""
    return legible(f"{reason[:1].upper()}{reason[1:].rstrip('.')}.")
