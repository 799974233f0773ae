"""The symbolic engine: expressions in matrix and index notation, differentiated, printed and compared.

Rooms, from the inside out: `budget` bounds work; `canonical` labels terms; `core` holds terms and normal form,
`identities` what is simplified beyond contraction; `derivative` differentiates, with `rules` for the functions, and
`occurrences` by one place after the other; `algebra` has NumPy's operations.

In: `text` and `sizes` are read first, then `read_matrix`, `read_einsum`, `read_index` (of `index_tokens` and
`index_terms`) and `read_sympy` read; `advice` says what was meant, and `pasted` what is nearly the notation.

Out: `tree`, `sums`, `print_matrix` (`join_items` of `matrix_items`, and `print_stacked` ones), `print_index`,
`print_einsum` and `latex` write, `levels` says where indices stand, `written_sizes` what has a symbol's name. `arrays`,
`collect`, `contraction`, `evaluate` and `compiled` make NumPy code.

Compared: in `fields`, by `valuation`, `degrees` and `witnesses`, as `equivalence` decides, and said as a `verdict`.

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
