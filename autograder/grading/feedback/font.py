"""Gives a page the letters and signs of its formulas, so that they look the same on every machine.

A browser can only stretch a bracket around a matrix with a font made for formulas; Windows and macOS bring one, most
Linux desktops do not. STIX Two Math (SIL Open Font License; the file is ``ziamath``'s) has 1.5 MB; what formulas use of
it goes into the page itself. A page gets one of two selections, so that a class's pages share the work.
"""

from __future__ import annotations

import base64
import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools import subset

_MARKS = (
    "±×·¬¨¯°´¸ˆˇ˘˙˚˜−∓∔∕∖∗∘∙√∛∜∝∞∠∧∨∩∪∫∬∭∮∴∵∶∷∼≀≁≂≃≅≈≊≍≐≔≕≜≝≠≡≢≤≥≦≧≪≫≮≯"
    "≰≱≺≻⊂⊃⊄⊅⊆⊇⊈⊉⊊⊋⊎⊏⊐⊑⊒⊓⊔⊕⊖⊗⊘⊙⊚⊛⊞⊟⊠⊡⊢⊣⊤⊥⊦⊨⊬⊭⋀⋁⋂⋃⋄⋅⋆⋈⋉⋊"
)
_SIGNS = "‖†‡•…′″‴⁄⁗ℏℑℓ℘ℜℵ∀∁∂∃∄∅∆∇∈∉∋∌∎∏∐∑∣∤∥∦⋮⋯⋰⋱⌈⌉⌊⌋⎰⎱⏜⏝⏞⏟⏠⏡□■▪△▽◁▷◇○⟂⟦⟧⟨⟩⟮⟯⟵⟶⟷⟸⟹⟺⟼⤳⩽⩾⪅⪆⪯⪰ℝℂℕℤℚℙℍ𝔼𝟙"
_ARROWS = "←↑→↓↔↕↖↗↘↙↚↛↝↞↠↣↦↩↪↭↮↼⇀⇁⇄⇆⇋⇌⇐⇑⇒⇓⇔⇕"
_ACCENTS = "".join(map(chr, [*range(0x300, 0x30D), 0x310, 0x311, 0x331, 0x332, 0x338, 0x20D6, 0x20D7, 0x20DB, 0x20E1]))
_PLAIN = "".join(map(chr, [*range(0x20, 0x7F), 0xA0, *range(0x391, 0x3CA), 0x3D1, 0x3D5, 0x3D6, 0x3F0, 0x3F1, 0x3F5]))
_ITALIC = "ℎ" + "".join(map(chr, [*range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)]))

ALPHABET = frozenset(_PLAIN + _ITALIC + _MARKS + _SIGNS + _ARROWS + _ACCENTS)
"""What formulas are made of: letters upright and italic, Greek ones too, digits, signs, arrows and accents."""

STYLED = frozenset(map(chr, [*range(0x1D400, 0x1D800), *range(0x2100, 0x2150)])) - ALPHABET
"""Letters that are bold, script, Fraktur or double-struck; a page with any of them has the larger selection."""


def face(markup: str) -> str:
    """Choose the font of a page.

    Args:
        markup: the page, without a font.

    Returns:
        A rule for the page's style sheet; empty where there are no formulas.
    """
    return _face(not STYLED.isdisjoint(markup)) if "<math" in markup else ""


@cache
def _face(styled: bool) -> str:
    data = base64.b64encode(_selection(ALPHABET | STYLED if styled else ALPHABET)).decode("ascii")
    return f'@font-face {{ font-family: Formulas; src: url(data:font/woff;base64,{data}) format("woff"); }}'


def _selection(characters: frozenset[str]) -> bytes:
    """Take some characters, and what is made of them (stretched brackets, small primes), out of the font."""
    options = subset.Options(
        flavor="woff", hinting=False, layout_features=["ssty", "dtls", "flac"], notdef_outline=True
    )
    options.name_IDs = [0, 13, 14]  # the copyright, and the licence that goes with every copy
    made = io.BytesIO()
    font = subset.load_font(_file(), options)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=map(ord, characters))
    chosen.subset(font)
    subset.save_font(font, made, options)
    return made.getvalue()


def _file() -> Path:
    """Find the font; the package around it need not be imported."""
    spec = find_spec("ziamath")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("ziamath is not installed; the font of the formulas is part of it")
    return Path(spec.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"
