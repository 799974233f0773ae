"""The oracle of the symbolic tests: formulas evaluated by Python itself, and derivatives by complex steps.

It shares no code with the engine: the functions below are plain NumPy and take complex arguments.
"""

from __future__ import annotations

import numpy as np

STEP = 1e-30


def place(axis, sizes):
    """The size of an axis such as "n", 4 or "m*n"."""
    return int(np.prod([int(part) if part.isdigit() else sizes[part] for part in str(axis).split("*")]))


def draw(declared, sizes, seed=0):
    """Random arrays for declarations such as {"A": "m n", "P": "n n spd"}: non-symmetric unless flagged."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for name, text in declared.items():
        axes = [word for word in text.split() if word not in {"symmetric", "spd", "positive"}]
        value = rng.normal(size=[place(axis, sizes) for axis in axes])
        if "positive" in text:
            value = np.abs(value) + 0.1
        if "symmetric" in text:
            value = (value + value.T) / 2
        if "spd" in text:
            value = value @ value.T + np.eye(len(value))
        arrays[name] = value
    return arrays


def functions(sizes):
    """The functions of matrix notation, for complex arrays."""

    def softmax(u, axis=0):
        e = np.exp(u)
        return e / e.sum(axis=axis, keepdims=True)

    def commutation(m, n):
        rows, columns = place(m, sizes), place(n, sizes)
        result = np.zeros((rows * columns, rows * columns))
        for i in range(rows):
            for j in range(columns):
                result[j + i * columns, i + j * rows] = 1
        return result

    def logdet(X):
        value = np.linalg.det(X)
        return np.log(value if np.real(value) > 0 else -value)

    return {
        "tr": np.trace,
        "inv": np.linalg.inv,
        "det": np.linalg.det,
        "logdet": logdet,
        "sum": np.sum,
        "diag": np.diag,
        "vec": lambda X: np.reshape(X, -1, order="F"),
        "kron": np.kron,
        "norm2": lambda X: np.sqrt((X * X).sum()),
        "outer": np.outer,
        "commutation": commutation,
        "exp": np.exp,
        "log": np.log,
        "tanh": np.tanh,
        "sin": np.sin,
        "cos": np.cos,
        "sqrt": np.sqrt,
        "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
        "relu": lambda u: u * (np.real(u) > 0),
        "step": lambda u: 1.0 * (np.real(u) > 0),
        "softmax": softmax,
        "I": lambda n: np.eye(place(n, sizes)),
        "ones": lambda *axes: np.ones([place(a, sizes) for a in axes]),
        "zeros": lambda *axes: np.zeros([place(a, sizes) for a in axes]),
        **sizes,
    }


def value(text, arrays, sizes):
    """The value of a formula in matrix notation, by Python."""
    return np.asarray(eval(text, {**functions(sizes), **arrays}))


def slope(text, wrt, arrays, sizes, symmetric=False):
    """D[out..., in...], the derivative of a formula by one of its symbols, by complex steps."""
    base = np.asarray(arrays[wrt], dtype=complex)
    result = np.zeros(value(text, arrays, sizes).shape + base.shape)
    for entry in np.ndindex(base.shape):
        moved = base.copy()
        moved[entry] += 0.5j * STEP
        moved[entry[::-1] if symmetric else entry] += 0.5j * STEP
        result[(..., *entry)] = np.imag(value(text, {**arrays, wrt: moved[()]}, sizes)) / STEP
    return result


def close(got, wanted, tolerance=1e-9):
    """Whether two arrays have one shape and agree relative to the largest entry."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    assert got.shape == wanted.shape, f"got shape {got.shape}, wanted {wanted.shape}"
    scale = 1 + np.abs(wanted).max(initial=0.0)
    return bool(np.abs(got - wanted).max(initial=0.0) <= tolerance * scale)
