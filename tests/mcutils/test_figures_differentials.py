"""The figures of the unit on differentials: rings that turn, rings that do not fit, and what is left without dX."""

import numpy as np
import pytest
from matplotlib.patches import Circle

from mcutils import ShapeError
from mcutils.figures import differentials

RING = {"A": "m n", "B": "n p", "C": "p m"}
SIZE = {"m": 3, "n": 4, "p": 5, "k": 6}


def words(figure):
    return [item.get_text() for item in figure.figure.axes[0].texts]


def letters_clockwise(figure, panel):
    """Read the letters in the discs of one panel, clockwise from the top."""
    axes = figure.figure.axes[0]
    named = {item.get_position(): item.get_text().strip("$") for item in axes.texts}
    discs = [disc.center for disc in axes.patches if isinstance(disc, Circle)]
    here = [(x, y) for x, y in discs if int(x / differentials.WIDTH) == panel]
    middle = (panel + 0.5) * differentials.WIDTH
    here.sort(key=lambda place: np.arctan2(place[0] - middle, place[1] - differentials.MIDDLE) % (2 * np.pi))
    return [named[place] for place in here]


def test_a_ring_is_read_clockwise_as_its_formula_says():
    """The discs of each panel, clockwise from the mark, are the factors of the trace below it."""
    figure = differentials.turning(RING, other=("A", "C", "B"))
    orders = [letters_clockwise(figure, panel) for panel in range(4)]
    assert orders == [["A", "B", "C"], ["B", "C", "A"], ["C", "A", "B"], ["A", "C", "B"]]
    formulas = [word for word in words(figure) if "tr" in word]
    for formula, order in zip(formulas, orders, strict=True):
        assert [sign for sign in formula if sign in "ABC"] == order


def test_every_turn_is_the_same_number_and_the_other_order_is_not():
    """What the figure says of a ring holds for matrices: three turns agree, the other order differs."""
    A, B, C = np.random.default_rng(1).standard_normal((3, 4, 4))
    matrices = {"A": A, "B": B, "C": C}
    figure = differentials.turning(dict.fromkeys(RING, "n n"), other=("A", "C", "B"))
    first, *turns, other = [
        np.trace(np.linalg.multi_dot([matrices[name] for name in letters_clockwise(figure, panel)]))
        for panel in range(4)
    ]
    assert turns == pytest.approx([first, first])
    assert other != pytest.approx(first)


def test_joints_carry_the_axis_that_is_summed():
    """Each of three turns has the joints m, n and p; the other order has three joints that do not fit."""
    found = words(differentials.turning(RING, other=("A", "C", "B")))
    assert [found.count(f"${axis}$") for axis in "mnp"] == [3, 3, 3]
    assert {r"$n\neq p$", r"$m\neq n$", r"$p\neq m$"} <= set(found)


def test_the_alternative_names_what_is_joined():
    """The text alternative says which pairs are joined, and what clashes in the other order."""
    figure = differentials.turning(RING, other=("A", "C", "B"))
    assert "tr(A B C), tr(B C A), tr(C A B)" in figure.alt
    assert "A to B over n, B to C over p, C to A over m" in figure.alt
    assert "n of A meets p of C" in figure.alt
    assert "another ring" in figure.caption
    assert "another ring" not in differentials.turning(RING).caption


def test_what_is_left_without_the_step_is_the_transposed_gradient():
    """tr(A dX B) is turned to tr(B A dX), and BA is the transpose of the gradient of tr(A X B)."""
    rng = np.random.default_rng(2)
    A, X, B = (rng.standard_normal([SIZE[axis] for axis in axes]) for axes in ("km", "mn", "nk"))
    figure = differentials.read_off({"A": "k m", "dX": "m n", "B": "n k"})
    assert letters_clockwise(figure, 1) == ["B", "A", r"\mathrm{d}X"]
    assert letters_clockwise(figure, 2) == ["B", "A"]
    assert "$G^T = BA$" in words(figure)
    dX = rng.standard_normal(X.shape)
    assert np.trace(A @ dX @ B) == pytest.approx(np.trace(B @ A @ dX))
    assert "n rows and m columns, and X is (m, n)" in figure.caption


def test_a_step_that_stands_last_needs_no_turn():
    """Where dX is at the end already there are two panels, and no arrow says turn."""
    figure = differentials.read_off({"X.T": "n m", "A": "m m", "dX": "m n"})
    assert "turn" not in words(figure)
    assert letters_clockwise(figure, 0) == ["X^T", "A", r"\mathrm{d}X"]
    assert "turn" in words(differentials.read_off({"A": "k m", "dX": "m n", "B": "n k"}))


@pytest.mark.parametrize("draw", [differentials.turning, differentials.read_off])
@pytest.mark.parametrize(
    ("factors", "sentence"),
    [
        ({"A": "m n", "dX": "p m"}, r"A has columns n and dX, which comes next, has rows p"),
        ({"A": "m n", "dX": "n p"}, r"dX has columns p and A, which comes next, has rows m"),
        ({"a": "m", "dX": "m n"}, r'a has the axes "m"; a matrix has two'),
        ({}, r"there are no factors"),
    ],
)
def test_a_chain_that_does_not_close_is_refused(draw, factors, sentence):
    """A trace needs a ring: neighbours must fit, the last factor must fit the first, and all are matrices."""
    with pytest.raises(ShapeError, match=sentence):
        draw(factors)


def test_a_ring_without_a_step_has_nothing_to_read():
    """read_off needs dX among its factors, and says so."""
    with pytest.raises(ShapeError, match="the factors are A, B, C; one of them must be dX"):
        differentials.read_off(RING)


def test_another_order_names_the_same_matrices():
    """The order that is no turn must be made of the same matrices."""
    with pytest.raises(ShapeError, match="other is A, C, D; give A, B, C in another order"):
        differentials.turning(RING, other=("A", "C", "D"))
