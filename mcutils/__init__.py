"""Matrix and tensor calculus by hand: a small helper library (NumPy only)."""

from mcutils._derivatives import gradient, hessian, hvp, jacobian, jvp, slope, vjp
from mcutils._errors import KinkError, ShapeError

__version__ = "0.1.0"

__all__ = ["KinkError", "ShapeError", "gradient", "hessian", "hvp", "jacobian", "jvp", "slope", "vjp"]
