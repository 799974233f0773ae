"""What a printed formula needs to be evaluated by Python: ``eval(text, namespace(A=A, x=x))``."""

from __future__ import annotations

from typing import Any

import numpy as np

from mcutils._structure import commutation_matrix, duplication_matrix, vec
from mcutils._symbolic.arrays import axis_size, measured, sigmoid, softmax
from mcutils._symbolic.sizes import read_sizes


def namespace(sizes: dict[str, str] | None = None, /, **arrays: Any) -> dict[str, Any]:
    """The functions of matrix notation, bound to the sizes of these arrays.

    Args:
        sizes: the axes of each array, as for `parse`; needed for formulas that name an axis, such as ``I("n")``.
        arrays: the value of each symbol.

    Returns:
        A dictionary for ``eval``: the arrays, the sizes of the axes, and tr, inv, I, kron, ...

    Raises:
        ShapeError: the arrays do not fit the declared axes.

    >>> eval('tr(A) + sum(I("n") @ x)', namespace({"A": "n n", "x": "n"}, A=np.eye(3), x=np.ones(3)))
    np.float64(6.0)
    """
    axes: dict[str, int] = {}
    if sizes is not None:
        declared = {name: head for name, head in read_sizes(sizes).items() if name in arrays}
        axes = measured(declared, {name: arrays[name] for name in declared})[1]

    def size(axis: str | int) -> int:
        missing = [p for p in str(axis).split("*") if not p.isdigit() and p not in axes]
        if missing:
            raise ValueError(
                f'the size of axis {missing[0]!r} is not known; give sizes first, namespace({{"A": "m n"}}, A=A)'
            )
        return axis_size(str(axis), axes) if not isinstance(axis, int) else axis

    made: dict[str, Any] = {
        "tr": np.trace,
        "inv": np.linalg.inv,
        "det": np.linalg.det,
        "logdet": lambda X: np.linalg.slogdet(X)[1],
        "sum": np.sum,
        "diag": np.diag,
        "vec": lambda X: vec(X) if np.ndim(X) == 2 else np.atleast_1d(X),
        "kron": np.kron,
        "norm2": lambda X: np.sqrt((np.asarray(X) ** 2).sum()),
        "outer": np.outer,
        "commutation": lambda m, n: commutation_matrix(size(m), size(n)),
        "duplication": lambda n: duplication_matrix(size(n)),
        "relu": lambda u: np.maximum(u, 0.0),
        "step": lambda u: np.where(np.asarray(u) > 0, 1.0, 0.0),
        "sigmoid": sigmoid,
        "softmax": softmax,
        "I": lambda n: np.eye(size(n)),
        "ones": lambda *names: np.ones([size(n) for n in names]),
        "zeros": lambda *names: np.zeros([size(n) for n in names]),
        **{name: getattr(np, name) for name in ("exp", "log", "tanh", "sqrt", "sin", "cos")},
    }
    given = {name: np.asarray(value) if isinstance(value, list | tuple) else value for name, value in arrays.items()}
    return {**axes, **made, **given}
