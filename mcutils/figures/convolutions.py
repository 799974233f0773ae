"""The figures of the unit on convolutions: where windows look, the matrix of a filter, how often a place is read.

Separate because they belong to one lesson and share its colours: each tap of the filter has one, and a number or a
letter beside it. Places, windows and taps are counted from 0, as in code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

import mcutils
from mcutils._errors import ShapeError
from mcutils.figures._base import BLUE, GREEN, GREY, INK, ORANGE, PALE, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

TAPS = (BLUE, ORANGE, GREEN, "#8250df", "#9a6700")
MOST_PLACES = 14


def sliding_window(length: int, width: int, stride: int = 1) -> Figure:
    """Draw a window on each of its positions over a signal, and beside it the same thing as a tensor of zeros and ones.

    Args:
        length: places of the signal, at most 14.
        width: taps of the window, at most 5.
        stride: places from one position of the window to the next.

    Returns:
        The figure: one row for each position; on the left the places that its taps cover, on the right its slice of the
        tensor, with a row for each tap and a column for each place.

    Raises:
        ShapeError: the window does not fit into the signal.
        ValueError: there are more places or taps than a picture can show, or a number is not a whole one.
    """
    P = mcutils.patch_tensor(length, width, stride)
    _require_few(length, width)
    windows = len(P)
    canvas = Canvas(figsize=(9.2, 0.62 * (windows + 1.4) * max(1, width / 3)), layout="constrained")
    left, right = canvas.subplots(1, 2, sharey=True)
    height = width + 1.0
    for t in range(windows):
        top = t * height
        _strip(left, top + (width - 1) / 2, length)
        for w in range(width):
            _tap(left, stride * t + w, top + (width - 1) / 2, w)
            _row_of_tensor(right, P[t, w], top + w, w)
        right.add_patch(Rectangle((0, top), length, width, fill=False, edgecolor=INK, lw=1.2))
        left.text(-0.4, top + width / 2, f"$t={t}$", ha="right", va="center", color=INK)
    for axes, title in ((left, "which place lies under which tap"), (right, "$P_{tws}$: for each $t$, taps by places")):
        axes.set(xlim=(-1.6, length + 0.2), ylim=(windows * height, -1.4), title=title)
        _number_places(axes, length)
        axes.axis("off")
    unread = length - (stride * (windows - 1) + width)
    last = f" The last {_count(unread, 'place')} are read by no window." if unread > 1 else ""
    last = " The last place is read by no window." if unread == 1 else last
    return Figure(
        canvas,
        alt=f"A signal of {_count(length, 'place')} and a window of {_count(width, 'tap')} in its "
        f"{_count(windows, 'position')}, {_count(stride, 'place')} apart. On the right the same as blocks of {width} "
        f"rows and {length} columns, with a 1 where tap w of window t lies on place s = {_start(stride)} + w, and 0 "
        f"elsewhere.{last}",
        caption=f"Left: the window slides, {_count(stride, 'place')} at a time. Right: nothing slides. The tensor has "
        f"{P.size} entries, and the {int(P.sum())} ones say the same.{last}",
    )


def filter_matrix(f: ArrayLike, length: int, stride: int = 1) -> Figure:
    """Draw the matrix by which a filter acts on a signal of one channel, and how many windows read each place.

    Args:
        f: the filter, an array of shape (w,) with at most 5 taps.
        length: places of the signal, at most 14.
        stride: places from one position of the window to the next.

    Returns:
        The figure: above the matrix, with a row for each output and a column for each place; below, for each place, in
        how many windows it lies.

    Raises:
        ShapeError: f does not have one axis, or is longer than the signal.
        ValueError: there are more places or taps than a picture can show.
    """
    taps = np.asarray(f, dtype=float)
    if taps.ndim != 1:
        raise ShapeError(f"filter_matrix: got f of shape {taps.shape}; give the taps of one filter, (w,)")
    P = mcutils.patch_tensor(length, len(taps), stride)
    _require_few(length, len(taps))
    counts = P.sum(axis=(0, 1)).astype(int)
    canvas = Canvas(figsize=(6.4, 0.42 * (len(P) + 5.5)), layout="constrained")
    matrix, below = canvas.subplots(2, 1, sharex=True, height_ratios=(len(P) + 1, 3.2))
    for t in range(len(P)):
        _strip(matrix, t, length)
        for w, tap in enumerate(taps):
            _tap(matrix, stride * t + w, t, w, f"{tap:g}".replace("-", "−"))
        matrix.text(-0.4, t + 0.5, f"$t={t}$", ha="right", va="center", color=INK)
    matrix.set(xlim=(-1.6, length + 0.2), ylim=(len(P) + 0.1, -1.2))
    _number_places(matrix, length)
    below.bar(np.arange(length) + 0.5, counts, width=0.8, color=GREY)
    for s, count in enumerate(counts):
        below.text(s + 0.5, count + 0.12, str(count), ha="center", va="bottom", color=INK)
    below.set(ylim=(0, max(counts) + 1.4))
    below.text(-0.4, max(counts) / 2, "windows", ha="right", va="center", color=INK)
    for axes in (matrix, below):
        axes.axis("off")
    shown = ", ".join(f"{tap:g}".replace("-", "−") for tap in taps)
    return Figure(
        canvas,
        alt=f"The matrix of the filter ({shown}) for a signal of {_count(length, 'place')}: {len(P)} rows, each the "
        f"taps moved {_count(stride, 'place')} to the right of the row above, zeros elsewhere. Below, how many windows "
        f"read each place: {', '.join(map(str, counts))}.",
        caption="By rows: each output reads the signal through the taps. By columns: each place feeds the outputs "
        "whose windows it lies in, and as many terms come back to it (bars).",
    )


def _require_few(length: int, width: int) -> None:
    if length > MOST_PLACES or width > len(TAPS):
        raise ValueError(
            f"a picture has room for {MOST_PLACES} places and {len(TAPS)} taps; got {length} and {width}, take fewer"
        )


def _strip(axes: Axes, top: float, length: int) -> None:
    """Draw the places of the signal as empty squares."""
    for s in range(length):
        axes.add_patch(Rectangle((s, top), 1, 1, facecolor="white", edgecolor="#c8ced6", lw=0.8))


def _tap(axes: Axes, place: int, top: float, tap: int, text: str = "") -> None:
    axes.add_patch(Rectangle((place, top), 1, 1, facecolor=TAPS[tap], edgecolor="white", lw=0.8))
    written: dict[str, Any] = {"ha": "center", "va": "center", "color": "white", "fontsize": 9}
    axes.text(place + 0.5, top + 0.5, text or f"$w={tap}$", **written)


def _row_of_tensor(axes: Axes, row: Any, top: float, tap: int) -> None:
    for s, value in enumerate(row):
        face = TAPS[tap] if value else PALE
        axes.add_patch(Rectangle((s, top), 1, 1, facecolor=face, edgecolor="white", lw=0.8))
        colour = "white" if value else GREY
        axes.text(s + 0.5, top + 0.5, f"{value:.0f}", ha="center", va="center", color=colour, fontsize=8)


def _number_places(axes: Axes, length: int) -> None:
    for s in range(length):
        text = "$s=0$" if s == 0 else str(s)
        axes.text(s + 0.5, -0.5, text, ha="center", va="center", color=GREY, fontsize=9)


def _start(stride: int) -> str:
    return "t" if stride == 1 else f"{stride}t"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
