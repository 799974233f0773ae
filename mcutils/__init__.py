"""Matrix and tensor calculus by hand: a small helper library (NumPy only; the symbolic half loads when first used)."""

import typing as _typing

from mcutils._derivatives import gradient, hessian, hvp, jacobian, jvp, slope, vjp
from mcutils._errors import KinkError, ShapeError
from mcutils._patches import conv1d, patch_tensor, patchify, unpatchify
from mcutils._structure import (
    commutation_matrix,
    duplication_matrix,
    elimination_matrix,
    frobenius,
    unvec,
    vec,
    vech,
)

if _typing.TYPE_CHECKING:
    from mcutils._symbolic import differentiate, equivalent, namespace, parse

__version__ = "0.1.0"

__all__ = [
    "KinkError",
    "ShapeError",
    "commutation_matrix",
    "conv1d",
    "differentiate",
    "duplication_matrix",
    "elimination_matrix",
    "equivalent",
    "frobenius",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "namespace",
    "parse",
    "patch_tensor",
    "patchify",
    "slope",
    "unpatchify",
    "unvec",
    "vec",
    "vech",
    "vjp",
]


def __getattr__(name: str) -> object:
    """Load the symbolic half when one of its names is first asked for."""
    if name in {"differentiate", "equivalent", "namespace", "parse"}:
        from mcutils import _symbolic

        return getattr(_symbolic, name)
    raise AttributeError(f"module 'mcutils' has no attribute {name!r}")
