"""Says under which versions submissions are graded, for a mark can depend on them.

Separate because whatever runs submissions says it, on the machine where they ran. Python, numpy and sympy are what the
checks compute with, mcourse is the checks themselves. What a course's own tests import besides (pandas, scipy) is not
among them: it may be installed and play no part, and a warning that means nothing teaches to overlook the others.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("mcourse", "numpy", "sympy")


@cache
def versions_here() -> str:
    """The versions under which this process grades, such as ``Python 3.12, mcourse 0.1.0, numpy 2.3.4, ...``."""
    said = [f"Python {sys.version_info.major}.{sys.version_info.minor}"]
    for name in PACKAGES:
        try:
            said.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # it is on the path, and was not installed
            continue
    return ", ".join(said)


def other_than(here: str, recorded: str) -> str:
    """Those of the recorded versions that are not those here.

    >>> other_than("Python 3.12, numpy 2.3.4, sympy 1.14", "Python 3.12, numpy 1.26.4, sympy 1.13")
    'numpy 1.26.4, sympy 1.13'
    """
    now = here.split(", ")
    return ", ".join(said for said in recorded.split(", ") if said not in now)
