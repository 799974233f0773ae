"""Matrix and tensor calculus by hand: a small helper library (NumPy only)."""

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

__version__ = "0.1.0"

__all__ = [
    "KinkError",
    "ShapeError",
    "commutation_matrix",
    "conv1d",
    "duplication_matrix",
    "elimination_matrix",
    "frobenius",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "patch_tensor",
    "patchify",
    "slope",
    "unpatchify",
    "unvec",
    "vec",
    "vech",
    "vjp",
]
