"""Processes that have run an assignment's cells before: no mark and no secret depends on them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

from autograder.grading.sealed import Sealed

Run = Callable[..., dict[str, Any]]

CELLS = {
    "given-start": "import sys\ngiven = 7\nruns = sys.modules.setdefault('runs', [])\nruns.append('given')",
    "answer-square": "def square(x):\n    raise NotImplementedError",
    "test-square": "assert square(3) == 9\nprint('ran', len(runs))",
}
SOLVED = (
    CELLS["given-start"],
    "def square(x):\n    hidden_in_the_solution = x * x\n    return hidden_in_the_solution",
    "runs.append('test')\nleft_behind = 1\nassert square(3) == 9",
)
RIGHT = "def square(x):\n    return x**2"


def run_rehearsed(run: Run, answers: dict[str, str], *cells: str, **changed: str) -> dict[str, Any]:
    """Run a submission whose executor may rehearse these cells."""
    return run(CELLS | changed, answers, rehearsals={"n": cells or SOLVED})


def test_it_was_rehearsed(run: Run) -> None:
    """The tests' process has run given cells and tests before; this test would fail if it had not."""
    cells = run_rehearsed(run, {"answer-square": RIGHT})
    assert mark(cells["test-square"]) == 2.0
    assert "ran 3" in printed(cells["test-square"])


@pytest.mark.parametrize(
    ("answer", "wanted"), [(RIGHT, 2.0), ("square = lambda x: 2 * x", 0.0), ("", 0.0), ("square = 9", 0.0)]
)
def test_the_same_marks(run: Run, answer: str, wanted: float) -> None:
    """Rehearsed or not, an answer earns what it deserves; the solution's names are not left for it."""
    assert mark(run_rehearsed(run, {"answer-square": answer})["test-square"]) == wanted
    assert mark(run(CELLS, {"answer-square": answer})["test-square"]) == wanted


def test_names_are_forgotten(run: Run) -> None:
    """A name that a rehearsal binds is not there in the run, in neither process."""
    cells = run_rehearsed(
        run,
        {"answer-square": RIGHT + "\nprint('left_behind' in globals(), 'hint' in globals())"},
        **{"test-square": "assert 'left_behind' not in globals()\nassert square(3) == 9"},
    )
    assert mark(cells["test-square"]) == 2.0
    assert printed(cells["answer-square"]).strip() == "False False"


NAMED = {
    "plain-student": "from autograder import student, variant\nstudent('')",
    "given-variant": "v = variant('01-v', c=[2, 3, 5, 7])\nv.show('c is {c}')",
    "answer-c": "c = ...",
    "test-c": "assert c == v.c",
}


def test_nobody_was_drawn_for_before(run: Run) -> None:
    """Whose questions a rehearsal drew is forgotten: a student is told of no other name."""
    answers = {"plain-student": NAMED["plain-student"], "answer-c": "c = v.c"}
    cells = run(NAMED, answers, rehearsals={"n": (*NAMED.values(), "student('the instructor')")})
    assert printed(cells["plain-student"]).strip() == "Your questions are drawn for 'bob'."
    assert "drawn for 'bob'" in printed(cells["given-variant"])
    assert mark(cells["test-c"]) == 2.0


def test_the_student_has_no_solution(run: Run) -> None:
    """Everything that a student's process holds was given to the student: no solution and no test lies in it."""
    look = (
        "import gc, linecache\n"
        "gc.unfreeze()\n"
        "back = 'noitulos_eht_ni_neddih'\n"
        "texts = [''.join(entry[2]) for entry in linecache.cache.values() if len(entry) > 2]\n"
        "texts += [str(o) for o in gc.get_objects() if type(o) in (list, tuple, dict) and len(o) < 50]\n"
        "print(any(back[::-1] in text for text in texts), any('given = 7' in t for t in texts), len(texts) > 1000)\n"
        "print('runs', runs)\n"
    )
    cells = run_rehearsed(run, {"answer-square": f"{RIGHT}\n{look}"})
    assert "False True True" in printed(cells["answer-square"])
    assert "runs ['given', 'given']" in printed(cells["answer-square"])


THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
NATIVE = """
import ctypes
system = ctypes.CDLL(None)
system.pthread_create(ctypes.byref(ctypes.c_ulong()), None, system.pause, None)
"""


@pytest.mark.parametrize("threads", [THREAD, NATIVE], ids=["python", "native"])
def test_threads_are_not_forked(run: Run, sealed: Sealed, threads: str) -> None:
    """What has started threads, as some libraries do when they are imported, is no template."""
    assert mark(run_rehearsed(run, {"answer-square": RIGHT}, *SOLVED, threads)["test-square"]) == 2.0
    controls = sealed.zygotes[0].templates._controls
    assert [control for (role, cells), control in controls.items() if role == "trusted" and threads in cells] == [None]


@pytest.mark.parametrize(
    "trouble",
    [
        "import os\nos._exit(3)",
        "raise SystemExit",
        THREAD,
        "1 / 0",
        "def f(:",
    ],
)
def test_a_rehearsal_that_fails(run: Run, trouble: str) -> None:
    """Whatever an instructor's cells do while they are rehearsed, submissions are graded."""
    assert mark(run_rehearsed(run, {"answer-square": RIGHT}, *SOLVED, trouble)["test-square"]) == 2.0


def test_a_template_that_dies(run: Run, sealed: Sealed) -> None:
    """Where a template is gone, processes are forked from the warm one again."""
    assert mark(run_rehearsed(run, {"answer-square": RIGHT})["test-square"]) == 2.0
    controls = sealed.zygotes[0].templates._controls
    assert any(controls.values())
    for control in controls.values():
        if control:
            control.shutdown(2)  # what we see when it has been killed
    cells = run_rehearsed(run, {"answer-square": RIGHT})
    assert mark(cells["test-square"]) == 2.0
    assert "ran 1" in printed(cells["test-square"])
    controls.clear()


def test_they_are_bounded(run: Run, sealed: Sealed) -> None:
    """A worker that sees many assignments keeps the latest templates only."""
    for number in range(5):
        cells = run_rehearsed(run, {"answer-square": RIGHT}, *SOLVED, f"n = {number}", **{"given-n": f"n = {number}"})
        assert mark(cells["test-square"]) == 2.0
    assert len(sealed.zygotes[0].templates._controls) <= 6


def test_one_is_forgotten_while_its_fork_runs(run: Run, sealed: Sealed) -> None:
    """A process whose template goes away goes on."""
    answer = f"{RIGHT}\nimport time\ntime.sleep(2)"
    forget = threading.Timer(1, sealed.zygotes[0].templates.close)
    forget.start()
    cells = run_rehearsed(run, {"answer-square": answer})
    forget.join()
    assert mark(cells["test-square"]) == 2.0


TYPED = {
    "given-bowl": (
        "from autograder import check\nfrom autograder.checks import judged\n"
        "q = check.question(of='x @ A @ x', wrt='x', sizes={'x': 'n', 'A': 'n n'})"
    ),
    "answer-grad": "grad = '...'",
    "test-grad": "known = len(judged._reports)\nmark = q.formula(grad, points=2)\nprint('knew', known)\nmark",
}


def run_typed(run: Run, answer: str, changed: str = "", **more: str) -> dict[str, Any]:
    """Run a submission with a typed answer; with ``changed``, in other processes than those of another test."""
    return run(TYPED | more, {"answer-grad": f"grad = {answer!r}"}, rehearsals={"n": (changed, TYPED["given-bowl"])})


def test_what_one_has_judged_the_next_one_knows(run: Run) -> None:
    """A typed answer is judged in one submission's processes, and known in the next one's; the mark is its own."""
    seen = [run_typed(run, answer, "1")["test-grad"] for answer in ("2 * A @ x", "2 * A @ x", "(A + A.T) @ x")]
    assert [mark(cell) for cell in seen] == [0.0, 0.0, 2.0]
    known = [int(printed(cell).partition("knew ")[2].split()[0]) for cell in seen]
    assert known[1] == known[2] == known[0] + 1
    assert all("Right for a symmetric A" in printed(cell) for cell in seen[:2])


def test_the_student_knows_of_no_judgement(run: Run) -> None:
    """What was judged is known where tests run, and not in a student's process."""
    run_typed(run, "2 * A @ x", "2")
    answer = "grad = '2 * A @ x'\nprint('reports', judged._reports, judged._new)"
    cells = run(TYPED, {"answer-grad": answer}, rehearsals={"n": ("2", TYPED["given-bowl"])})
    assert "reports {} []" in printed(cells["answer-grad"])
    assert "knew 0" not in printed(cells["test-grad"])


@pytest.mark.parametrize("news", ["1", "[(1, 2)]", "[('key', ('right', 'Right.', 2.0, None, (), (), ()))]"])
def test_news_that_make_no_sense(run: Run, news: str) -> None:
    """Nonsense is learned by nobody and harms nobody."""
    spoilt = {"test-grad": f"judged.news = lambda: {news}\nq.formula(grad, points=2)"}
    for _ in range(2):
        assert mark(run_typed(run, "(A + A.T) @ x", news, **spoilt)["test-grad"]) == 2.0
    after = run_typed(run, "(A + A.T) @ x", news)["test-grad"]
    assert mark(after) == 2.0
    assert "ran" not in printed(after)
