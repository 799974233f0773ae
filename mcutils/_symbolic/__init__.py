"""The symbolic engine: expressions in matrix and index notation, differentiated, printed and compared.

Rooms, from the inside out: `budget` bounds work; `canonical` labels terms; `core` holds terms, normal form and
derivative, `rules` the differentials of functions, `identities` what is simplified beyond contraction; `algebra` has
NumPy's operations; `sizes`, `read_matrix`, `read_einsum`, `read_index` and `read_sympy` read, `pasted` names what is
nearly the notation; `tree`, `sums`, `print_matrix`, `print_index`, `print_einsum` and `latex` write, `written_sizes`
what has a symbol's name, and `levels` says where indices stand; `arrays`, `collect`, `contraction` and `evaluate` make
NumPy code; `fields`, `valuation`, `degrees`, `witnesses` and `equivalence` compare, and a `verdict` is what they say;
`expression` is what people hold, `steps` a derivative with its derivation, `products` a derivative times a direction,
`public` what they call, `differential` what they write with dX, and `namespace` lets Python evaluate what is printed.
"""

from mcutils._symbolic import identities, rules  # noqa: F401 - they add to the normal form and to the derivative
from mcutils._symbolic.expression import Expression
from mcutils._symbolic.namespace import namespace
from mcutils._symbolic.public import differentiate, equivalent, parse
from mcutils._symbolic.steps import Derivation, Step
from mcutils._symbolic.verdict import Verdict, Witness

__all__ = [
    "Derivation",
    "Expression",
    "Step",
    "Verdict",
    "Witness",
    "differentiate",
    "equivalent",
    "namespace",
    "parse",
]
