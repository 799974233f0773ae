"""What we mark otherwise than nbgrader, on purpose; ``docs/marks.md`` has the same rows, with the reasons."""

from __future__ import annotations

from comparing import Difference

ORDINARY = {
    "A test that the student deleted": Difference(("karl functions/primes-test",), "open", "full"),
    "An answer for a person, deleted": Difference(("karl functions/own-test",), "open", "none"),
}
"""In a course that uses nothing of this project, by the words in the first column of the documentation's table."""

UNITS = {
    "An exercise of ours whose numbers depend on the student's name": Difference(
        (
            "einstein exercises/02-lines-of-a-bowl-test-1",
            "gauss exercises/02-lines-of-a-bowl-test-1",
            "lagrange exercises/03-chain-faded-test-1",
            "noether exercises/03-chain-faded-test-1",
            "noether exercises/03-linear-pieces-test-?",
        ),
        "none",
        "full",
    ),
}
"""In this project's own units."""
