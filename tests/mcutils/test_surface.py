"""What ``import mcutils`` brings: few names, each with its contract, and no heavy library."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import mcutils

HEAVY = ["sympy", "matplotlib", "nbgrader", "dask", "jupyter_server", "IPython", "scipy"]
SYMBOLIC = {"parse", "differentiate", "equivalent", "namespace"}
ROOT = Path(__file__).parents[2]


def loaded_by(statement):
    """The heavy libraries, and parts of our own packages, that a fresh interpreter has loaded after a statement."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    modules = json.loads(run.stdout)
    return [name for name in modules if name in HEAVY or name.startswith(("mcutils.figures", "mcutils._symbolic"))]


def test_importing_mcutils_loads_nothing_heavy():
    """NumPy only; figures and symbols are for those who ask for them."""
    assert loaded_by("import mcutils") == []


def test_differentiating_loads_nothing_heavy():
    """Nothing is put off until the first call either."""
    assert loaded_by("import mcutils; mcutils.hessian(lambda x: x @ x, [1.0, 2.0])") == []


@pytest.mark.parametrize("library", ["sympy", "matplotlib", "IPython"])
def test_a_heavy_import_would_be_seen(library):
    """The test above can fail: the same look finds a library that is loaded."""
    assert library in loaded_by(f"import mcutils, {library}")


def test_there_are_few_names():
    """24 at most, counting the four of the symbolic part, so that they fit on one page."""
    assert len(set(mcutils.__all__) | SYMBOLIC) <= 24
    assert len(set(mcutils.__all__)) == len(mcutils.__all__)


@pytest.mark.parametrize("name", mcutils.__all__)
def test_each_name_has_a_contract(name):
    """A docstring; for a function also what goes in, what comes out, what is raised, and an example that runs."""
    thing = getattr(mcutils, name)
    assert thing.__doc__
    if not isinstance(thing, type):
        for part in ("Args:", "Returns:", "Raises:", ">>> "):
            assert part in thing.__doc__


def test_nothing_else_is_public():
    """A name without an underscore is in __all__, or a module of figures; symbolic names come when asked for."""
    public = {name for name in vars(mcutils) if name[0].isalpha()}
    assert public - {"figures"} == set(mcutils.__all__) - SYMBOLIC


def test_the_version_is_written_in_one_place():
    """Packaging reads it from the module."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"]["path"] == "mcutils/__init__.py"
    assert mcutils.__version__
