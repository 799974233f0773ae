"""Binder's steps, done here: install the lock, run postBuild, start JupyterLab through ``start``, open the lesson."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from servers import Server, running

REPOSITORY = Path(__file__).parents[2]
LOCK = (REPOSITORY / "binder" / "requirements.txt").read_text()
PINS = [Requirement(line) for line in LOCK.splitlines()]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def test_lock_names_no_place() -> None:
    """The lock pins everything and names no index and no folder, so it installs anywhere and Binder can cache it."""
    lines = LOCK.splitlines()
    assert [line for line in lines if not re.match(r"[a-z0-9._-]+==[^ ]+( ; .+)?$", line, re.IGNORECASE)] == []


def test_lock_is_complete() -> None:
    """Everything that pyproject.toml asks for is in the lock, in a version that it accepts."""
    locked = {pin.name.lower().replace("_", "-"): pin for pin in PINS}
    for text in chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
        wanted = Requirement(text)
        pin = locked[wanted.name.lower().replace("_", "-")]
        assert wanted.specifier.contains(next(iter(pin.specifier)).version), text


def test_lock_is_what_is_tested() -> None:
    """The tests run with the versions of the lock."""
    from importlib.metadata import version

    here = default_environment()
    pins = [pin for pin in PINS if pin.marker is None or pin.marker.evaluate(here)]
    assert {pin.name: version(pin.name) for pin in pins if not pin.specifier.contains(version(pin.name))} == {}


def test_start_limits_threads() -> None:
    """``start`` limits BLAS to one thread and runs what it is given, arguments untouched."""
    start = REPOSITORY / "binder" / "start"
    command = [start, "sh", "-c", 'echo $OMP_NUM_THREADS "$1"', "-", "a  b"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "1 a  b\n"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files, as Binder would clone them."""
    folder = tmp_path_factory.mktemp("binder") / "course"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((REPOSITORY / name).read_bytes())
            (folder / name).chmod((REPOSITORY / name).stat().st_mode)
    return folder


@pytest.mark.slow
def test_repo2docker_accepts(copy: Path) -> None:
    """repo2docker (which needs no Docker for this) takes the folder, its Python, its lock, postBuild and start."""
    command = [Path(sys.executable).parent / "jupyter-repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    said = done.stdout
    for words in ("python=3.11", '-r "binder/requirements.txt"', "RUN ./binder/postBuild", "/binder/start"):
        assert words in said
    first = said.index('-r "binder/requirements.txt"')
    assert "COPY --chown=0:0 src/ " not in said[:first], "the lock must install before the rest is copied, to be cached"


@dataclass(frozen=True)
class Image:
    """What Binder would have built.

    Args:
        folder: the copy of the course.
        bin: the programs of its own environment.
        environ: the variables that its programs see.
    """

    folder: Path
    bin: Path
    environ: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def image(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """A fresh environment with the lock installed and postBuild run in it."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home / "venv", with_pip=True)
    programs = home / "venv" / "bin"
    foreign = ("JUPYTER", "IPYTHON", "PYTHON", "VIRTUAL")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    own = {f"JUPYTER_{part}_DIR": str(home / part.lower()) for part in ("CONFIG", "DATA", "RUNTIME")}
    environ = kept | own | {"IPYTHONDIR": str(home / "ipython"), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    image = Image(copy, programs, environ)
    install = ("-m", "pip", "install", "--quiet", "--no-compile")  # compiling what nobody imports is half of the time
    image.run(str(programs / "python"), *install, "-r", "binder/requirements.txt")
    image.run("./binder/postBuild")
    return image


@pytest.fixture(scope="module")
def server(image: Image) -> Iterator[Server]:
    """A JupyterLab that was started the way Binder starts it."""
    with running(["./binder/start", "jupyter", "lab", "--ip=127.0.0.1"], image.folder, image.environ) as lab:
        yield lab


@pytest.mark.slow
def test_page(server: Server) -> None:
    """The page that opens is JupyterLab on the first lesson, and its news pop-up is off."""
    assert server.page_config("/lab/tree/learn/00_start/lesson.ipynb")["treePath"] == "learn/00_start/lesson.ipynb"
    assert server.news_are_off()


@pytest.mark.slow
def test_lesson_is_there(server: Server) -> None:
    """The learner's first notebook is where the README says, and exercises come without solutions."""
    lesson = json.loads(server.fetch("/api/contents/learn/00_start/lesson.ipynb"))
    assert lesson["type"] == "notebook"
    exercises = server.fetch("/api/contents/learn/00_start/exercises.ipynb")
    assert "BEGIN SOLUTION" not in exercises


@pytest.mark.slow
def test_lesson_runs(image: Image) -> None:
    """The first lesson runs from top to bottom in Binder's environment."""
    image.run("jupyter", "execute", "learn/00_start/lesson.ipynb")
