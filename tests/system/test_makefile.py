"""The Makefile on machines that are not ready, and what it removes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
OLD = '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.6 && exit 0\nexit 1\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the Makefile, with what it rests on, in a folder of its own."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path / "Makefile")
    (tmp_path / "binder").mkdir()
    for name in ("pyproject.toml", "binder/requirements.txt"):
        (tmp_path / name).touch()
    return tmp_path


def make(folder: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    outer = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")  # these tests may themselves be run by make
    environ = {key: value for key, value in os.environ.items() if key not in outer} | ({"PATH": path} if path else {})
    return subprocess.run(["make", *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False)


def programs(folder: Path, **pythons: str) -> str:
    """A PATH with make, a shell, and only these Pythons."""
    place = folder / "programs"
    place.mkdir()
    for name in ("make", "sh", "touch", "rm"):
        (place / name).symlink_to(str(shutil.which(name)))
    for name, text in pythons.items():
        (place / name.replace("_", ".")).write_text(text)
        (place / name.replace("_", ".")).chmod(0o755)
    return str(place)


def test_old_python(folder: Path) -> None:
    """Where every Python is too old, the first words are which one there is and which one is needed."""
    done = make(folder, "demo", path=programs(folder, python3=OLD))
    assert done.returncode != 0
    assert done.stderr.startswith("This needs Python 3.11 or newer, but python3 is Python 3.9.6; install a newer one,")
    assert not (folder / ".venv").exists()


def test_chosen_old_python(folder: Path) -> None:
    """A Python that was chosen and is too old is refused by its name."""
    path = programs(folder, python3=OLD, python3_9=OLD)
    done = make(folder, "demo", "PYTHON=python3.9", path=path)
    assert "python3.9 is Python 3.9.6; Python 3.11 or newer is needed" in done.stderr


def test_newer_python_beside_an_old_one(folder: Path) -> None:
    """Where python3 is too old but a newer one stands beside it, that one is taken."""
    path = programs(folder, python3=OLD, python3_12="#!/bin/sh\nexit 0\n")
    (folder / "show.mk").write_text("include Makefile\nshow:\n\t@:; echo $(PYTHON)\n")
    done = make(folder, "-f", "show.mk", "show", path=path)
    assert done.stdout == "python3.12\n", done.stderr


def test_clean_keeps_work(folder: Path) -> None:
    """Cleaning removes what can be made again, never a learner's notebooks or what students handed in."""
    theirs = ["build/course/submitted/ada/x.ipynb", "learn/00_start/lesson.ipynb"]
    for name in (*theirs, "build/demo/gradebook.db", ".venv/ready"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).touch()
    assert "build/course holds submissions and is kept" in make(folder, "clean").stdout
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert left == ["Makefile", "binder/requirements.txt", *theirs, "pyproject.toml"]
    shutil.rmtree(folder / "build" / "course" / "submitted")
    make(folder, "clean")
    assert not (folder / "build" / "course").exists()


LOG = '#!/bin/sh\necho "$0 $@" >>asked\n'
UV = "pip install --quiet -r binder/requirements.txt"
PIP = "-m pip install --quiet --disable-pip-version-check"


@pytest.mark.parametrize(
    ("uv", "asked"),
    [
        ("works", [f"uv {UV}", "uv pip install --quiet --no-deps -e ."]),
        ("fails", [f"uv {UV}", f"python {PIP} --no-compile -r binder/requirements.txt"]),
        ("absent", [f"python {PIP} --only-binary :all: uv", f"python {PIP} --no-compile -r binder/requirements.txt"]),
    ],
)
def test_what_installs(folder: Path, uv: str, asked: list[str]) -> None:
    """uv installs the lock; where it fails or cannot be had, pip does."""
    path, own = programs(folder), folder / ".venv" / "bin"
    own.mkdir(parents=True)
    (own / "python").write_text(LOG)
    if uv != "absent":
        (own / "uv").write_text(f"{LOG}exit {int(uv == 'fails')}\n")
    for program in own.iterdir():
        program.chmod(0o755)
    done = make(folder, ".venv/ready", path=path)
    assert done.returncode == 0, done.stderr
    assert (folder / ".venv" / "ready").exists()
    lines = [line.removeprefix(".venv/bin/") for line in (folder / "asked").read_text().splitlines()]
    assert lines[:2] == asked
    assert lines[-1].startswith("python -m compileall")
    assert ("pip installs it" in done.stdout) == (uv != "works")


NEEDED = "bubblewrap postgresql"
LEFT_OUT = f"Tests that need {NEEDED} are left out; on Debian and Ubuntu: apt-get install {NEEDED}\n"
UPDATE, INSTALL = "-qq update\n", f"-qq install -y {NEEDED}\n"


@pytest.mark.parametrize(
    ("user", "works", "asked", "said"),
    [(0, True, UPDATE + INSTALL, ""), (0, False, UPDATE, LEFT_OUT), (1000, True, "", LEFT_OUT)],
)
def test_what_the_system_lacks(folder: Path, user: int, works: bool, asked: str, said: str) -> None:
    """Root installs what tests need of the system; where that cannot be, one line says which tests are left out."""
    log = folder / "asked"
    log.touch()
    path = programs(folder, id=f"#!/bin/sh\necho {user}\n")
    (folder / "programs" / "ls").symlink_to(str(shutil.which("ls")))
    installer = folder / "programs" / "apt-get"
    installer.write_text(f'#!/bin/sh\necho "$@" >>"{log}"\nexit {0 if works else 100}\n')
    installer.chmod(0o755)
    done = make(folder, "system", f"POSTGRESQL={folder}", path=path)
    assert (done.returncode, done.stderr, log.read_text()) == (0, said, asked)


def test_what_the_system_has(folder: Path) -> None:
    """Where everything is there, nothing is said and nobody asked."""
    there = "#!/bin/sh\nexit 1\n"
    done = make(folder, "system", path=programs(folder, bwrap=there, initdb=there, id=there))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_ci_calls_make_test() -> None:
    """Continuous integration runs what a person runs."""
    script = REPOSITORY / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("exec make test")
