"""Hostile submissions, by theme: what each attempts, the cells that attempt it, and the mark that it deserves."""

from corpus import (
    comparison,
    exhausting,
    files,
    lookalikes,
    looking,
    markup,
    notebooks,
    odd_answers,
    own_side,
    reaching,
    staying,
    wires,
)
from corpus.attack import Attack

THEMES: dict[str, tuple[Attack, ...]] = {
    "comparison": (*comparison.ATTACKS, *lookalikes.ATTACKS),
    "looking": (*looking.ATTACKS, *lookalikes.LOOKING),
    "reaching": reaching.ATTACKS,
    "staying": staying.ATTACKS,
    "exhausting": exhausting.ATTACKS,
    "wires": (*wires.ATTACKS, *own_side.ATTACKS, *odd_answers.ATTACKS),
    "files": files.ATTACKS,
    "notebooks": notebooks.ATTACKS,
    "markup": markup.ATTACKS,
}
ATTACKS: dict[str, Attack] = {attack.name: attack for theme in THEMES.values() for attack in theme}
