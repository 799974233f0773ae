"""Whose notebook this is: the name that a student's variants are drawn from.

The name is ambient, like the seed of the checks. The first of these that is there counts: ``MC_STUDENT``, which a
grader sets; ``JUPYTERHUB_USER``, which a hub sets, so that a class on a hub types nothing; a name typed in the notebook
by :func:`student`; and else nobody's, for those who learn alone.
"""

from __future__ import annotations

import os
import unicodedata

from autograder.checks.show import Shown, plain

NOBODY = ""
"""The identity of who gave no name: everybody who works alone has the same variants."""

AMBIENT = ("MC_STUDENT", "JUPYTERHUB_USER")
"""Variables of the environment that name the student, in the order in which they count."""

_typed = NOBODY
_drawn: set[str] = set()


def identity() -> str:
    """Return the student's name, spelled as :func:`spelled` does; ``""`` where there is none."""
    return next(filter(None, (spelled(os.environ.get(name, "")) for name in AMBIENT)), _typed)


def spelled(name: str) -> str:
    """Return a name without what people vary when they type it: capitals, spaces, ways to write an accent.

    >>> spelled("  Ada   Lovelace ")
    'ada lovelace'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def draw_for() -> str:
    """Return :func:`identity`, and remember that something was drawn for it."""
    name = identity()
    _drawn.add(name)
    return name


def called(name: str) -> str:
    """Name an identity in a sentence.

    >>> called("ada"), called("")
    ("'ada'", 'nobody in particular')
    """
    return f"'{name}'" if name else "nobody in particular"


def student(name: str = "") -> Shown:
    """Say whose notebook this is: the questions that differ from student to student are drawn from this name.

    Needed only in a class that does not work on a JupyterHub; who learns alone can leave it empty.

    Args:
        name: the name under which the work is handed in; capitals and spaces make no difference.

    Returns:
        A sentence to be shown that says for whom questions are drawn now.

    Raises:
        TypeError: the name is no text.
    """
    global _typed
    if not isinstance(name, str):
        raise TypeError(f'student: got {name!r}; write your name in quotes, as in student("ada")')
    _typed = spelled(name)
    now = identity()
    if now != _typed and _typed:
        text = f"You are signed in as {called(now)}, so your questions are drawn for that name and not for {name!r}."
    elif now:
        text = f"Your questions are drawn for {called(now)}."
    else:
        text = "No name is given. That is right for learning alone; in a class, write your name between the quotes."
    if _drawn - {now}:
        text += " The questions shown so far were drawn for another name: run the notebook again from the top."
        _drawn.clear()
    return Shown(text, plain(text))


def forget() -> None:
    """Forget the typed name and what was drawn: for a process in which another notebook begins."""
    global _typed
    _typed = NOBODY
    _drawn.clear()
