"""Compiled Hessians against JAX (CPU, jitted, 64 bit, the better of jax.hessian and jacrev(grad)), by CPU time.

Run in an environment with jax, pinned to one core:
    taskset -c 0 python benchmarks/compiled_hessians.py
The cases: logistic regression by w; matrix factorisation by U, plain and with a 0/1 mask; a 10-layer ReLU network by its
first matrix. Each result is compared with JAX's before it is timed.
"""

from __future__ import annotations

import os

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from mcutils._symbolic import differentiate

jax.config.update("jax_enable_x64", True)
LAYERS = 10
Case = tuple[str, Callable[..., Any], str, dict[str, str], str, dict[str, Any]]


def cases() -> Iterator[Case]:
    """Name, the function for JAX, the text for us, sizes, the variable, arrays (the variable first)."""
    rng = np.random.default_rng(0)
    for n in (50, 200, 600):
        X, y, w = rng.normal(size=(2 * n, n)), rng.integers(0, 2, 2 * n).astype(float), rng.normal(size=n) / n
        text, sizes = "sum(log(1 + exp(X @ w))) - y @ X @ w", {"w": "n", "X": "m n", "y": "m"}
        yield (
            f"logistic n={n}",
            lambda w, X, y: jnp.sum(jnp.log(1 + jnp.exp(X @ w))) - y @ X @ w,
            text,
            sizes,
            "w",
            {"w": w, "X": X, "y": y},
        )
    for size in (20, 60, 120):
        U, V, R = rng.normal(size=(size, 5)), rng.normal(size=(size, 5)), rng.normal(size=(size, size))
        W = (rng.random((size, size)) < 0.3) * 1.0
        text, sizes = "norm2(U @ V.T - R)**2/2", {"U": "m k", "V": "n k", "R": "m n"}
        yield (
            f"factorisation {size}",
            lambda U, V, R: jnp.sum((U @ V.T - R) ** 2) / 2,
            text,
            sizes,
            "U",
            {"U": U, "V": V, "R": R},
        )
        text, sizes = "norm2(W*(U @ V.T - R))**2/2", {**sizes, "W": "m n"}
        yield (
            f"masked {size}",
            lambda U, V, R, W: jnp.sum((W * (U @ V.T - R)) ** 2) / 2,
            text,
            sizes,
            "U",
            {"U": U, "V": V, "R": R, "W": W},
        )
    for n in (10, 20, 40):
        weights = {f"W{k}": rng.normal(size=(n, n)) * np.sqrt(2 / n) for k in range(1, LAYERS + 1)}
        text = "x"
        for k in range(1, LAYERS + 1):
            text = f"relu(W{k} @ {text})"
        arrays = {**weights, "x": rng.normal(size=n), "y": rng.normal(size=n)}

        def network(W1: Any, *rest: Any) -> Any:
            *others, x, y = rest
            for W in (W1, *others):
                x = jnp.maximum(W @ x, 0)
            return jnp.sum((x - y) ** 2) / 2

        yield (
            f"ReLU network {n}",
            network,
            f"norm2({text} - y)**2/2",
            {**dict.fromkeys(weights, "n n"), "x": "n", "y": "n"},
            "W1",
            arrays,
        )


def cpu_time(run: Callable[[], Any]) -> float:
    """The CPU time of one call, in milliseconds: the median of batches of at least 20 ms."""
    run()
    start = time.process_time()
    run()
    count = max(1, int(0.02 / max(time.process_time() - start, 1e-6)))
    batches = []
    gc.collect()
    for _ in range(7):
        start = time.process_time()
        for _ in range(count):
            run()
        batches.append((time.process_time() - start) / count)
    return statistics.median(batches) * 1e3


def main() -> None:
    ratios = []
    for name, f, text, sizes, wrt, arrays in cases():
        start = time.perf_counter()
        derivation = differentiate(text, wrt, sizes, order=2)
        derived = (time.perf_counter() - start) * 1e3
        ours = derivation.compile()
        values = list(arrays.values())
        on_device = [jax.device_put(v) for v in values]
        wanted, times = None, []
        for made in (jax.jit(jax.hessian(f)), jax.jit(jax.jacrev(jax.grad(f)))):
            wanted = np.asarray(made(*on_device))
            times.append(cpu_time(lambda made=made: made(*on_device).block_until_ready()))
        got = ours(*values)
        assert np.allclose(got, wanted, atol=1e-8 * (1 + np.abs(wanted).max())), name
        mine = cpu_time(lambda: ours(*values))
        ratios.append((min(times) / mine, name))
        print(
            f"{name:20} ours {mine:9.3f} ms   jax {min(times):9.3f} ms   {min(times) / mine:7.2f}x   (derived in {derived:.1f} ms)",
            flush=True,
        )
    print(
        f"median ratio {statistics.median(r for r, _ in ratios):.2f}x; slower on: {', '.join(n for r, n in ratios if r < 1) or 'none'}"
    )


if __name__ == "__main__":
    main()
