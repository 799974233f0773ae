"""What is asked of the Linux kernel does what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LARGE = Path("/sys/kernel/mm/transparent_hugepage/enabled")
GATHER = """
from pathlib import Path
from autograder.grading.sealed.inside import kernel
def large():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("AnonHugePages"))
many = [str(k) for k in range(1_000_000)]
before = large()
kernel.gather_memory()
print(large() - before, many == [str(k) for k in range(1_000_000)])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such pages")
def test_memory_is_gathered() -> None:
    """Most of a process of 70 MB is in large pages afterwards, and is what it was."""
    if not LARGE.exists() or "[never]" in LARGE.read_text():
        pytest.skip("this kernel has large pages turned off")
    said = subprocess.run([sys.executable, "-c", GATHER], capture_output=True, text=True, check=True).stdout.split()
    assert int(said[0]) > 20_000  # kB
    assert said[1] == "True"
