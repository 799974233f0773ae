"""The mistake bank: every tag, and what names a wrong answer.

Rooms: `bank` is the machinery. From arrays alone are seen what stands the wrong way round (`turned`), `windows` in
wrong places, `forgotten` parts and `factors`; `fit` reads an answer as the parts of the right one, re-weighted.
`broken` has the question with one rule broken (from `bends`), `miswritten` the right answer with one slip (from
`twists`), `indexed` slips with indices and `strangers` answers to other questions, all of them `candidates` that are
made by `forward` on `trees`; `repairs` mends a formula as it was typed. All look through `insight`, which is the
question, or `valued`, where nothing is differentiated. Importing this fills the table.
"""

from __future__ import annotations

from autograder.checks import (  # noqa: F401 - they fill the table
    broken,
    factors,
    fit,
    forgotten,
    indexed,
    miswritten,
    repairs,
    strangers,
    turned,
    windows,
)
from autograder.checks.bank import TAGS, UNNAMED, Case, Diagnosis, diagnose

__all__ = ["ALL_TAGS", "ELSEWHERE", "TAGS", "UNNAMED", "Case", "Diagnosis", "diagnose"]

ELSEWHERE = {
    "index-level": "the check of index notation, which sees the levels that arrays do not have",
    "built-the-jacobian": "the check of costs, which counts calls and memory",
}
"""Tags that no array shows, and where they come from."""

ALL_TAGS = frozenset(TAGS) | frozenset(ELSEWHERE)
"""Every tag that a report can carry."""
