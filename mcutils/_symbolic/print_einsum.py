"""Expressions out as einsum calls, which `read_einsum` reads back."""

from __future__ import annotations

from collections.abc import Sequence

from mcutils._symbolic.core import Head, Tensor, Term


def einsum_text(f: Tensor) -> str:
    """The expression as NumPy einsum calls, such as ``2*einsum("ji,jk->ik", A, B)``."""
    if not f.terms:
        return "0" if not f.axes else f"zeros({', '.join(map(str, f.axes))})"
    parts = [_einsum_term(term, f.axes) for term in f.terms]
    return parts[0] + "".join(f" - {p[1:]}" if p.startswith("-") else f" + {p}" for p in parts[1:])


def _einsum_term(term: Term, axes: Sequence[object]) -> str:
    scalars = [_operand(f.head) for f in term.factors if not f.slots]
    operands = [(_operand(f.head), f.slots) for f in term.factors if f.slots]
    met = {s for _, slots in operands for s in slots}
    operands += [(f"ones({axis})", (k,)) for k, axis in enumerate(axes) if k not in met]
    letters = {
        s: chr(ord("i") + k) if k < 18 else chr(ord("A") + k - 18)
        for k, s in enumerate({s: 0 for _, t in operands for s in t})
    }
    result = "".join(letters[k] for k in range(len(axes)))
    spec = ",".join("".join(letters[s] for s in slots) for _, slots in operands)
    plain = len(operands) == 1 and spec == result
    arrays = [operands[0][0]] if plain else [f'einsum("{spec}->{result}", {", ".join(code for code, _ in operands)})']
    shown = [*scalars, *(arrays if operands else [])]
    size = abs(term.coefficient)
    front = [str(size) if size.denominator == 1 else f"({size})"] if size != 1 or not shown else []
    return ("-" if term.coefficient < 0 else "") + "*".join(front + shown)


def _operand(head: Head) -> str:
    if head.kind in {"symbol", "size"}:
        return head.name
    if head.inner is None:
        kind = "I" if head.kind == "delta" else head.kind
        return f"{kind}({', '.join(str(a) for a in (head.axes[:1] if kind == 'I' else head.axes))})"
    inner = einsum_text(head.inner)
    if head.kind == "sum":
        return f"({inner})"
    if head.kind == "pow":
        return f"({inner})**({head.parameter})"
    return f"{head.kind}({inner}{f', axis={head.parameter}' if head.kind == 'softmax' else ''})"
