"""What is imported before the first submission, and what is not."""

from __future__ import annotations

import subprocess
import sys


def imported(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


SHOWN = "import sys; print('rfc3987_syntax' in sys.modules, 'jsonschema' in sys.modules)"


def test_grading_builds_no_grammar_of_addresses() -> None:
    """The grader loads jsonschema without the package that takes a second, and all of nbgrader works with it."""
    assert imported(f"from autograder.grading import grade; {SHOWN}") == "False True"


def test_it_would_else_be_built() -> None:
    """Imported plainly, jsonschema does load it: the test above can fail."""
    assert imported(f"import jsonschema; {SHOWN}") == "True True"


def test_it_is_there_for_others() -> None:
    """Whoever imports the package later gets it."""
    program = "from autograder.grading import grade; import rfc3987_syntax; print(rfc3987_syntax.__name__)"
    assert imported(program) == "rfc3987_syntax"
