"""A question worked to its end by the engine, for a reader: the terms, their sum, and every step in indices.

Separate from :mod:`.hints`, which finds what to show; this module says how a derivation is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.checks.question import Question, question
from autograder.checks.show import folded, indented

if TYPE_CHECKING:
    from mcutils._symbolic import Derivation, Expression

RESULTS = {"gradient": r"\nabla f", "numerator": "J", "denominator": "D"}
"""What a first derivative is called, by layout; in the other layouts it is the quotient that it is."""

TERMS = "Differentiate one place at a time, as if all the others were constant. This gives, term by term"
INDICES = "The same in indices, step by step"

STACKED = (
    "the indices of the function become one, and those of the variable another; each runs through its matrix column by "
    "column."
)


@dataclass(frozen=True)
class Worked:
    """A text twice: with mathematics for a notebook, and for a terminal."""

    markdown: str
    text: str


def worked(stated: Mapping[str, Any]) -> Worked:
    """Work a question to its end.

    Args:
        stated: the arguments of ``check.question``, the formula as text.

    Raises:
        ValueError: it cannot be read or has no derivative, or is no text; the message says which.
    """
    asked = question(**stated)
    derivation = asked.derivation
    if derivation is None:
        raise ValueError("it is stated as a function; state it as text")
    name = "y" if asked.stated.axes else "f"
    asks, printed = (_asks(asked, variable) for variable in (f"${asked.variable_latex}$", asked.variable.name))
    function = f"{name}({asked.variable_latex}) = {asked.latex}"
    result = f"{_result(asked, name)} = {_latex(derivation)}"
    terms, rules, steps = _terms(derivation), _rules(derivation), _steps(derivation)
    markdown = [asks, _displayed(function), *(f"Rule: `{rule}`" for rule in rules)]
    text = [f"{printed} {name}({asked.variable.name}) = {asked.text}.", *(f"Rule: {rule}" for rule in rules)]
    if terms:
        layout = ", in numerator layout" if asked.layout == "denominator" else ""
        markdown += [f"{TERMS}{layout}:", _displayed(r",\qquad ".join(map(_latex, terms)))]
        markdown += ["Together, and transposed:" if layout else "Together:"]
        text += [f"{TERMS}{layout}:\n{indented(', '.join(map(repr, terms)))}"]
    markdown += [_displayed(result), folded(INDICES, steps.markdown)]
    text += [f"The result:\n{indented(repr(derivation))}", f"{INDICES}:\n{indented(steps.text)}"]
    return Worked("\n\n".join(markdown), "\n".join(text))


def _asks(asked: Question, variable: str) -> str:
    what = "Hessian" if asked.order == 2 else "gradient" if asked.layout == "gradient" else "derivative"
    layout = "" if asked.layout == "gradient" else f", in {asked.layout} layout,"
    return f"The {what} by {variable}{layout} of"


def _result(asked: Question, name: str) -> str:
    quotient = rf"\frac{{\partial {name}}}{{\partial {asked.variable_latex}}}"
    return "H" if asked.order == 2 else RESULTS.get(asked.layout, quotient)


def _terms(derivation: Derivation) -> tuple[Expression, ...]:
    """The terms before like ones are put together and laid out; none where they say no more than the result."""
    apart = [step for step in derivation.steps if step.rule.startswith(("differentiate", "contract"))]
    terms = apart[-1].expression.terms if derivation.order == 1 else ()
    if any(step.rule.startswith("lay out") for step in derivation.steps) and derivation.layout != "denominator":
        return ()
    try:
        told = [term.to_matrix() for term in terms]
    except ValueError:  # no matrix form
        return ()
    return terms if told and told != [repr(derivation)] else ()


def _rules(derivation: Derivation) -> list[str]:
    """The rules of functions, such as d sin(u) = cos(u) du, that were used."""
    return list(dict.fromkeys(rule for step in derivation.steps for rule in step.rule.split("; ")[1:]))


def _steps(derivation: Derivation) -> Worked:
    markdown, text = [], []
    for number, step in enumerate(derivation.steps, start=1):
        rule = step.rule.partition(";")[0]
        title = f"{rule[:1].upper()}{rule[1:]}"
        if "fuse" not in step.text:
            markdown += [f"**{number}.** {title}:", _displayed(step.latex)]
            text += [f"{number}. {title}:\n{indented(step.text)}"]
        elif rule.startswith("lay out"):
            markdown.append(f"**{number}.** {title}: {STACKED}")
            text.append(f"{number}. {title}: {STACKED}")
        else:  # what stands there from the step before is the stacked indices
            markdown += [f"**{number}.** {title}:", _displayed(step.latex.rpartition(" = ")[2])]
            text += [f"{number}. {title}:\n{indented(step.text.rpartition(' = ')[2])}"]
    return Worked("\n\n".join(markdown), "\n".join(text))


def _displayed(latex: str) -> str:
    return f"$$\n{latex}\n$$"


def _latex(expression: Expression) -> str:
    """LaTeX in matrix notation, or in indices where there is no matrix form."""
    return expression._repr_latex_().strip("$").removeprefix(r"\displaystyle ")
