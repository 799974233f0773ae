"""What we mark otherwise than nbgrader, on purpose; ``docs/marks.md`` has the same rows, with the reasons."""

from __future__ import annotations

from comparing import Difference

ORDINARY = {
    "Text on stderr": Difference(
        ("mia functions/area-test", "mia functions/area-error-test", "mia functions/overlap-test"), "none", "full"
    ),
    "A last value like `np.float64(0.5)`": Difference(("nina functions/overlap-test",), "full", "part"),
    "A last value that is not a number": Difference(("oskar functions/overlap-test",), "full", "open", "nan"),
    "A last value below 0": Difference(("pia functions/overlap-test",), "full", "open", "-0.5 points"),
    "A last value above the maximum": Difference(
        ("quentin functions/overlap-test",), "lost", "open", "3 points, and the cell is worth 2"
    ),
    "A last value that is any other object": Difference(("rosa functions/overlap-test",), "full", "open", "type str"),
    "The other cells of such a notebook": Difference(("quentin functions/*",), "lost", "full none open"),
    "A cell that ends its process (`exit()`, a crash)": Difference(
        ("heidi functions/*", "heidi data/*"), "lost", "full none open"
    ),
    "A function that changes its argument, where a test wants that": Difference(
        ("* functions/drop-test", "* styles/append-test"), "full", "open", "changed its arguments"
    ),
    "A function that changes its argument, where a test forbids that": Difference(
        ("sam functions/doubled-test",), "none", "full"
    ),
    "A function that changes its argument, and is wrong": Difference(
        ("zoe tables/clean-test", "zoe tables/clean-parts-test"), "none", "open", "changed its arguments"
    ),
    "`==`, `<`, `in`, `hash` and truth, where a student's class defines them": Difference(
        ("* functions/vector-total-test",),
        "full",
        "open",
        "passed by what an object of the student's class",
    ),
    "A look into an object of a library, such as a plot": Difference(
        ("* data/plot-kind-test", "* styles/dog-dict-test"), "full none", "open", "object of"
    ),
    "Whether two values are one and the same": Difference(
        ("* styles/middle-new-test", "cleo styles/board-test"), "full none", "open", "one and the same"
    ),
    "A test that changes or replaces what the student's code uses": Difference(
        (
            "* styles/dog-tricks-test",
            "* styles/tick-anew-test",
            "* styles/tick-log-test",
            "* styles/rolled-test",
            "* styles/priced-test",
        ),
        "full none",
        "open",
        "test",
    ),
    "A test's own object, or a class that it derives from a student's": Difference(
        ("* styles/largest-test", "* styles/dog-derived-test"), "full none", "open", "test"
    ),
    "An attribute of an instructor's class that the student's code changes": Difference(
        ("* styles/dog-count-test",), "full", "open", "changed in its own process"
    ),
    "A warning that a test catches": Difference(("* styles/old-test",), "full", "open", "looks at warnings"),
    "A name of Python's or of the instructor's that the student's code replaces": Difference(
        ("dora styles/limits-test",), "none", "full"
    ),
    "The source of a student's function (`inspect.getsource`)": Difference(
        ("* data/inside-test",), "full none", "open", "reads the source"
    ),
    "A function that a test puts in the place of a student's": Difference(
        ("* functions/instead-test",), "full none", "open", "in the place of the student's function cubes"
    ),
    "A file that a student's function writes": Difference(("* data/save-test",), "full", "open", "looks for saved.txt"),
    "A value that holds nothing: no entries, or all of them masked, missing or nan": Difference(
        ("hugo data/sample-test",), "full", "open", "all entries are masked"
    ),
    "A test that the student deleted": Difference(("karl functions/primes-test",), "open", "full"),
    "An answer for a person, deleted": Difference(("karl functions/own-test",), "open", "none"),
}
"""In a course that uses nothing of this project, by the words in the first column of the documentation's table."""

UNITS = {
    "An exercise of ours whose numbers depend on the student's name": Difference(
        (
            "* exercises/02-lines-of-a-bowl-test-?",
            "* exercises/03-chain-faded-test-?",
            "* exercises/03-linear-pieces-test-?",
        ),
        "none part",
        "full part",
    ),
}
"""In this project's own units."""
