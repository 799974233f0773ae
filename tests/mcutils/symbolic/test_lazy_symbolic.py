"""The symbolic half is public but loads only when it is first used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import mcutils


@pytest.mark.parametrize(("use", "loaded"), [("mcutils.vec", "False"), ("mcutils.parse", "True")])
def test_import_mcutils_loads_no_engine(use, loaded):
    """`import mcutils` brings in neither the engine nor opt_einsum; using `parse` does (so this test can fail)."""
    code = f"import sys, mcutils; {use}; print('opt_einsum' in sys.modules, 'mcutils._symbolic' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [loaded, loaded]


def test_the_four_names_are_public():
    """parse, differentiate, equivalent and namespace are there, and a wrong name is refused as usual."""
    assert {"parse", "differentiate", "equivalent", "namespace"} <= set(mcutils.__all__)
    assert len(mcutils.__all__) <= 24
    assert mcutils.parse("A @ x", {"A": "m n", "x": "n"}).axes == ("m",)
    with pytest.raises(AttributeError, match="module 'mcutils' has no attribute 'nothing'"):
        _ = mcutils.nothing
