"""Names in sympy's expressions that may cross: sympy writes them into code as they are."""

from __future__ import annotations

import builtins
import keyword
import math
import re
from importlib import import_module
from typing import Any

import numpy as np

NAME = re.compile(r"""[^()\[\]=:;."#@`\x00-\x1f\x7f-\x9f]{1,200}""")
FUNCTION = re.compile(r"\\?[^\W\d][\w^{}\\']{0,99}")


def is_name(text: Any) -> bool:
    """Whether this may be the name of a symbol: nothing that, written into code, calls or binds anything.

    sympy writes names as they are into the functions that it makes (``lambdify``), and into text that a test may read.

    >>> is_name("x_{12}"), is_name("alpha'"), is_name("exit()")
    (True, True, False)
    """
    return type(text) is str and NAME.fullmatch(text) is not None


def is_name_of_function(text: Any) -> bool:
    """Whether this may be the name of an unknown function: sympy writes it into code with arguments behind it.

    >>> is_name_of_function("psi_1"), is_name_of_function("exec"), is_name_of_function("fromfile")
    (True, False, False)
    """
    if type(text) is not str or FUNCTION.fullmatch(text) is None or keyword.iskeyword(text):
        return False
    return not any(hasattr(home, text) for home in (builtins, math, np, import_module("sympy")))
