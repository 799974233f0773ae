"""The symbolic tensor calculus engine: expressions in matrix and index notation, differentiated, printed and compared.

Rooms, from the inside out: `canonical` labels terms; `core` holds terms, normal form and derivative; `algebra` has NumPy's
operations; `sizes`, `read_matrix`, `read_index` and `read_sympy` read; `tree`, `print_matrix` and `print_index` write;
`evaluate` makes NumPy code; `fields` and `equivalence` compare; `expression` is what people hold.
"""

from mcutils._symbolic.equivalence import Verdict, Witness
from mcutils._symbolic.expression import Derivation, Expression, Step, differentiate, equivalent, parse
from mcutils._symbolic.namespace import namespace

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
