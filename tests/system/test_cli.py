"""The ``mcourse`` command as a person meets it: help, sentences, exit statuses."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from autograder.cli import machine, main, screen
from autograder.cli.machine import Finding
from autograder.cli.sentences import Sentences, sentence
from autograder.cli.watch import changes
from autograder.grading.result import Grading

REPOSITORY = Path(__file__).parents[2]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def words(part: object) -> str:
    """What a test is called after."""
    return " ".join(part) if isinstance(part, list | tuple) else ""


@pytest.mark.parametrize(("path", "command"), list(commands()), ids=words)
def test_help_has_an_example(path: tuple[str, ...], command: click.Command) -> None:
    """The help of every command has an example, and the example is one that the command accepts."""
    shown = invoke(*path, "--help")
    assert shown.exit_code == 0
    example = re.search(r"Example:\n\s+mcourse (.+)\n", shown.output)
    assert example is not None
    typed = shlex.split(example[1])
    assert tuple(typed[: len(path)]) == path
    if not isinstance(command, click.Group):
        command.make_context(path[-1], typed[len(path) :])


def test_commands() -> None:
    """The commands that the course promises are there."""
    found = {" ".join(path) for path, _ in commands()}
    assert found == {
        "",
        "build",
        "collect",
        "demo",
        "doctor",
        "feedback",
        "grade",
        "lab",
        "new",
        "new unit",
        "roster",
        "verify",
    }


def test_help_is_quick() -> None:
    """Help loads nothing that takes long; the second command shows that this test can fail."""
    heavy = "sorted({'nbgrader', 'jupyterlab', 'numpy', 'sympy', 'matplotlib', 'rich'} & set(sys.modules))"
    code = f"import sys; from autograder.cli import main; main(['--help'], standalone_mode=False); print({heavy})"
    assert output_of("-c", code).endswith("[]\n")
    assert output_of("-c", f"import numpy; {code}").endswith("['numpy']\n")


def output_of(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "99_nothing"], "there is no such unit; there are"),
        (["verify", "02_gradients#02-nothing"], "there is no such exercise; there are"),
        (["verify", "09_hessian"], "09_hessian: there is no such unit; did you mean 09_hessians?"),
        (["verify", "09_hessians#09-produkt"], "there is no such exercise; did you mean 09_hessians#09-product?"),
        (["verify", "09-product"], "this is an exercise, not a unit; did you mean 09_hessians#09-product?"),
        (["lab", "09-hessian"], "There is no unit 09-hessian; did you mean 09_hessians?"),
        (["build", "09_hessians"], "build takes no unit, and got 09_hessians: it builds every unit that has changed"),
        (["new", "unit", "My Unit"], "a unit has a name such as 14_my_topic"),
        (["build", "--units", "/nowhere"], "/nowhere: there is no such folder"),
        (
            ["grade", "02_gradients", "--course", "/nowhere"],
            "/nowhere is no course directory; make one with",
        ),
    ],
    ids=words,
)
@pytest.mark.slow
def test_one_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    """What cannot be done is one sentence on stderr, without a stack trace, and a status that is not 0."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stdout + done.stderr


def test_outside_the_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from the course, the command says where it looked."""
    monkeypatch.chdir(tmp_path)
    result = invoke("build")
    assert result.exit_code == 1
    assert (
        result.stderr
        == f"Error: There is no course/units in {tmp_path} or above it; change to your copy of the course\n"
    )


def test_outside_the_course_another_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who grades a course of their own is told how to name it."""
    monkeypatch.chdir(tmp_path)
    for command in (("grade", "ps1"), ("roster", "a.csv"), ("collect", "ps1", "a.zip")):
        assert invoke(*command).stderr.endswith("or name a course directory: --course DIRECTORY\n")


def test_in_no_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the current directory was removed, a sentence says so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "cwd", lambda: Path("removed").resolve(strict=True))
    assert "Error: The current directory is gone" in invoke("build").stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.slow
def test_a_terminal_without_our_signs(encoding: str) -> None:
    """What a terminal cannot show is replaced there, and the command does its work."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "doctor"],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"should not have happened" not in done.stderr


def test_narrow_terminals_cut_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """In 40 columns a long name runs on in the next line, so that it can still be read."""
    name = "a-student-with-a-very-long-name-indeed"
    grading = Grading("02_gradients", failed={name: "its log is in .mcourse/logs/02_gradients/somebody.txt"})
    narrow = Console(width=40, file=io.StringIO())
    monkeypatch.setattr(screen, "console", narrow)
    screen.show_marks([grading])
    shown = narrow.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in shown
    first = "".join(line.split("│")[1].strip() for line in shown.splitlines() if "│" in line)
    assert first == name


def test_surprises_are_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours is a sentence too, says how to see more, and then shows it."""

    @click.group(cls=Sentences)
    def group() -> None:
        pass

    @group.command()
    def broken() -> None:
        raise ZeroDivisionError("division by zero")

    result = CliRunner().invoke(group, ["broken"])
    assert result.exit_code == 1
    assert (
        "should not have happened (ZeroDivisionError: division by zero); to see where, set MCOURSE_TRACEBACK=1"
        in result.stderr
    )
    monkeypatch.setenv("MCOURSE_TRACEBACK", "1")
    assert isinstance(CliRunner().invoke(group, ["broken"]).exception, ZeroDivisionError)


def test_interrupted() -> None:
    """Ctrl-C is answered with what to do."""

    @click.group(cls=Sentences)
    def group() -> None:
        pass

    @group.command()
    def slow() -> None:
        raise KeyboardInterrupt

    result = CliRunner().invoke(group, ["slow"])
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.startswith("Stopped before the end; run the same command again")


def test_files() -> None:
    """A file that cannot be opened is named."""
    assert (
        sentence(PermissionError(13, "Permission denied", "marks.csv"))
        == "marks.csv: permission denied; put that right, then run the same command again"
    )


def test_new_unit(tmp_path: Path) -> None:
    """A new unit is begun where it was asked for, and not over another; the command that is said next finds it."""
    begun = invoke("new", "unit", "14_my_topic", "--into", str(tmp_path))
    assert begun.exit_code == 0
    assert begun.stdout.endswith(f"mcourse verify 14_my_topic --units {tmp_path}\n")
    assert (tmp_path / "14_my_topic" / "exercises.md").is_file()
    again = invoke("new", "unit", "14_my_topic", "--into", str(tmp_path))
    assert again.exit_code == 1
    assert "this folder is there already; choose another name" in again.stderr


@pytest.mark.parametrize(("needed", "status"), [(True, 1), (False, 0)])
def test_doctor(monkeypatch: pytest.MonkeyPatch, needed: bool, status: int) -> None:
    """The doctor fails where something is missing that the course needs, and says what to do in either case."""
    monkeypatch.setattr(machine, "examine", lambda: [Finding("alembic", "", "install it", needed)])
    result = invoke("doctor")
    assert result.exit_code == status
    assert "install it" in result.stdout


def test_doctor_shows_whole_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a program was found is said to its end, however narrow the terminal is."""
    path = "/a/long/way/to/a/folder/that/is/deep/inside/others/share/jupyter/kernels"
    monkeypatch.setattr(machine, "examine", lambda: [Finding("kernel", path, "", True)])
    out = shown(monkeypatch, False, width=40)
    invoke("doctor")
    assert "".join(re.findall(r"[a-z/]+(?= *│$)", out.getvalue(), re.MULTILINE)) == path


@pytest.mark.slow
def test_doctor_here() -> None:
    """On a machine that runs these tests nothing that is needed is missing."""
    assert [finding.name for finding in machine.examine() if finding.needed and not finding.ok] == []


def test_doctor_misses_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the kernel that notebooks name no work can be graded: it is needed, and told how to make."""
    monkeypatch.setattr("jupyter_client.kernelspec.find_kernel_specs", dict)
    monkeypatch.setattr(machine, "_isolation", lambda: ())
    (found,) = (finding for finding in machine.examine() if finding.name == "kernel python3")
    assert found.needed
    assert not found.ok
    assert "ipykernel install" in found.advice


@pytest.mark.slow
def test_doctor_tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox program that is there but does not work is no isolation; the other way is named, and tried."""
    program = tmp_path / "bwrap"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 9.9\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "linux")
    found = {finding.name: finding for finding in machine.examine()}
    assert not found["isolation"].ok
    assert "namespaces, which this machine does not allow" in found["isolation"].advice
    assert "mcourse grade --isolation process" in found["isolation"].advice
    assert found["a try to see a test"].ok
    assert "student code may do what you may" in found["a try to read a file of yours"].advice
    assert not found["a try to read a file of yours"].needed


def test_watch(tmp_path: Path) -> None:
    """Watching yields at once, and again when a text has changed, even while an editor replaces it."""
    text = tmp_path / "exercises.md"
    text.write_text("1")
    watching = changes([tmp_path], pause=0)
    next(watching)
    time.sleep(0.01)
    text.write_text("2")
    next(watching)
    (tmp_path / "broken.md").symlink_to(tmp_path / "gone.md")
    next(watching)


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of one unit that was just begun, with the command's directory in it."""
    (tmp_path / "course" / "units").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert invoke("new", "unit", "14_my_topic").exit_code == 0
    return tmp_path / "course" / "units" / "14_my_topic" / "exercises.md"


@pytest.mark.slow
def test_verify(begun: Path) -> None:
    """A unit that keeps its contract is shown and passes; a mistake with the wrong name fails with its line."""
    good = invoke("verify", "14_my_topic", "--seeds", "2", "--jobs", "1")
    assert good.exit_code == 0, good.output
    assert "14-half-square" in good.stdout
    text = begun.read_text()
    begun.write_text(text.replace(":expect: doubled", ":expect: sign"))
    bad = invoke("verify", "--seeds", "2", "--jobs", "1")
    assert bad.exit_code == 1
    line = 1 + text[: text.index(":expect: doubled")].count("\n")
    named = [int(number) for number in re.findall(r"exercises\.md:(\d+): ", bad.stdout)]
    assert len(named) == 1
    assert abs(named[0] - line) <= 3
    assert bad.stderr == "Error: 1 to mend; each is above with its line\n"


WEAK = """\
check.equal(
    lambda x, a: np.abs(grad_half_square(x, a)),
    to=lambda x, a: np.abs((a @ x) * a),
    sizes={"x": "n", "a": "n"},
    points=2,
)
"""


@pytest.mark.slow
def test_verify_shows_a_weak_check(begun: Path) -> None:
    """A check that a wrong sign passes fails the course; the change that shows it is printed with its line."""
    text = begun.read_text()
    test = next(line for line in text.splitlines() if ".derivative(grad_half_square" in line)
    begun.write_text(text.replace(test, WEAK))
    found = invoke("verify", "--seeds", "2", "--jobs", "1")
    assert found.exit_code == 1
    assert "(sign of the whole) earns full marks, and nothing proves it right" in found.stdout
    lines = [line.strip() for line in found.stdout.splitlines()]
    assert any(a.startswith("-return ") and b.startswith("+return -(") for a, b in pairwise(lines)), found.stdout


@pytest.mark.slow
def test_verify_shows_mutants(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All mutants are shown on request; a share of names that is asked for and not reached fails the command."""
    good = invoke("verify", "--seeds", "2", "--jobs", "1", "--mutants")
    assert good.exit_code == 0, good.output
    assert "named sign, line" in good.stdout
    assert re.search(r"\d+ of \d+ mutants of the solutions run: \d+ refused, ", good.stdout)
    assert begun.is_file()
    monkeypatch.setattr("autograder.authoring.mutation.Mutation.share", 0.9)  # all mutants of a new unit are named
    bad = invoke("verify", "--seeds", "2", "--jobs", "1", "--named", "100")
    assert bad.exit_code == 1
    assert "of the mutants refused as wrong are named, and 100% are asked for" in bad.stderr


def shown(monkeypatch: pytest.MonkeyPatch, terminal: bool, width: int = 200) -> io.StringIO:
    """Let the screen be a file, or a terminal that writes into one."""
    out = io.StringIO()
    monkeypatch.setattr(screen, "console", Console(file=out, force_terminal=terminal, width=width, highlight=False))
    return out


def test_progress_in_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal a line now and then says how far it is and how long it will take, and one ends it."""
    out, seconds = shown(monkeypatch, False), iter([0.0, 1.0, 5.0, 7.0, 20.0])
    lines = screen._Lines("grading ps1", clock=lambda: next(seconds))
    for done, who in enumerate(["ada", "[bob]", "cy", "dan"], start=1):
        lines.step(who, done, 4)
    assert out.getvalue().splitlines() == ["grading ps1: 2 of 4, about 5 s left, [bob]", "grading ps1: 4 of 4 in 20 s"]


def test_progress_without_a_terminal_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to a log has no control characters."""
    out = shown(monkeypatch, False)
    with screen.progress("feedback") as step:
        step("ada", 1, 1)
    assert out.getvalue() == "feedback: 1 of 1 in 0 s\n"


def test_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a bar says how many are done, who is done, and how long it will take; a name is only text."""
    out = shown(monkeypatch, True)
    with screen.progress("grading ps1") as step:
        step("[red]ada", 1, 2)
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", out.getvalue())
    assert "1/2" in text
    assert "left" in text
    assert "[red]ada" in text


def test_progress_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is little room the bar gets shorter, and the times are whole."""
    out = shown(monkeypatch, True, width=60)
    with screen.progress("grading 02_gradients") as step:
        step("ada", 5, 60)
        step("bob", 6, 60)
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", out.getvalue())
    assert re.search(r" 6/60 0:00:00 left \S*:\S\S:\S\S bob", text)


def test_other_version_on_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table on the screen says whose work was made with another version."""
    out = shown(monkeypatch, False)
    screen.show_marks([Grading("ps1", graded=("ada",), scores={"ada": 1.0}, versions={"ada": "0.0.1"})])
    assert "ps1 was made with mcutils 0.0.1" in out.getvalue()
