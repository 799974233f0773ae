"""A derivation in differentials: lines such as ``tr(dX.T @ A @ X) + tr(X.T @ A @ dX)``, the last ``tr(G.T @ dX)``.

Separate from `steps`, which judges any derivation by the same rules.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property

import mcutils
from autograder.checks import formulas, line_slips, slips
from autograder.checks.chains import Line, Slip, any_equal, prose
from autograder.checks.differentials import Change, Form, coefficient, form_of, textbook
from autograder.checks.forms import known_forms, missing_form
from autograder.checks.plain import plain_matrix
from autograder.checks.question import Question
from autograder.checks.sizes import Symbol, read_sizes
from autograder.checks.written import canonical, holds, links, occurrences, rank_of, summands, tree_of
from mcutils._symbolic import Expression, algebra
from mcutils._symbolic.differential import differential, read_off
from mcutils._symbolic.sizes import shape


class MatrixChain:
    """Lines such as ``tr(dX.T @ A @ X) + tr(X.T @ A @ dX)``."""

    def __init__(self, question: Question, form: str = "") -> None:
        assert question.expression is not None, "only questions stated as text have steps"
        known_forms(form)
        self.question, self.function, self.form = question, question.expression, form
        self.name = question.variable.name
        self.d = f"d{self.name}"
        if self.d in question.names:
            raise ValueError(f"steps: {self.d} is the differential of {self.name} here; give the argument another name")
        ranks = (len(self.function.axes), len(question.variable.axes))
        wanted = form_of(ranks, self.name, question.layout, question.order)
        if wanted is None:
            raise ValueError(
                f"steps: in {question.layout} layout this derivative has {sum(ranks)} axes, and no line of matrices "
                'from which it is read; ask with layout="vec", or for steps in index notation'
            )
        self.wanted: Form = wanted

    @cached_property
    def sizes(self) -> dict[str, str]:
        """The axes of every symbol, and of its differential."""
        changes = {f"d{s.name}": self._axes(s, s.symmetric) for s in self.question.symbols}
        return {**changes, **self.question.sizes}

    @staticmethod
    def _axes(symbol: Symbol, symmetric: bool) -> str:
        return " ".join([*map(str, symbol.axes), *(["symmetric"] if symmetric else [])])

    @cached_property
    def symbols(self) -> dict[str, Symbol]:
        """The same, as symbols."""
        return {symbol.name: symbol for symbol in read_sizes(self.sizes)}

    @cached_property
    def _change(self) -> Change:
        return Change(self.d, lambda node: not rank_of(node, self.symbols))

    @cached_property
    def right(self) -> list[Expression]:
        """What a line may equal: the differential, and in vec layout its vec."""
        return self.question.remembered("differential", self._differentials)

    def _differentials(self) -> list[Expression]:
        whole = differential(self.function, self.name, self.question.order)
        if self.question.layout != "vec" or self.question.order == 2:
            return [whole]
        return [whole, differential(_stacked(self.function), self.name)]

    @cached_property
    def least(self) -> int:
        """One line where the textbook's first is already the last, else two."""
        return self.question.remembered("fewest lines", self._fewest)

    def _fewest(self) -> int:
        first = self._first
        return 1 if first is not None and self._unshaped(tree_of(first)) is None else 2

    @cached_property
    def _first(self) -> str | None:
        """The textbook's first line, where there are rules for it."""
        return self.question.remembered("first line", self._by_the_book)

    def _by_the_book(self) -> str | None:
        try:
            line = self.question.source if self.question.notation == "matrix" else self.function.to_matrix()
        except ValueError:  # no matrix form
            return None
        for _ in range(self.question.order):
            moved = textbook(tree_of(line), self.name)
            if moved is None:
                return None
            line = moved
        return line

    def read(self, number: int, text: str) -> Line:
        """Read a line in matrix notation."""
        text = plain_matrix(text, self.sizes)
        try:
            value, key = self.question.remembered(("line as read", text), lambda: self._value_and_key(text))
        except ValueError as problem:
            raise ValueError(self._reworded(str(problem))) from None
        return Line(number, text, value, key)

    def _value_and_key(self, text: str) -> tuple[Expression, str]:
        return mcutils.parse(text, self.sizes), canonical(tree_of(text), self.symbols)

    def _reworded(self, problem: str) -> str:
        """Say in the terms of differentials what the parser says of names it does not know."""
        if "unknown function 'd'" in problem:
            name = self.name
            return f"carry d inwards until it stands on {name} alone and write {self.d}: d({name}.T) is {self.d}.T"
        known = ", ".join([*self.question.names, self.d])
        return re.sub(r"the symbols (here )?are .*", lambda m: f"the symbols {m[1] or ''}are {known}", problem)

    def agrees(self, line: Line) -> bool | None:
        """Whether a line equals the question's differential."""
        return self.question.remembered(("agrees", line.text), lambda: any_equal(line.value, self.right))

    def unfinished(self, line: Line) -> str | None:
        """Say what keeps the derivative from being read off."""
        tree = tree_of(line.text)
        return self._unshaped(tree) or self._unsymmetric(tree) or self._misformed(tree)

    def _unshaped(self, tree: ast.expr) -> str | None:
        if coefficient(tree, self.wanted, self._change) is not None:
            return None
        wanted = f"The last line should read {prose(self.wanted.example)}, with no {self.d} in the rest"
        return f"{wanted}: {self._next_move(tree)}."

    def _next_move(self, tree: ast.expr) -> str:
        """Say what to do next, from what the line looks like."""
        if len(list(summands(tree))) > 1:
            return f"take the terms together, so that {self.d} stands once"
        if any(isinstance(node, ast.Attribute) and holds(node.value, self.d) for node in ast.walk(tree)):
            return f"{self.d} stands under a transpose; a trace, like any number, is that of the transpose"
        if "tr(" in self.wanted.example and isinstance(tree, ast.Call):
            return f"move {self.d} to the end; factors of a trace may go round in a ring"
        return f"move {self.d} to the end"

    def _unsymmetric(self, tree: ast.expr) -> str | None:
        """Where dX is symmetric or stands twice, the value fixes only the symmetric part of what stands with it."""
        if self.question.order == 1 and not self.question.variable.symmetric:
            return None
        other = f"{self.d}_other"
        if self.question.order == 2:
            _rename_first(tree, self.d, other)
        plain = self._axes(self.question.variable, False)
        line = mcutils.parse(ast.unparse(tree), {**self.sizes, self.d: plain, other: plain})
        if self.question.order == 1:
            claimed = mcutils.differentiate(line, self.d, layout=self.question.layout)
            right: Expression = mcutils.differentiate(self.function, self.name, layout=self.question.layout)
            said = f"{self.name} is symmetric, and so is its gradient: write the symmetric part, (G + G.T)/2, for G."
        elif not self.question.variable.axes:
            return None
        else:
            first = mcutils.differentiate(line, other, layout="array")
            claimed = mcutils.differentiate(first, self.d, layout="array")
            right = mcutils.differentiate(self.function, self.name, layout="array", order=2)
            said = "A Hessian is symmetric: write the symmetric part, (H + H.T)/2, for what stands between."
        return None if mcutils.equivalent(claimed, right).equal else said

    def _misformed(self, tree: ast.expr) -> str | None:
        if not self.form:
            return None
        parts = coefficient(tree, self.wanted, self._change) or []
        product = " @ ".join(f"({ast.unparse(part)})" for part in parts) or "1"
        return missing_form(product, self.form)

    def ends(self, line: Line) -> bool:
        """Whether no product in brackets, as in ``r @ (A @ dx)``, has still to be opened for dX to stand by itself."""
        return not any(
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.MatMult)
            and len(links(node.right)) > 1
            and holds(node.right, self.d)
            for node in ast.walk(tree_of(line.text))
        )

    def shows(self, line: Line) -> bool:
        """Whether dX stands in two places, as it must where the variable does."""
        if self._first is None:
            return True
        wanted = self.question.remembered("places", self._places)
        return occurrences(line.key, self.d) >= min(wanted, 2)

    def _places(self) -> int:
        """In how many places dX stands in the textbook's first line."""
        assert self._first is not None, "only asked where there is one"
        return occurrences(canonical(tree_of(self._first), self.symbols), self.d)

    def stated(self) -> str:
        """Name the first line."""
        second = "second " * (self.question.order == 2)
        return f"the {second}differential of {prose(self.question.source)}"

    def slip(self, line: Line, before: Line | None) -> Slip:
        """Name the mistake of a line: what it is instead, a term that changed, or a mistake of the bank."""
        return (
            self._differentiated_constant(line)
            or self._with_a_name(self._something_else(line), line, before)
            or (self._changed_term(line, before) if before else None)
            or self._named(line, before)
        )

    def _with_a_name(self, said: Slip | None, line: Line, before: Line | None) -> Slip | None:
        """Add the name of a slip to the fact that a line holds no dX."""
        unnamed = said is not None and said.tag is None and not holds(tree_of(line.text), self.d)
        found = self._looked_up(line, before) if unnamed else None
        return said if said is None or found is None else Slip(found.tag, f"{said.advice} {found.advice}", found.tags)

    def _named(self, line: Line, before: Line | None) -> Slip:
        """Look a line up by the derivative that it claims, or else by its value."""
        claimed = self._of_the_bank(line, before)
        return claimed if claimed.tag is not None else self._looked_up(line, before) or claimed

    def _looked_up(self, line: Line, before: Line | None) -> Slip | None:
        right = next((each for each in self.right if each.axes == line.value.axes), None)
        if right is None:
            return None
        symbols = list(self.symbols.values())
        forms = [text for text in (before and before.text, self._first) if text]
        found = line_slips.looked_up(self.question, symbols, right, (line.text, line.value), forms)
        stacked = found is not None and found.tag == "transposed" and "vec(" in line.text
        if found is not None and stacked and re.search(rf"`{self.d}(\.T)?`", found.advice):
            return Slip("missing-commutation", _UNDER_VEC, ("missing-commutation",))
        return found

    def _differentiated_constant(self, line: Line) -> Slip | None:
        tree = tree_of(line.text)
        for name in self.question.names:
            if name != self.name and holds(tree, f"d{name}"):
                said = f"Only {self.name} varies here: {name} is a constant, so d{name} = 0 and its term drops out."
                return Slip("constant-differentiated", said)
        return None

    def _too_few_places(self, line: Line) -> Slip | None:
        if self._first is None or occurrences(line.key, self.d) >= occurrences(self._first, self.d):
            return None
        places = occurrences(self._first, self.d)
        return Slip(
            None,
            f"{self.name} stands in {places} places, and each gives a term in which {self.d} stands there and "
            "everything else is as it was.",
        )

    def _something_else(self, line: Line) -> Slip | None:
        """Tell a function or a derivative from a differential, and a matrix from its trace."""
        if not holds(tree_of(line.text), self.d):
            if mcutils.equivalent(line.value, self.function).equal:
                return Slip(
                    None, f"This is the function itself; begin with its differential, in which {self.d} stands."
                )
            if mcutils.equivalent(line.value, self.question.derivation).equal:
                return Slip(
                    None, f"This is the derivative; as a line of differentials write {prose(self.wanted.example)}."
                )
            return Slip(None, f"There is no {self.d} in it; every term of a differential holds {self.d} once.")
        if self.question.order == 2 and any_equal(line.value, [differential(self.function, self.name)]):
            return Slip(None, f"This is the first differential; take d once more, {self.d} itself staying constant.")
        if line.value.axes not in [right.axes for right in self.right]:
            return Slip("shape", self._shape_fact(line))
        return None

    def _shape_fact(self, line: Line) -> str:
        got, wanted = (shape(e.axes) if e.axes else "a number" for e in (line.value, self.right[0]))
        square = len(line.value.axes) == 2 and line.value.axes[0] == line.value.axes[1] and not self.right[0].axes
        return f"It is {got}, and should be {wanted}.{' Is a tr(...) missing?' * square}"

    def _changed_term(self, line: Line, before: Line) -> Slip | None:
        def made() -> tuple[str | None, str] | None:
            return slips.changed_term(self._terms(line), self._terms(before))

        found = self.question.remembered(("changed term", line.text, before.text), made)
        return None if found is None else Slip(*found)

    def _terms(self, line: Line) -> list[slips.Piece]:
        """Read the terms of a line one by one."""
        pieces = []
        for sign, node in summands(tree_of(line.text)):
            text = ast.unparse(node)
            signed = text if sign > 0 else f"-({text})"
            pieces.append(slips.Piece(text, signed, mcutils.parse(signed, self.sizes), self.sizes))
        return pieces

    def _of_the_bank(self, line: Line, before: Line | None) -> Slip:
        """Read off the derivative that the line claims, and look that up as a typed formula is."""
        question = self.question
        try:
            claimed = read_off(line.value, self.function, self.name, question.layout, question.order)
        except ValueError:
            return Slip(None, "")
        if claimed is None:
            times = "twice" if question.order == 2 else "once"
            return Slip(None, f"Every term must hold {self.d} exactly {times}.")
        assert question.derivation is not None, "the question is stated as text"
        report = formulas.wrong_formula(question, claimed, question.derivation)
        if report.tag is None:
            return (None if before else self._too_few_places(line)) or Slip(None, "")
        alone = _LINES.get(report.tag) if len(report.tags) == 1 else None
        return Slip(report.tag, alone or report.message, report.tags)


_UNDER_VEC = (
    "Something under `vec` has gained or lost a transpose, and vec(X.T) is a commutation matrix times vec(X): look for "
    "the one that belongs here."
)
_TURNED = "What stands with the differential is the transpose of what it should be."
_LINES = {"transposed": _TURNED, "layout-flipped": _TURNED, "inverse-not-transposed": _TURNED}
"""Sentences of the bank that speak of a whole answer, as they are said of a line."""


def _stacked(f: Expression) -> Expression:
    return Expression(algebra.vec(f._value), f.symbols, f.conditions)


def _rename_first(tree: ast.expr, name: str, other: str) -> None:
    """Give the first of two factors dX another name."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    min(found, key=lambda node: node.col_offset).id = other
