"""Mutants of typed answers: matrix notation, index notation, einsum specifications, shapes in axis names.

What kind a text is, is read from the text. Matrix notation is Python's own grammar, so the operators for code serve it
too; the others have tokens, and errors of their own: levels, letters that clash, indices in each other's place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from autograder.authoring.operators import FACTORS, WAY_ROUND, Operator, Place
from autograder.authoring.trees import replaced
from autograder.authoring.walk import changes

Symbols = Mapping[str, str]
Rewrite = Callable[[str, Symbols], Iterator[str]]

SCRIPT = re.compile(r"([\^_])(\{[^{}]*\}|[A-Za-z0-9])")
FACTOR = re.compile(rf"[A-Za-z]+\d*(?:{SCRIPT.pattern})+")
TERM = re.compile(r"(?P<sign>^\s*-?|\s*[+-])\s*(?P<body>(?:\{[^{}]*\}|\([^()]*\)|[^+\-{}()])+)")
SPECIFICATION = re.compile(r"\s*([a-z]+(?:,[a-z]+)*)\s*->\s*([a-z]*)\s*")


def text_mutants(text: str, place: Place, symbols: Symbols) -> Iterator[tuple[Operator, str]]:
    """Yield each operator with the text as it leaves it; nothing where the text is no formula.

    Args:
        text: what an answer cell assigns.
        place: the ranks and twins of the symbols; ``whole`` if the text is the whole answer.
        symbols: the symbols with their axes as the tests declare them.
    """
    table = _table(text, symbols)
    for operator, rewrite in table or ():
        for changed in rewrite(text, symbols):
            yield operator, changed
    if table is None and (tree := _matrix(text)) is not None:
        for operator, node, new in changes(tree, place):
            yield operator, ast.unparse(replaced(tree, node, new))


def notation(text: str, symbols: Symbols) -> str | None:
    """Say what a typed text is: ``index``, ``einsum``, ``shape``, ``matrix``, or None where it is no formula.

    >>> notation("u_i W^i_a x^b", {}), notation("ij,jk->ik", {}), notation("A.T @ x", {}), notation("left", {})
    ('index', 'einsum', 'matrix', None)
    """
    if FACTOR.search(text) and "@" not in text and not set(re.findall(r"\w+", text)) <= set(symbols):
        return "index"
    if SPECIFICATION.fullmatch(text):
        return "einsum"
    if (words := text.split()) and set(words) <= _axes(symbols) - set(symbols):
        return "shape"
    return "matrix" if _matrix(text) is not None else None


def _table(text: str, symbols: Symbols) -> list[tuple[Operator, Rewrite]] | None:
    """Return the operators for a text that is no matrix notation."""
    return {"index": INDEX, "einsum": EINSUM, "shape": SHAPE}.get(notation(text, symbols) or "")


def _matrix(text: str) -> ast.expr | None:
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None
    calculates = isinstance(tree, ast.BinOp | ast.UnaryOp | ast.Call | ast.Attribute)
    return tree if calculates else None


def _axes(symbols: Symbols) -> frozenset[str]:
    flags = {"symmetric", "spd", "positive"}
    return frozenset(word for text in symbols.values() for word in text.split() if word not in flags)


# --- index notation ---------------------------------------------------------------------------------------------------


def _terms(text: str) -> list[re.Match[str]]:
    """Return the terms of a sum; nothing where the pattern does not cover the text."""
    found = list(TERM.finditer(text))
    return found if "".join(match[0] for match in found) == text else []


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _sum(terms: Iterable[tuple[bool, str]]) -> str:
    """Write terms, each with whether it is subtracted, as a sum."""
    text = "".join(f"{' - ' if minus else ' + '}{body}" for minus, body in terms)
    return text[3:] if text.startswith(" + ") else f"-{text[3:]}"


def _signed(text: str) -> list[tuple[bool, str]]:
    return [("-" in term["sign"], term["body"].strip()) for term in _terms(text)]


def _term_signs(text: str, _: Symbols) -> Iterator[str]:
    terms = _signed(text)
    for k, (minus, body) in enumerate(terms):
        yield _sum([*terms[:k], (not minus, body), *terms[k + 1 :]])


def _terms_dropped(text: str, _: Symbols) -> Iterator[str]:
    terms = _signed(text)
    for k in range(len(terms) if len(terms) > 1 else 0):
        yield _sum([*terms[:k], *terms[k + 1 :]])


def _terms_doubled(text: str, _: Symbols) -> Iterator[str]:
    terms = _signed(text)
    for k, (minus, body) in enumerate(terms) if len(terms) > 1 else ():
        yield _sum([*terms[:k], (minus, f"2 {body}"), *terms[k + 1 :]])


def _index_doubled(text: str, _: Symbols) -> Iterator[str]:
    if len(terms := _signed(text)) == 1:
        yield _sum([(terms[0][0], f"2 {terms[0][1]}")])


def _index_halved(text: str, _: Symbols) -> Iterator[str]:
    if len(terms := _signed(text)) == 1:
        yield _sum([(terms[0][0], f"1/2 {terms[0][1]}")])


def _levels_flipped(text: str, _: Symbols) -> Iterator[str]:
    for script in SCRIPT.finditer(text):
        yield _put(text, script.start(1), script.end(1), "_" if script[1] == "^" else "^")


def _letters(factor: re.Match[str], text: str) -> list[tuple[int, int]]:
    """Return where the letters of a factor's indices stand."""
    spans = []
    for script in SCRIPT.finditer(text, factor.start(), factor.end()):
        spans += [(m.start(), m.end()) for m in re.compile(r"\w+").finditer(text, script.start(2), script.end(2))]
    return spans


def _indices_swapped(text: str, _: Symbols) -> Iterator[str]:
    for factor in FACTOR.finditer(text):
        spans = _letters(factor, text)
        if not factor[0].startswith("delta"):
            for (a, b), (c, d) in pairwise(spans):
                yield text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def _renamed(text: str, _: Symbols) -> Iterator[str]:
    """One index takes the name of the next other one of its term: a sum is lost or made."""
    for term in _terms(text):
        spans = [span for factor in FACTOR.finditer(text, term.start(), term.end()) for span in _letters(factor, text)]
        for position, (start, end) in enumerate(spans):
            later = [text[a:b] for a, b in spans[position + 1 :] + spans[:position]]
            other = next((letter for letter in later if letter != text[start:end]), None)
            if other is not None:
                yield _put(text, start, end, other)


def _factors_dropped(text: str, _: Symbols) -> Iterator[str]:
    for term in _terms(text):
        factors = list(FACTOR.finditer(text, term.start(), term.end()))
        for factor in factors if len(factors) > 1 else ():
            yield re.sub(r"  +", " ", _put(text, factor.start(), factor.end(), "")).strip()


INDEX: list[tuple[Operator, Rewrite]] = [
    (Operator(name, frozenset(tags)), rewrite)
    for name, tags, rewrite in (
        ("sign of a term", {"sign"}, _term_signs),
        ("term dropped", {"missing-term", "halved", "shape"}, _terms_dropped),
        ("term doubled", {"doubled", "scaled"}, _terms_doubled),
        ("the whole doubled", {"doubled"}, _index_doubled),
        ("the whole halved", {"halved"}, _index_halved),
        # an index taken out of its sum leaves the summands side by side, as a batch that nobody summed
        ("level flipped", {"index-level", "dummy-index-clash", "batch-not-summed", "shape"}, _levels_flipped),
        ("indices swapped", WAY_ROUND | {"index-level", "not-symmetrised"}, _indices_swapped),
        ("index renamed", {"dummy-index-clash", "shape"}, _renamed),
        ("factor dropped", FACTORS | {"inner-derivative-missing", "shape"}, _factors_dropped),
    )
]


# --- einsum -----------------------------------------------------------------------------------------------------------


def _operands(text: str) -> tuple[list[str], str]:
    match = SPECIFICATION.fullmatch(text)
    assert match is not None, "the text was recognised by this pattern"
    return match[1].split(","), match[2]


def _output_swapped(text: str, _: Symbols) -> Iterator[str]:
    inputs, output = _operands(text)
    for k in range(len(output) - 1):
        yield f"{','.join(inputs)}->{output[:k]}{output[k + 1]}{output[k]}{output[k + 2 :]}"


def _input_swapped(text: str, _: Symbols) -> Iterator[str]:
    inputs, output = _operands(text)
    for position, letters in enumerate(inputs):
        for k in range(len(letters) - 1):
            swapped = f"{letters[:k]}{letters[k + 1]}{letters[k]}{letters[k + 2 :]}"
            yield f"{','.join([*inputs[:position], swapped, *inputs[position + 1 :]])}->{output}"


def _letter_renamed(text: str, _: Symbols) -> Iterator[str]:
    """One letter takes a name of its own, so that what was summed together no longer is."""
    inputs, output = _operands(text)
    free = next(letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in text)
    for position, letters in enumerate(inputs):
        for k, letter in enumerate(letters):
            if sum(other.count(letter) for other in inputs) > 1:
                renamed = f"{letters[:k]}{free}{letters[k + 1 :]}"
                yield f"{','.join([*inputs[:position], renamed, *inputs[position + 1 :]])}->{output}"


def _output_dropped(text: str, _: Symbols) -> Iterator[str]:
    inputs, output = _operands(text)
    for k in range(len(output)):
        yield f"{','.join(inputs)}->{output[:k]}{output[k + 1 :]}"


EINSUM: list[tuple[Operator, Rewrite]] = [
    (Operator(name, frozenset(tags)), rewrite)
    for name, tags, rewrite in (
        ("output indices swapped", WAY_ROUND | {"not-symmetrised"}, _output_swapped),
        ("input indices swapped", WAY_ROUND, _input_swapped),
        ("index renamed", {"index-split", "shape"}, _letter_renamed),
        ("output index dropped", {"shape"}, _output_dropped),
    )
]


# --- shapes -----------------------------------------------------------------------------------------------------------


def _axes_reversed(text: str, _: Symbols) -> Iterator[str]:
    words = text.split()
    if words != words[::-1]:
        yield " ".join(words[::-1])


def _axis_dropped(text: str, _: Symbols) -> Iterator[str]:
    words = text.split()
    for k in range(len(words)):
        yield " ".join(words[:k] + words[k + 1 :])


def _axis_renamed(text: str, symbols: Symbols) -> Iterator[str]:
    words = text.split()
    for k, word in enumerate(words):
        other = next((axis for axis in sorted(_axes(symbols)) if axis not in words), None)
        if other is not None and word:
            yield " ".join([*words[:k], other, *words[k + 1 :]])


SHAPE: list[tuple[Operator, Rewrite]] = [
    (Operator(name, frozenset(tags)), rewrite)
    for name, tags, rewrite in (
        ("axes reversed", {"transposed", "shape"}, _axes_reversed),
        ("axis dropped", {"shape"}, _axis_dropped),
        ("axis renamed", {"shape"}, _axis_renamed),
    )
]
