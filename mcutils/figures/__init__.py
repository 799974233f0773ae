"""The course's figures: one module for each unit, which computes what it draws (this subpackage loads matplotlib).

Every function returns a :class:`Figure`, the picture together with a text alternative and a caption::

    from mcutils.figures import start

    start.product({"X": "n d", "W": "d h"})

``import mcutils`` does not load this subpackage.
"""

from mcutils.figures._base import Figure

__all__ = ["Figure"]
