"""What a test cell compares with is off while the answer runs, and nothing else is."""

from __future__ import annotations

from autograder.checks.quiet import silence
from autograder.checks.reach import out_of_reach

SENTENCE = "Your answer calls the function that the check compares with, which is off meanwhile"
GIVEN = "from autograder.checks.values import check_equal\nimport numpy as np\nSIZES = {'a': 'n', 'b': 'n'}"
REFERENCE = "def product(a, b):\n    return a @ b"
CHECK = "report = check_equal(mine, to=product, sizes=SIZES)"


def cells(*sources: str) -> dict[str, object]:
    """Run cells as a notebook does, each under a name of its own, and return what they bound."""
    bound: dict[str, object] = {}
    for number, source in enumerate((GIVEN, *sources)):
        exec(compile(source, f"<cell {number}>", "exec"), bound)
    return bound


def said(*sources: str) -> tuple[str, str]:
    """The status and the message of the last check."""
    report = cells(*sources)["report"]
    return report.status, report.message  # type: ignore[attr-defined] # a report


def test_an_answer_cannot_call_what_the_test_cell_compares_with() -> None:
    """Nor can it be that function; both are told what to do."""
    for answer in ("def mine(a, b):\n    return product(a, b)", "mine = lambda a, b: product(a, b)"):
        status, message = said(answer, f"{REFERENCE}\n\n\n{CHECK}")
        assert status == "invalid"
        assert message.startswith(SENTENCE)
        assert message.endswith("write out yourself what it should compute.")
    assert said(f"{REFERENCE}\n\n\nmine = product\n{CHECK}")[0] == "invalid"


def test_the_function_is_on_again_afterwards() -> None:
    """Right answers are right, and the cell can be run again."""
    after = f"{REFERENCE}\n\n\n{CHECK}\nvalue = product(np.ones(3), np.ones(3))\n{CHECK}"
    bound = cells("def mine(a, b):\n    return b @ a", after)
    assert (bound["report"].status, bound["value"]) == ("right", 3)  # type: ignore[attr-defined] # a report


def test_a_function_of_another_cell_stays_on() -> None:
    """Given functions may be called, also where the check compares with one: that can be an exercise's point."""
    assert said("def mine(a, b):\n    return product(a, b)", REFERENCE, CHECK)[0] == "right"


def test_what_holds_on_to_other_names_stays_on() -> None:
    """The code of a closure cannot be exchanged; it is left alone, and so is what is no function of Python."""
    number = 2

    def closure() -> int:
        return number

    with silence(), out_of_reach(closure), out_of_reach(len):
        assert closure() == 2
        assert len([1]) == 1
