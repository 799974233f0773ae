"""Show a learner how a typed formula was read: set as mathematics where the page can, as text elsewhere.

What is shown is the engine's normal form of what was typed, like terms collected, so that a forgotten bracket is seen
at once. Formulas in indices are not shown again: the engine has letters of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.checks.report import Formula, Report

if TYPE_CHECKING:
    from mcutils._symbolic import Expression

SECONDS = 0.2  # for printing; it takes a thousandth of that
LONGEST = 300  # characters of text beyond which a formula helps nobody


def with_reading(report: Report, typed: Expression) -> Report:
    """Add to a verdict what the formula was read as; where that is too long, or has no matrix form, nothing."""
    if report.status == "invalid":
        return report
    from mcutils._symbolic.budget import TooMuch, limited  # loaded already: there is an expression

    try:
        with limited(SECONDS):
            text = typed.to_matrix()
            if len(text) > LONGEST:
                return report
            return replace(report, formulas=(*report.formulas, Formula("Read as", text, typed.to_latex())))
    except (ValueError, TooMuch, RecursionError):  # ValueError: no matrix form
        return report
