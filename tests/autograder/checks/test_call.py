"""Whatever a learner's function does, the learner gets one sentence."""

import logging
import os
import random
import signal
import subprocess
import sys
import warnings

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import mcutils
from autograder.checks.call import Unreadable, call
from autograder.checks.derivative import check_derivative
from autograder.checks.question import question

ARGS = (np.array([1.0, 2.0, 3.0]), np.arange(9.0).reshape(3, 3))
NAMES = ("x", "A")


def raises(x, A):
    return A @ np.ones(4)


def changes_its_input(x, A):
    view = x[:]
    view *= 2
    return view


def never_ends(x, A):
    while True:
        pass


def leaves(x, A):
    raise SystemExit("bye")


class AlwaysEqual(np.ndarray):
    """An array that equals everything."""

    def __eq__(self, other):
        return True


UNREADABLE = [
    (
        raises,
        r"raises stopped in the line `return A @ np.ones\(4\)` with shapes that do not fit: `@` sums over one axis of "
        r"both sides, and here one has 3 entries and the other 4\. It was called with x \(3,\), A \(3, 3\)",
    ),
    (lambda x, A: x + np.ones(4), r"entry by entry, \(3,\) and \(4,\) cannot be combined"),
    (lambda x, A: 1 / 0, r"stopped in the line `.*` with ZeroDivisionError: division by zero"),
    (lambda x, A: None, r"your function returned None"),
    (lambda x, A: ..., r"Not filled in yet"),
    (lambda x, A: x + ..., r"A blank `\.\.\.` is still there: fill it in too"),
    (lambda x, A: A @ ..., r"with `@` beside a number or a blank `\.\.\.`: it multiplies arrays"),
    (lambda x, A: A @ 2.0, r"with `@` beside a number or a blank"),
    (lambda x, A: "2x", r"your function returned a str"),
    (lambda x, A: [1.0, 2.0, 3.0], r"returned a list\. Make it an array"),
    (lambda x, A: mcutils.slope(np.sum, x, x), r"a pair of a slope and its error.*mc\.slope\(\.\.\.\)\.value"),
    (lambda x, A: 1j * x, r"returned complex numbers"),
    (lambda x, A: x.astype(object), r"dtype object"),
    (lambda x, A: x.astype(str), r"dtype <U32"),
    (lambda x, A: x > 0, r"dtype bool"),
    (lambda x, A: x.view(AlwaysEqual), r"returned an AlwaysEqual"),
    (lambda x, A: np.matrix(A), r"returned a matrix"),
    (changes_its_input, r"changed its argument x, .* x = x\.copy\(\)"),
    (leaves, r"stopped in the line `raise SystemExit\(\"bye\"\)` with SystemExit: bye"),
    (lambda x: x, r"calls answer\(x, A\) with 2 arguments"),
    (..., r"Not filled in yet"),
    (None, r"The answer is a NoneType; the check calls a function: def answer\(x, A\)"),
    (np.ones(3), r"The answer is a ndarray|The answer is an ndarray"),
    (AlwaysEqual, r"the class AlwaysEqual"),
]


@pytest.mark.parametrize(("answer", "sentence"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_is_told_in_one_sentence(answer, sentence):
    """The sentence says what came and what to do, and shows nothing of ours."""
    with pytest.raises(Unreadable, match=sentence) as caught:
        call(answer, ARGS, NAMES)
    assert "autograder" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_call_that_never_ends_is_stopped():
    """An endless loop costs its time limit and nothing more."""
    with pytest.raises(Unreadable, match=r"never_ends did not finish within 0\.05 seconds"):
        call(never_ends, ARGS, NAMES, seconds=0.05)


def test_integers_are_numbers():
    """An integer array of the right values is an answer like any other."""
    assert call(lambda x, A: np.eye(3, dtype=int), ARGS, NAMES).dtype == np.float64


def test_the_callers_arrays_are_never_the_learners():
    """What the learner gets is a copy; what the learner returns is copied too."""
    kept = {}

    def answer(x, A):
        kept["x"] = x
        return x

    result = call(answer, ARGS, NAMES)
    assert kept["x"] is not ARGS[0]
    assert not np.shares_memory(result, kept["x"])


def test_printing_and_warning_stay_silent(capsys):
    """Text on stderr would cost the mark, so none gets there."""

    def noisy(x, A):
        print("hello")
        return np.log(-np.abs(x))

    call(noisy, ARGS, NAMES)
    assert capsys.readouterr() == ("", "")


def test_streams_kept_by_a_logger_and_descriptors_are_silent_too(capfd):
    """A handler made before the call, a write to the descriptor, a child process: nothing gets through."""
    handler = logging.StreamHandler()

    def noisy(x, A):
        os.write(2, b"to the descriptor")
        subprocess.run(["sh", "-c", "echo child >&2"], check=True)
        return x

    assert call(noisy, ARGS, NAMES).tolist() == [1, 2, 3]
    assert capfd.readouterr() == ("", "")
    handler.emit(logging.makeLogRecord({"msg": "afterwards all is as before"}))
    assert "as before" in capfd.readouterr().err


@pytest.mark.slow
def test_in_a_real_kernel_a_logging_answer_writes_nothing_to_stderr():
    """nbgrader gives nothing for a cell with text on stderr, and a handler keeps the kernel's own stream."""
    source = """
import logging, sys
logging.basicConfig()
err = sys.stderr
from autograder import check
def double(x):
    logging.warning("careful"); err.write("kept"); print("printed")
    return 2 * x
check.equal(double, to=lambda x: 2 * x, sizes={"x": "n"}, points=2)
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    outputs = NotebookClient(notebook, kernel_name="python3").execute().cells[0].outputs
    assert [output.output_type for output in outputs] == ["display_data", "execute_result"]
    assert outputs[-1].data["text/plain"] == "2.0"


class Farewell(BaseException):
    """What ``except Exception`` lets through."""


async def waits(x, A):
    return x


def test_exceptions_of_every_kind_are_told():
    """An exception that is no Exception, too; only Ctrl-C is left to the person at the keyboard."""

    def raising(error):
        def answer(x, A):
            raise error

        return answer

    for error in (Farewell(), GeneratorExit()):
        with pytest.raises(Unreadable, match=type(error).__name__):
            call(raising(error), ARGS, NAMES)
    with pytest.raises(KeyboardInterrupt):
        call(raising(KeyboardInterrupt()), ARGS, NAMES)


def test_a_coroutine_is_told_and_warns_nobody(recwarn):
    """Left alone it would write to stderr that nobody awaited it, which costs the mark."""
    with pytest.raises(Unreadable, match="without `async`"):
        call(waits, ARGS, NAMES)
    assert not recwarn.list


def meddles(x, A):
    np.seterr(all="raise")
    np.set_printoptions(precision=2)
    np.random.seed(1)
    random.seed(1)
    os.environ["MC_SEED"] = "mine"
    os.chdir("/")
    sys.setrecursionlimit(sys.getrecursionlimit() + 7)
    warnings.simplefilter("error")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    np.max = np.linalg.norm = lambda *args, **options: 0.0
    return x


def around():
    """Everything that code can change for others in its process, as far as it is put back."""
    return (
        *(np.geterr(), np.get_printoptions(), np.random.get_state()[1].tobytes(), random.getstate()),
        *(dict(os.environ), os.getcwd(), sys.getrecursionlimit(), list(warnings.filters), sys.stdout, sys.stderr),
        *(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM), np.max, np.linalg.norm),
    )


def test_a_check_leaves_the_session_as_it_was():
    """What an answer changes for everybody is put back, whether it returns or raises."""
    before = around()
    call(meddles, ARGS, NAMES)
    assert around() == before
    with pytest.raises(Unreadable):
        call(lambda x, A: meddles(x, A) + A @ np.ones(9), ARGS, NAMES)
    assert around() == before


def test_a_comparison_that_an_answer_patches_is_still_ours():
    """Binding np.max to a function that returns 0 made every answer right."""
    bowl = question(lambda x: x @ x, "x", {"x": "n"})
    assert check_derivative(bowl, lambda x: meddles(x, x) * 0).status == "wrong"


def test_an_alarm_that_was_set_is_kept():
    """A clock that runs already, such as a test's own, goes on when the call is over."""
    signal.setitimer(signal.ITIMER_REAL, 500)
    try:
        call(lambda x, A: x, ARGS, NAMES)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 100
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_a_huge_array_is_refused_by_its_shape():
    """A view of a billion entries is told its shape; nobody copies it."""
    stated = question(lambda x: x @ x, "x", {"x": "n"})
    report = check_derivative(stated, lambda x: np.broadcast_to(1.0, (10**5, 10**5)))
    assert report.status == "wrong"
    assert "Got (100000, 100000); x is (n,), and a gradient has x's shape" in report.message


def test_a_text_that_cannot_be_read_gets_the_parsers_sentence_alone():
    """Who types a formula never sees the line of the notebook that turns it into a function."""

    def typed(x, A):
        return mcutils.parse("A.T x", {"x": "n", "A": "n n"}).compile()(x, A)

    with pytest.raises(Unreadable, match=r"^between A\.T and x a sign is missing; write A\.T @ x\.$"):
        call(typed, ARGS, NAMES)
