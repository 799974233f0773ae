"""The distribution of marks as a picture in SVG, with the same in words.

Drawn by hand: a few bars need no plotting library, take the page's own colours in light and dark, and load in no time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

MOST_BINS = 10
ROUND = (1, 2, 2.5, 5, 10)
"""What the width of a bar begins with: whoever reads 0, 4.9 and 9.8 has to reckon."""
WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 24, 44


@dataclass(frozen=True)
class Bin:
    """Scores from ``low`` to below ``high``; the last bin has its upper end too."""

    low: float
    high: float
    count: int


def bins(scores: Sequence[float], maximum: float) -> tuple[Bin, ...]:
    """Count scores in at most ten bins of a round width from 0 to the maximum; what lies outside counts at the ends.

    >>> [(b.low, b.high, b.count) for b in bins([0, 9, 10, 12], 10)][-1]
    (9.0, 10.0, 3)
    >>> [b.high for b in bins([], 13)], [b.high for b in bins([], 49)][-2:]
    ([2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0], [45.0, 50.0])
    """
    most = maximum if maximum > 1e-6 else float(MOST_BINS)  # an assignment may be worth nothing
    unit = 10.0 ** floor(log10(most / MOST_BINS) + 1e-9)
    step = unit * next(first for first in ROUND if first * unit >= most / MOST_BINS * (1 - 1e-9))
    count = ceil(most / step - 1e-9)
    places = [min(count - 1, max(0, int(score / step + 1e-9))) for score in scores]
    return tuple(Bin(k * step, (k + 1) * step, places.count(k)) for k in range(count))


def in_words(scores: Sequence[float], maximum: float) -> str:
    """Say what the picture shows.

    >>> in_words([3, 9, 10], 10)
    '3 students, scores from 3 to 10 of 10, median 9: 1 with 3 to 4, 2 with 9 to 10.'
    """
    if not scores:
        return "No scores yet."
    ordered, half = sorted(scores), len(scores) // 2
    median = ordered[half] if len(scores) % 2 else (ordered[half - 1] + ordered[half]) / 2
    parts = ", ".join(f"{b.count} with {b.low:g} to {b.high:g}" for b in bins(scores, maximum) if b.count)
    who = "1 student" if len(scores) == 1 else f"{len(scores)} students"
    return f"{who}, scores from {ordered[0]:g} to {ordered[-1]:g} of {maximum:g}, median {median:g}: {parts}."


def histogram(scores: Sequence[float], maximum: float) -> str:
    """Draw the distribution of scores.

    Args:
        scores: one for each student.
        maximum: the largest that can be reached.

    Returns:
        An ``svg`` element; its title and description say the same in words.
    """
    found = bins(scores, maximum)
    step = max(1, ceil(max(b.count for b in found) / 5))
    top = step * max(1, ceil(max(b.count for b in found) / step))
    body = [*_grid(step, top), *_bars(found, top), *_scale(found)]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="marks-title marks-said">'
        '<title id="marks-title">How many students have which score</title>'
        f'<desc id="marks-said">{escape(in_words(scores, maximum))}</desc>{"".join(body)}</svg>'
    )


def _height(count: float, top: int) -> float:
    return count / top * (HEIGHT - TOP - BOTTOM)


def _grid(step: int, top: int) -> list[str]:
    """Lines across, each with its number of students."""
    out = []
    for count in range(0, top + 1, step):
        y = HEIGHT - BOTTOM - _height(count, top)
        out.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{count}</text>')
    return out


def _bars(found: Sequence[Bin], top: int) -> list[str]:
    """One bar for each bin, its count above it, so that no colour has to be told from another."""
    wide = (WIDTH - LEFT - RIGHT) / len(found)
    out = []
    for k, b in enumerate(found):
        tall = _height(b.count, top)
        if not b.count:
            continue
        x, y = LEFT + k * wide, HEIGHT - BOTTOM - tall
        out.append(f'<rect class="bar" x="{x + 2:.1f}" y="{y:.1f}" width="{wide - 4:.1f}" height="{tall:.1f}"/>')
        out.append(f'<text x="{x + wide / 2:.1f}" y="{y - 6:.1f}" text-anchor="middle">{b.count}</text>')
    return out


def _scale(found: Sequence[Bin]) -> list[str]:
    """Scores below the bars, and what they are."""
    wide, y = (WIDTH - LEFT - RIGHT) / len(found), HEIGHT - BOTTOM + 18
    ends = [*(b.low for b in found), found[-1].high]
    marks = [
        f'<text x="{LEFT + k * wide:.1f}" y="{y}" text-anchor="middle">{end:.3g}</text>' for k, end in enumerate(ends)
    ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*marks, f'<text x="{middle:.1f}" y="{HEIGHT - 6}" text-anchor="middle">score</text>']
