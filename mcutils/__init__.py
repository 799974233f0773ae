"""Matrix and tensor calculus by hand: a small helper library (NumPy only)."""
