"""The course's figures (this subpackage loads matplotlib): each module computes what it draws.

``networks`` draws any expression as a tensor network, and ``blocks`` any Jacobian or Hessian as a heat map in blocks.
Every other module belongs to the unit that its name says.

Every function returns a :class:`Figure`, the picture together with a text alternative and a caption::

    from mcutils.figures import start

    start.product({"X": "n d", "W": "d h"})

``import mcutils`` does not load this subpackage.
"""

from mcutils.figures._base import Figure

__all__ = ["Figure"]
