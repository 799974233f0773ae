"""Good answers, with outputs, sources and texts that would act where the feedback is opened or printed."""

from __future__ import annotations

from corpus.attack import Attack

SCRIPT = "<script>document.title = 'hostile-' + 'ran'</script>"
IMAGE = "<img src=x onerror=\"document.title='hostile-' + 'ran'\">"


def _shows(name: str, attempts: str, kind: str, data: str, by: str = "stock") -> Attack:
    return Attack(
        name, attempts, by, "markup", first=f"display({{{kind!r}: {data!r}, 'text/plain': 'shown'}}, raw=True)"
    )


def _writes(name: str, attempts: str, text: str) -> Attack:
    """Markdown in the answer that a person marks."""
    return Attack(name, attempts, "stock", "markup", answers={"why": text})


ATTACKS = (
    _shows("script-in-html", "Shows HTML with a script.", "text/html", SCRIPT),
    _shows("handler-in-html", "Shows an image with a script for when it cannot be loaded.", "text/html", IMAGE),
    _shows("javascript", "Shows JavaScript.", "application/javascript", "document.title = 'hostile-ran'"),
    _shows(
        "script-in-svg",
        "Shows a drawing with a script in it.",
        "image/svg+xml",
        f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}<circle onload='1'/></svg>",
        "odd",
    ),
    _shows(
        "script-in-latex", "Shows a formula that ends and goes on as a script.", "text/latex", f"$x$ {SCRIPT}", "odd"
    ),
    _shows("script-in-markdown-output", "Shows markdown with a script.", "text/markdown", SCRIPT),
    _shows(
        "image-that-is-markup",
        "Shows an image whose data end the attribute that they stand in.",
        "image/png",
        '"><img src=x onerror=1><x y="',
        "odd",
    ),
    _shows(
        "frame",
        "Shows another page inside the page.",
        "text/html",
        "<iframe src='data:text/html,<script>1</script>'></iframe><object data='x'></object><embed src='x'>",
    ),
    _shows(
        "style",
        "Shows a style that hides the marks.",
        "text/html",
        "<style>* { display: none }</style><link rel=stylesheet href='http://hostile.invalid/x.css'>",
    ),
    _shows(
        "leave-the-page",
        "Shows HTML that sends the reader elsewhere.",
        "text/html",
        "<meta http-equiv=refresh content='0;url=http://hostile.invalid'><base href='http://hostile.invalid'><form action='http://hostile.invalid'><input></form>",
    ),
    _writes("script-in-an-answer", "Writes a script into the answer that a person marks.", f"Because. {SCRIPT}"),
    _writes(
        "handler-in-an-answer",
        "Writes an image with a script into the answer that a person marks.",
        f"Because. {IMAGE}",
    ),
    _writes(
        "link-in-an-answer", "Writes a link that is a script.", "[Because.](javascript:document.title='hostile-ran')"
    ),
    _writes(
        "tracking-image",
        "Writes an image of another server's, which learns when the page is opened.",
        "Because. ![.](http://hostile.invalid/seen.png)",
    ),
    Attack(
        "script-in-a-source",
        "Writes the end of a script, and a script, in a comment of an answer.",
        "stock",
        "markup",
        answers={"last": f"last = 5  # </script></pre>{SCRIPT}"},
        first=f"display({{'text/html': '</script></pre>' + {SCRIPT!r}}}, raw=True)",
    ),
    Attack(
        "script-in-an-error",
        "Raises an exception with a script in its name and text.",
        "stock",
        "markup",
        first=f"raise type({SCRIPT!r}, (Exception,), {{}})({SCRIPT!r} + '\\x1b[31m' + {IMAGE!r})\n",
        answers={"why": SCRIPT},
    ),
    Attack(
        "terminal-escapes",
        "Prints what moves a terminal's cursor, sets its title and pastes into it.",
        "stock",
        "markup",
        first="print('\\x1b[2J\\x1b]0;the title\\x07\\x1b]52;c;R09U\\x07\\x1b[8mhidden')",
    ),
    Attack(
        "right-to-left",
        "Writes signs that turn the direction of text, so that code reads otherwise than it runs.",
        "stock",
        "markup",
        first="print('\\u202e\\u2066 tros\\u2069')",
        answers={"last": "last = 5 #\u202e tnemmoc \u2066"},
    ),
)
