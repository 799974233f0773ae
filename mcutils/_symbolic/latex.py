"""Matrix formulas as LaTeX, with vectors as columns and names as a person would set them."""

from __future__ import annotations

import re
from fractions import Fraction

from mcutils._symbolic.tree import LEVEL, Node, above_and_below
from mcutils._symbolic.written_sizes import written_axis


def latex(node: Node) -> str:
    """The formula as LaTeX, with vectors as columns."""
    return _LATEX[node.kind](node)


def _inside_latex(node: Node, level: int) -> str:
    return f"\\left({latex(node)}\\right)" if LEVEL[node.kind] < level else latex(node)


def _base_latex(node: Node) -> str:
    """A node that is about to get a superscript; it needs brackets where it ends in one, or in a bar."""
    if node.kind == "name" or (node.kind == "call" and node.value not in {"inv", "logdet"}):
        return latex(node)
    return f"\\left({latex(node)}\\right)"


def _transpose_latex(node: Node) -> str:
    (inner,) = node.parts
    if inner.kind == "call" and inner.value == "inv":
        return f"{_base_latex(inner.parts[0])}^{{-\\top}}"
    return f"{_base_latex(inner)}^\\top"


def latex_name(text: str) -> str:
    """A symbol's name as LaTeX: Greek letters by name, digits at the end below, long names upright."""
    if text.startswith(("I(", "ones(", "zeros(", "commutation(", "duplication(")):
        function, _, axes = text.rstrip(")").replace('"', "").partition("(")
        sign = {"I": "I", "ones": r"\mathbf{1}", "zeros": "0", "commutation": "K", "duplication": "D"}[function]
        return f"{sign}_{{{axes.replace('*', '').replace(' ', '')}}}"
    if (axis := written_axis(text)) is not None:
        return f"\\operatorname{{sum}}\\left({latex_name(f'ones({axis})')}\\right)"
    stem = text.rstrip("0123456789").rstrip("_")
    below = text[len(stem) :].strip("_")
    if _GREEK.fullmatch(stem.lower()):
        stem = "\\" + stem
    elif len(stem) > 1:
        stem = f"\\mathrm{{{stem.replace('_', chr(92) + '_')}}}"
    return f"{stem}_{{{below}}}" if below else stem


_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega"
)


def _call_latex(node: Node) -> str:
    function, _, axis = str(node.value).partition("|")
    if function == "inv":
        return f"{_base_latex(node.parts[0])}^{{-1}}"
    if function in {"kron", "outer"}:
        left, right = (_inside_latex(p, 3) for p in node.parts)
        if function == "outer":
            return f"{left} {_base_latex(node.parts[1])}^\\top"
        return f"\\left({left} \\otimes {right}\\right)"
    if function == "logdet":
        return f"\\log\\left|\\det {_inside_latex(node.parts[0], 4)}\\right|"
    args = [latex(p) for p in node.parts]  # only here: written twice at each level, a nest would double with every one
    if function == "norm2":
        return f"\\left\\lVert {args[0]} \\right\\rVert"
    if function == "sqrt":
        return f"\\sqrt{{{args[0]}}}"
    sign = (
        f"\\{function}" if function in {"exp", "log", "tanh", "sin", "cos", "det"} else f"\\operatorname{{{function}}}"
    )
    below = f"_{{{axis}}}" if axis else ""
    return f"{sign}{below}\\left({', '.join(args)}\\right)"


def _chain_latex(node: Node) -> str:
    first, *rest = node.parts
    front = f"{_base_latex(first)}^\\top" if first.rank == 1 else _inside_latex(first, 3)
    return " ".join([front, *(_inside_latex(p, 3) for p in rest)])


def _power_latex(node: Node) -> str:
    (base,), exponent = node.parts, Fraction(node.value)
    if exponent == Fraction(1, 2):
        return f"\\sqrt{{{latex(base)}}}"
    circle = r"\circ " if node.rank else ""
    return f"{_base_latex(base)}^{{{circle}{exponent}}}"


def _term_latex(node: Node) -> str:
    coefficient = Fraction(node.value)
    size = abs(coefficient)
    number = str(size) if size.denominator == 1 else f"\\tfrac{{{size.numerator}}}{{{size.denominator}}}"
    array = node.parts[-1:] if node.rank else ()
    scalars = node.parts[: len(node.parts) - len(array)]
    shown = [*_scalars_latex(scalars, alone=len(node.parts) == 1), *(_inside_latex(p, 2) for p in array)]
    return ("-" if coefficient < 0 else "") + " ".join(([number] if size != 1 or not shown else []) + shown)


def _scalars_latex(scalars: tuple[Node, ...], alone: bool) -> list[str]:
    """Scalars one after the other, or as one fraction."""
    above, below = above_and_below(scalars)
    if not below:
        return [_inside_latex(p, 2 if alone else 3) for p in above]
    over = [latex(p) if len(above) == 1 else _inside_latex(p, 2 if alone else 3) for p in above]
    under = [latex(p) if len(below) == 1 else _inside_latex(p, 3) for p in below]
    return [f"\\frac{{{' '.join(over) or 1}}}{{{' '.join(under)}}}"]


def _sum_latex(node: Node) -> str:
    parts = [latex(p) for p in node.parts]
    return parts[0] + "".join(f" - {p[1:]}" if p.startswith("-") else f" + {p}" for p in parts[1:])


_LATEX = {
    "name": lambda node: latex_name(str(node.value)),
    "call": _call_latex,
    "T": _transpose_latex,
    "chain": _chain_latex,
    "entries": lambda node: " \\circ ".join(_inside_latex(p, 3) for p in node.parts),
    "power": _power_latex,
    "term": _term_latex,
    "sum": _sum_latex,
}
