"""The figure wrapper: what a notebook gets, what a file gets, and what is refused."""

import base64
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure as Canvas

from mcutils.figures import Figure


def drawing():
    canvas = Canvas(figsize=(3, 2), layout="constrained")
    axes = canvas.subplots()
    axes.plot([0, 1], [1, 0], "o--", label="a line")
    axes.legend()
    axes.set_xlabel("$x_1$")
    return canvas


def shown(figure):
    return figure._repr_mimebundle_()["text/html"]


def picture(figure):
    return base64.b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', shown(figure))[1])


def test_one_figure_element_with_picture_and_caption():
    """A notebook gets one figure element: an image with a text alternative, then the caption."""
    html = shown(Figure(drawing(), alt="A falling line.", caption="It falls."))
    element = ElementTree.fromstring(re.sub(r"(<img [^>]*)>", r"\1/>", html))
    assert element.tag == "figure"
    assert [child.tag for child in element] == ["img", "figcaption"]
    assert element[0].get("alt") == "A falling line."
    assert element[1].text == "It falls."


def test_picture_is_svg():
    """The image's data are one SVG document of the size that was asked for."""
    root = ElementTree.fromstring(picture(Figure(drawing(), alt="A falling line.")))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("width") == "216pt"


def test_no_caption_no_element():
    """Without a caption there is no empty line below the picture."""
    assert "figcaption" not in shown(Figure(drawing(), alt="A falling line."))


def test_plain_text_is_the_alternative():
    """Where no picture can be shown, its text alternative is."""
    figure = Figure(drawing(), alt="A falling line.")
    assert figure._repr_mimebundle_()["text/plain"] == repr(figure) == "A falling line."


def test_texts_are_escaped():
    """Signs that mean something in HTML stay signs."""
    html = shown(Figure(drawing(), alt='a < b, "quoted"', caption="<b>&"))
    assert 'alt="a &lt; b, &quot;quoted&quot;"' in html
    assert "&lt;b&gt;&amp;</figcaption>" in html


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_same_bytes_each_time(tmp_path, ending):
    """A figure drawn twice and saved twice gives the same bytes, without a date."""
    paths = [tmp_path / f"{k}.{ending}" for k in range(3)]
    once = Figure(drawing(), alt="A falling line.")
    for path, figure in zip(paths, (once, once, Figure(drawing(), alt="A falling line.")), strict=True):
        figure.save(path)
    first, *others = [path.read_bytes() for path in paths]
    assert all(other == first for other in others)
    assert b"date" not in first.lower()


def test_saved_and_shown_are_one_picture(tmp_path):
    """What is saved as SVG is what the notebook shows."""
    figure = Figure(drawing(), alt="A falling line.")
    figure.save(tmp_path / "line.svg")
    assert (tmp_path / "line.svg").read_bytes() == picture(figure)


def test_dark_style_keeps_a_panel():
    """The picture has an opaque background of its own, even where the learner asked matplotlib for none."""
    import matplotlib as mpl

    figure = Figure(drawing(), alt="A falling line.")
    with mpl.rc_context({"savefig.transparent": True}):
        assert b"fill: #ffffff" in picture(figure)


def test_empty_alternative_refused():
    """A picture without a text alternative cannot be made."""
    with pytest.raises(ValueError, match="alt is empty"):
        Figure(drawing(), alt=" ")


def test_other_things_refused():
    """Axes are not a figure, and are told so by type."""
    with pytest.raises(TypeError, match=r"got Axes; give a matplotlib\.figure\.Figure"):
        Figure(drawing().axes[0], alt="A falling line.")


def test_unknown_ending_refused(tmp_path):
    """An ending that is none of three is refused, and nothing is written."""
    with pytest.raises(ValueError, match=r"ends in \.svg, \.png or \.pdf"):
        Figure(drawing(), alt="A falling line.").save(tmp_path / "line.gif")
    assert not list(tmp_path.iterdir())


def test_no_pyplot():
    """The figures' base does not load pyplot, so it has no window and no figure list."""
    code = "import sys, mcutils.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
