"""A derivation in index notation: lines such as ``delta^i_k A_i^j x_j``, the derivative with its deltas to contract.

Separate from `steps`, which judges any derivation by the same rules.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import permutations

import mcutils
from autograder.checks.chains import Line, Slip, any_equal, prose
from autograder.checks.index_answers import each_order, in_indices, wrong_index
from autograder.checks.plain import plain
from autograder.checks.question import Question
from autograder.checks.written import occurrences
from mcutils._symbolic import Expression


class IndexChain:
    """Lines such as ``delta^i_k A_i^j x_j``: the derivative itself, its deltas not yet contracted."""

    def __init__(self, question: Question, summation: str = "levels") -> None:
        self.question, self.summation = question, summation
        self.right = in_indices(question, summation, None)

    @cached_property
    def least(self) -> int:
        """One line where there is no delta to contract, else two."""
        assert self.question.derivation is not None, "the question is stated as text"
        raw = next(
            s.after for s in self.question.derivation.steps if s.rule.startswith("differentiate factor by factor")
        )
        return 2 if _deltas(raw) > _deltas(self.right.to_index(self.summation)) else 1

    def _parsed(self, text: str) -> Expression:
        sizes = dict(self.question.sizes)
        return mcutils.parse(text, sizes, notation="index", summation=self.summation)

    def read(self, number: int, text: str) -> Line:
        """Read a line in index notation."""
        text = plain(text)
        if occurrences(text.replace("^", " ").replace("_", " "), f"d{self.question.variable.name}"):
            raise ValueError(
                f"in index notation a line is the derivative itself, with deltas such as delta^i_j: leave out "
                f"d{self.question.variable.name}"
            )
        value = self._parsed(text)
        return Line(number, text, value, " + ".join(sorted(self._ingredients(part) for part in _top_terms(text))))

    def _ingredients(self, term: str) -> str:
        """What a term is made of, and its value, whatever its indices are called: contracting a delta changes it."""
        heads = sorted(
            re.findall(r"[A-Za-z][A-Za-z0-9]*(?=\s*[\^_(])|[()]", re.sub(r"[\^_]\s*(\{[^}]*\}|\w)", "^", term))
        )
        try:
            value = self._parsed(term)
        except ValueError:  # a delta whose axis only the other terms tell
            return term.replace(" ", "")
        orders = permutations(range(len(value.axes)))
        return f"{' '.join(heads)}: {min(value.reordered(order)._value.key for order in orders)}"

    def agrees(self, line: Line) -> bool | None:
        """Whether a line is the derivative, whatever its free indices are called."""
        return _any_equal_turned(line.value, self.right)

    def unfinished(self, line: Line) -> str | None:
        """Say that a delta is left that can go."""
        if _deltas(line.text) <= _deltas(line.value.to_index(self.summation)):
            return None
        return (
            "The last line should hold no delta with a summed index: contract it, by writing its other index instead."
        )

    def shows(self, line: Line) -> bool:
        """Whether a delta stands there that can still be contracted."""
        return self.unfinished(line) is not None

    def ends(self, line: Line) -> bool:
        """A contraction has no brackets."""
        return True

    def stated(self) -> str:
        """Name the first line."""
        return f"the derivative of {prose(self.question.source)} by {self.question.variable.name}"

    def slip(self, line: Line, before: Line | None) -> Slip:
        """Name the mistake as for a typed formula."""
        report = wrong_index(self.question, line.text, line.value, self.right, self.summation, None)
        return Slip(report.tag, report.message.removeprefix("Not yet. "), report.tags)


def _any_equal_turned(value: Expression, right: Expression) -> bool | None:
    return any_equal(right, list(each_order(value, right, None)))


def _deltas(text: str) -> int:
    return len(re.findall(r"\bdelta(?![A-Za-z0-9])", text.replace("_", " _")))


def _top_terms(text: str) -> list[str]:
    """Split a formula at the signs that stand in no bracket."""
    depth, terms = 0, [""]
    for sign in text:
        depth += (sign in "({") - (sign in ")}")
        if sign in "+-" and not depth and terms[-1].strip() and not terms[-1].rstrip().endswith(("*", "/")):
            terms.append("")
        terms[-1] += " " if sign == "+" and not depth else sign
    return [term for term in terms if term.strip()]
