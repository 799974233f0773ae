"""Exercises that vary: what their text must keep, and that they are tried for every value that can be drawn."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.authoring.contract import verify_exercise
from autograder.authoring.model import AuthoringError
from autograder.authoring.notebooks import source_notebook
from autograder.authoring.units import read_unit
from autograder.authoring.variation import drawing_for, students, variation
from autograder.checks.variants import drawn

VARIED = Path(__file__).parent / "varied" / "42_varied"
CALL = 'variant("42-bowl", c=[2, 3, -5])'
OF = 'bowl_question = check.question(of=bowl("x @ A @ x + {c} * (b @ x)"), wrt="x"'
SHOW = "bowl.show(f=bowl_question)"


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], Path]:
    """A function that copies the varied unit with one piece of its text replaced, and returns the folder."""

    def change(old: str, new: str) -> Path:
        folder = Path(shutil.copytree(VARIED, tmp_path / "42_varied"))
        text = (folder / "exercises.md").read_text(encoding="utf-8")
        assert old in text
        (folder / "exercises.md").write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return change


def test_the_varied_unit_keeps_the_contract() -> None:
    """A solution that uses what was drawn is right for everybody, and so is the name of each mistake."""
    unit = read_unit(VARIED)
    assert [verify_exercise(unit.name, unit.common, exercise, 3).problems for exercise in unit.exercises] == [(), ()]


def test_students_draw_everything_between_them() -> None:
    """At least five students, and each value of each keyword is drawn by one of them; without a variant one will do."""
    varied, same = read_unit(VARIED).exercises
    found = variation(varied)
    assert found is not None
    assert len(students(varied)) >= 5
    assert {dict(drawn(varied.id, name, found.choices))["c"] for name in students(varied)} == {2, 3, -5}
    assert students(same) == ("",)


def test_a_solution_that_is_right_in_one_variant_only(changed: Callable[[str, str], Path]) -> None:
    """What holds for some students and not for others is found, with the name of one for whom it does not."""
    unit = read_unit(changed("@ x + bowl.c * b\n    ### END", "@ x + 3 * b\n    ### END"))
    problem = next(p for p in verify_exercise(unit.name, unit.common, unit.exercises[0], 3).problems)
    assert "with the solution, this test gives 1 of 3" in str(problem)
    assert re.search(r"\(in the variant of 'student \d+'\)$", str(problem))


def test_a_mistake_that_has_its_name_in_one_variant_only(changed: Callable[[str, str], Path]) -> None:
    """A listed mistake must have its name in every variant."""
    unit = read_unit(
        changed(
            "return 2 * A @ x + bowl.c * b",
            "return 2 * A @ x + bowl.c * b if bowl.c > 0 else -(A + A.T) @ x - bowl.c * b",
        )
    )
    messages = [str(p) for p in verify_exercise(unit.name, unit.common, unit.exercises[0], 3).problems]
    assert len(messages) == 1
    assert "expected not-symmetrised" in messages[0]


def test_verifying_leaves_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever verifies keeps the name that was set before, or none."""
    monkeypatch.setenv("MC_STUDENT", "ada")
    with drawing_for("eve"):
        assert os.environ["MC_STUDENT"] == "eve"
    assert os.environ["MC_STUDENT"] == "ada"
    monkeypatch.delenv("MC_STUDENT")
    with drawing_for("eve"):
        pass
    assert "MC_STUDENT" not in os.environ


REFUSED = {
    "outside exercises": (
        "from autograder import check, variant",
        "from autograder import check, variant\n\nv = variant('42-bowl', c=[1, 2])",
        "a variant belongs to one exercise",
    ),
    "in an answer": ("typed_bowl = bowl(", f"typed_bowl = {CALL}(", "a variant is drawn in a given cell"),
    "two": (SHOW, f"other = {CALL}\n{SHOW}", "an exercise has one variant"),
    "no name": (f"bowl = {CALL}", f"bowl = {CALL}, 2", "give the variant a name"),
    "another exercise": (
        'variant("42-bowl"',
        'variant("42-same"',
        "begins with its exercise's name, here variant('42-bowl'",
    ),
    "nothing varies": (", c=[2, 3, -5]", "", "say what varies, each by its name"),
    "unpacked": ("c=[2, 3, -5]", "**{'c': [2, 3, -5]}", "say what varies, each by its name"),
    "one value": ("c=[2, 3, -5]", "c=[2, 2]", "c needs a list of at least two different values"),
    "computed": ("c=[2, 3, -5]", "c=list(range(5))", "c needs a list of at least two different values"),
    "never shown": (SHOW, "", r"nobody sees what was drawn; end this cell with bowl.show(f=...)"),
    "parameters": ('"b": "n"})', 'bowl("b"): "n"})', "must be the same for everybody"),
    "parameters at a distance": (
        f'{OF}, sizes={{"x": "n", "A": "n n", "b": "n"}})',
        f'letters = {{"x": "n", "A": "n n", bowl("b"): "n"}}\n{OF}, sizes=letters)',
        "sizes= depends on the variant",
    ),
    "an answer": (
        "bowl_question.formula(typed_bowl, points=1)",
        "check.equal(typed_bowl, to=lambda: bowl.c, points=1)",
        "a variant draws the question and never its answer",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_stand(changed: Callable[[str, str], Path], name: str) -> None:
    """Each way to give an answer away, or to let code of one variant fail in another, is refused with its line."""
    old, new, message = REFUSED[name]
    with pytest.raises(AuthoringError, match=re.escape(message)) as refused:
        read_unit(changed(old, new))
    assert refused.value.line is not None


def test_the_notebook_asks_for_a_name_where_questions_vary(tiny) -> None:
    """A cell for the learner's name follows the imports where a question varies, and stands nowhere else."""
    assert '"id": "42_varied-student"' in source_notebook(read_unit(VARIED))
    assert "student(" not in source_notebook(tiny)
