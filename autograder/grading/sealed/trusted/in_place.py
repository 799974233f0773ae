"""A change that the student's code has made to an argument, made here to what the test handed over."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.grading.sealed.crossing import tables


def take_over(into: Any, value: Any) -> bool:
    """Make a container what the student's code made of it; whether it is one."""
    if type(into) is not type(value):
        return False
    if isinstance(into, list | bytearray):
        into[:] = value
    elif isinstance(into, dict | set):
        into.clear()
        into.update(value)
    elif isinstance(into, np.ndarray) and into.shape == value.shape and into.dtype == value.dtype:
        into[...] = value
    elif type(into).__module__ == "__main__" and into is not value:
        vars(into).clear()
        vars(into).update(vars(value))
    else:
        return tables.take_over(into, value)
    return True
