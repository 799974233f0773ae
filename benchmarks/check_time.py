"""How long a check of a typical exercise takes, right and wrong answers apart; target: under 20 ms.

Run: python benchmarks/check_time.py
"""

import statistics
import sys
import time

import numpy as np

from autograder import check
from autograder.checks.publish import collecting

LIMIT = 0.020
RUNS = 30

QUADRATIC = check.question(of=lambda x, A, b: x @ A @ x - b @ x, wrt="x", sizes={"x": "n", "A": "n n", "b": "n"})
RESIDUAL = check.question(
    of=lambda X, A, B: np.sum((A @ X - B) ** 2), wrt="X", sizes={"X": "m n", "A": "p m", "B": "p n"}
)
JACOBIAN = check.question(
    of=lambda x, A, b: np.tanh(A @ x + b), wrt="x", sizes={"x": "n", "A": "m n", "b": "m"}, layout="numerator"
)

CASES = {
    "gradient of x'Ax - b'x, right": (QUADRATIC, lambda x, A, b: (A + A.T) @ x - b),
    "gradient of x'Ax - b'x, 2Ax - b": (QUADRATIC, lambda x, A, b: 2 * A @ x - b),
    "gradient of |AX - B|^2, right": (RESIDUAL, lambda X, A, B: 2 * A.T @ (A @ X - B)),
    "gradient of |AX - B|^2, transposed": (RESIDUAL, lambda X, A, B: 2 * (A @ X - B).T @ A),
    "Jacobian of tanh(Ax + b), right": (JACOBIAN, lambda x, A, b: (1 - np.tanh(A @ x + b) ** 2)[:, None] * A),
    "Jacobian of tanh(Ax + b), nonsense": (JACOBIAN, lambda x, A, b: A**2),
}


def main() -> int:
    worst = 0.0
    for name, (question, answer) in CASES.items():
        times = []
        for _ in range(RUNS):
            with collecting():
                start = time.perf_counter()
                question.derivative(answer)
                times.append(time.perf_counter() - start)
        median = statistics.median(times)
        worst = max(worst, median)
        print(f"{name:40s} {1e3 * median:7.2f} ms (min {1e3 * min(times):.2f}, max {1e3 * max(times):.2f})")
    print(f"slowest median: {1e3 * worst:.2f} ms, {worst / LIMIT:.2f} of the limit of {1e3 * LIMIT:.0f} ms")
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
