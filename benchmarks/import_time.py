"""How long ``import mcutils`` takes, as a multiple of ``import numpy``: wanted at most 1.3.

Each is timed in a fresh interpreter, from inside, many times, in turns, so that a busy moment hits both. The ratio is
that of the medians. Exit status 1 if it is above the limit.

    python benchmarks/import_time.py [RUNS]
"""

import subprocess
import sys
from statistics import median

LIMIT = 1.3
RUNS = 40


def import_time(module: str) -> float:
    """Seconds that a fresh interpreter takes to import a module."""
    code = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    modules = ("numpy", "mcutils")
    for module in modules:  # once to warm the file cache, not counted
        import_time(module)
    times: dict[str, list[float]] = {module: [] for module in modules}
    for run in range(runs):
        for module in modules if run % 2 else modules[::-1]:
            times[module].append(import_time(module))
    numpy, mcutils = (median(times[module]) for module in modules)
    ratio = mcutils / numpy
    print(f"import numpy {1e3 * numpy:.1f} ms, import mcutils {1e3 * mcutils:.1f} ms (medians of {runs})")
    print(f"ratio {ratio:.2f}, wanted at most {LIMIT}")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
