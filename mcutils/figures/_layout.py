"""Where the nodes of a small network go: distances on the page like distances along the lines, then turned to be read.

Separate from the drawing because it is mathematics. The start is classical scaling (a chain starts as a straight line,
a ring as a circle), the rest majorises stress (Gansner, Koren, North 2004), and nothing is random: the same network is
the same picture. Good for a dozen nodes, which is what fits on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float64]
Wire = tuple[int, int, float]  # two nodes and how far apart they should be
FAR = 1e6
MOST_STEPS, STILL = 2000, 1e-5


def parts(count: int, wires: Sequence[Wire]) -> list[list[int]]:
    """Return the nodes in groups that hang together, each in increasing order."""
    group = list(range(count))
    for a, b, _ in wires:
        old, new = max(group[a], group[b]), min(group[a], group[b])
        group = [new if g == old else g for g in group]
    return [[n for n in range(count) if group[n] == g] for g in sorted(set(group))]


def spread(count: int, wires: Sequence[Wire]) -> Places:
    """Place the nodes of one connected network in the plane, around the origin.

    Args:
        count: how many nodes.
        wires: which are joined, and the length of each line.

    Returns:
        Places of shape (count, 2), their long direction level.
    """
    if count == 1:
        return np.zeros((1, 2))
    far = _distances(count, wires)
    places = _scaled(far)
    weights = 1 / (far + np.eye(count)) ** 2 - np.eye(count)
    laplacian = np.diag(weights.sum(1)) - weights
    inverse = np.linalg.pinv(laplacian)
    for _ in range(MOST_STEPS):
        gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(count)
        pull = -weights * far / np.maximum(gaps, 1e-9)
        before, places = places, inverse @ (pull - np.diag(pull.sum(1))) @ places
        if np.abs(places - before).max() < STILL:
            break
    places -= places.mean(0)
    return np.asarray(places @ np.linalg.svd(places, full_matrices=False)[2].T)


def turned(places: Places, wires: Sequence[Wire], worth: Callable[[Places], float]) -> Places:
    """Return the places turned so that some line is level or upright, mirrored or not, as is worth most."""
    steps = [places[b] - places[a] for a, b, _ in wires if a != b]
    angles = {round(float(np.arctan2(step[1], step[0])) % (np.pi / 2), 6) for step in steps}
    quarters = [angle + quarter * np.pi / 2 for angle in sorted(angles) for quarter in range(4)]
    candidates = [places @ _turn(angle) @ np.diag([1.0, flip]) for angle in quarters for flip in (1.0, -1.0)]
    return max(candidates, key=lambda candidate: round(worth(candidate), 6))


def _turn(angle: float) -> Places:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _distances(count: int, wires: Sequence[Wire]) -> Places:
    """Return the length of the shortest way between any two nodes."""
    far = np.full((count, count), FAR)
    np.fill_diagonal(far, 0)
    for a, b, length in wires:
        far[a, b] = far[b, a] = min(far[a, b], length) if a != b else 0
    for k in range(count):
        far = np.minimum(far, far[:, k, None] + far[None, k])
    return far


def _scaled(far: Places) -> Places:
    """Classical scaling to two dimensions; nodes that fall into one place are shaken apart, always in the same way."""
    count = len(far)
    centre = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(-centre @ far**2 @ centre / 2)
    places = np.asarray(vectors[:, ::-1][:, :2] * np.sqrt(np.maximum(values[::-1][:2], 1e-12)))
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(count)
    turns = np.arange(count) * 2.4
    return places + (0.05 * np.stack([np.cos(turns), np.sin(turns)], axis=1) if gaps.min() < 0.1 else 0.0)
