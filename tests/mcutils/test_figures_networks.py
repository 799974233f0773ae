"""Tensor networks: which nodes and lines an expression has, where they stand, what is said of them. Not pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcutils._symbolic import parse
from mcutils.figures import _layout
from mcutils.figures._placing import RADIUS, Placed
from mcutils.figures._wiring import holes, networks
from mcutils.figures.networks import derivative, network

SIZES = {
    "u": "m", "x": "n", "v": "n", "W": "m n", "X": "m k", "Y": "n k", "Z": "m k", "A": "n n", "B": "n n", "C": "n n",
    "S": "n n symmetric",
}  # fmt: skip


def wiring(text, wrt=""):
    return networks(parse(text, SIZES)._value, wrt)


def joined(one):
    """The lines of a network as sorted pairs of labels."""
    return sorted(tuple(sorted(one.nodes[n].label for n in line.nodes)) for line in one.lines)


@pytest.mark.parametrize(
    ("text", "nodes", "lines"),
    [
        ("u @ W @ x", ["W", "u", "x"], [("W", "u"), ("W", "x")]),
        ("W @ x", ["W", "x"], [("W", "i"), ("W", "x")]),
        ("tr(A)", ["A"], [("A", "A")]),
        ("tr(A @ B @ C)", ["A", "B", "C"], [("A", "B"), ("A", "C"), ("B", "C")]),
        ("sum(X * Z)", ["X", "Z"], [("X", "Z"), ("X", "Z")]),
        ("v * x", ["v", "x"], [("i", "i"), ("i", "v"), ("i", "x")]),
        ("outer(x, v)", ["v", "x"], [("i", "x"), ("j", "v")]),
        ("sum(x)", ["1", "x"], [("1", "x")]),
        ('I("n")', [], [("i", "j")]),
        ("diag(A)", ["A"], [("A", "i"), ("A", "i"), ("i", "i")]),
    ],
)
def test_nodes_are_factors_and_lines_are_indices(text, nodes, lines):
    """Factors become nodes, summed indices lines, free ones open ends, elementwise ones dots."""
    (one,) = wiring(text)
    assert sorted(one.nodes[n].label for n in one.having("tensor", "ones")) == nodes
    assert joined(one) == lines


@pytest.mark.parametrize(("text", "ends"), [("u @ W @ x", 0), ("W @ x", 1), ("W @ A", 2), ("A * B", 2), ("v * x", 1)])
def test_open_ends_are_axes(text, ends):
    """A network has as many open ends as its value has axes."""
    (one,) = wiring(text)
    assert len(one.having("end")) == ends == len(parse(text, SIZES).axes)


def test_brackets_are_multiplied_out():
    """A squared residual becomes three networks with their coefficients, the fullest first."""
    found = wiring("norm2(W.T @ X - Y)**2 / 2")
    assert [(one.coefficient, one.negative) for one in found] == [("1/2", False), ("", True), ("1/2", False)]
    assert [len(one.having("tensor")) for one in found] == [4, 3, 2]


@pytest.mark.parametrize(
    ("text", "coefficient"),
    [
        ("c * x @ A @ x", "c"),
        ("x @ A @ x / c", "1/c"),
        ("det(A) * u @ W @ x / 2", "det(A)/2"),
        ("x @ x / (2 * n)", "1/(2*n)"),
    ],
)
def test_scalars_stand_before_the_network(text, coefficient):
    """What has no axis is part of the coefficient, not a node without lines."""
    (one,) = networks(parse(text, {**SIZES, "c": ""})._value)
    assert one.coefficient == coefficient
    assert network(parse(text, {**SIZES, "c": ""})).figure.axes[0].texts


def test_function_is_one_node():
    """What stands inside a function is not taken apart."""
    (one,) = wiring("exp(W @ x)")
    assert [one.nodes[n].label for n in one.having("tensor")] == ["exp(W @ x)"]


def test_letters_are_no_names():
    """No index is called like a symbol or an axis."""
    (one,) = networks(parse("i @ j @ k", {"i": "l", "j": "l p", "k": "p"})._value)
    assert not {line.index for line in one.lines} & set("ijklp")


def test_derivative_leaves_a_hole_for_each_place():
    """x.T A x has two places of x: two networks, each with one hole at the end of one line."""
    found = holes(parse("x @ A @ x", SIZES)._value, "x")
    assert len(found) == 2
    for one in found:
        (hole,) = one.having("hole")
        assert sum(hole in line.nodes for line in one.lines) == 1
        assert [line.hole_index for line in one.lines if hole in line.nodes] == ["a"]


def test_hole_of_a_matrix_has_both_its_axes():
    """Where W stood two lines are left open: a at its first axis, b at its second."""
    (one,) = holes(parse("u @ W @ x", SIZES)._value, "W")
    (hole,) = one.having("hole")
    other = {line.hole_index: one.nodes[next(n for n in line.nodes if n != hole)].label for line in one.lines}
    assert other == {"a": "u", "b": "x"}


def test_hole_of_a_scalar_has_no_lines():
    """By a scalar the derivative is what is left, and the hole hangs on nothing."""
    (one,) = holes(parse("c * x @ A @ x", {**SIZES, "c": ""})._value, "c")
    (hole,) = one.having("hole")
    assert not any(hole in line.nodes for line in one.lines)
    assert one.coefficient == ""


def test_vec_is_a_node_of_its_own():
    """Stacked axes meet in a node called vec."""
    (one,) = wiring("vec(A)")
    assert sorted(node.label for node in one.nodes) == ["A", "i", "vec"]


def test_hole_inside_a_function_refused():
    """A product can be drawn with a hole; a function cannot, and the message says what to draw instead."""
    with pytest.raises(ValueError, match=r"x stands inside exp\(W @ x\); .* draw what differentiate"):
        derivative(parse("u @ exp(W @ x)", SIZES), "x")


def test_no_place_refused():
    """A variable that does not occur has no picture."""
    with pytest.raises(ValueError, match="v does not occur"):
        derivative(parse("u @ W @ x", SIZES), "v")


def test_alt_text_names_nodes_sums_and_ends():
    """Who does not see the picture is told the same: nodes from left to right, what is summed, what is free."""
    assert repr(network(parse("W @ x", SIZES))) == "Tensor network: W, x. Summed: W with x over n. Free: i (m, at W)."
    assert "Free: i (n, at v and x)" in repr(network(parse("v * x", SIZES)))
    assert "Summed: A with itself over n. Free: nothing" in repr(network(parse("tr(A)", SIZES)))
    assert "times −1/2" in repr(network(parse("-u @ W @ x / 2", SIZES)))


def test_alt_text_of_a_derivative_tells_of_the_hole():
    """The hole is named after what was taken out."""
    told = repr(derivative(parse("u @ W @ x", SIZES), "W"))
    assert "Below, the derivative by W: Tensor network: u, a hole for W, x." in told


def test_zero_is_an_empty_sheet():
    """An expression without terms can be drawn and says so."""
    assert "zero" in repr(network(parse("x - x", SIZES)))


# --- places -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["u @ W @ x", "W @ x", "W.T @ u", "u @ W @ A @ B @ x", "A @ B @ C"])
def test_a_chain_is_level_and_reads_as_it_is_written(text):
    """A product is a straight line whose factors stand in the order of the formula."""
    (one,) = wiring(text)
    placed = Placed(one)
    assert np.ptp(placed.places[:, 1]) < 0.01
    factors = [one.nodes[n].label for n in placed.order if one.nodes[n].kind == "tensor"]
    assert " @ ".join(factors) == text.replace(".T", "")


def test_a_ring_is_a_regular_polygon():
    """The matrices of a trace stand at equal distances from their centre and from their neighbours."""
    (one,) = networks(parse("tr(A @ B @ C @ D @ E)", dict.fromkeys("ABCDE", "n n"))._value)
    places = Placed(one).places
    assert np.ptp(np.linalg.norm(places - places.mean(0), axis=1)) < 0.02
    assert np.ptp([np.linalg.norm(places[a] - places[b]) for a, b in (line.nodes for line in one.lines)]) < 0.02


def test_first_free_index_is_left_and_last_is_right():
    """A matrix has its row on the left and its column on the right, also where it is a transpose."""
    for text in ("W", "W.T @ X", "outer(u, x)"):
        (one,) = wiring(text)
        first, last = one.having("end")
        places = Placed(one).places
        assert places[first, 0] == min(places[:, 0])
        assert places[last, 0] == max(places[:, 0])


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), st.data())
def test_nodes_keep_apart(count, data):
    """Whatever hangs together is spread so that no two nodes overlap."""
    wires = [(data.draw(st.integers(0, k - 1)), k, 1.6) for k in range(1, count)]
    extra = data.draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=3))
    places = _layout.spread(count, wires + [(a, b, 1.6) for a, b in extra if a != b])
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(count)
    assert gaps.min() > 2 * RADIUS


def test_parts_stand_side_by_side():
    """The two vectors of an outer product do not overlap."""
    (one,) = wiring("outer(x, v)")
    left, right = _layout.parts(len(one.nodes), [(*line.nodes, 1.0) for line in one.lines])
    places = Placed(one).places
    assert places[left, 0].max() < places[right, 0].min() or places[right, 0].max() < places[left, 0].min()


def test_symmetric_matrix_has_no_first_axis():
    """The rim of a symmetric matrix is not marked: both its axes are the same."""
    (one,) = wiring("v @ S @ x")
    assert [one.nodes[n].either_way for n in one.having("tensor")] == [True] * 3


def test_long_sums_are_wrapped_and_go_on_with_a_sign():
    """A sum that is wider than a page goes on in the next row with a plus or a minus."""
    text = " + ".join(f"u @ W @ {' @ '.join(['A'] * k)} @ x" for k in range(1, 6))
    figure = network(parse(text, SIZES))
    signs = [item.get_text() for item in figure.figure.axes[0].texts]
    assert signs.count("+") == 4
    assert figure.figure.get_size_inches()[0] < 11


def test_same_picture_each_time(tmp_path):
    """An expression drawn twice is the same file."""
    for name in ("one.svg", "two.svg"):
        network(parse("norm2(W.T @ X - Y)**2 / 2", SIZES)).save(tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
