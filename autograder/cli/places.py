"""Where things are: the course's text, what is built from it, the learner's workspace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, file_okay=False)
"""What an option takes that names a folder."""
COURSE = click.option("--course", type=FOLDER, help="The course directory; by default build/course.")


@dataclass(frozen=True)
class Places:
    """The folders of a course, below the one that holds ``course/units``.

    Args:
        root: that folder, written the way a person would type it.
    """

    root: Path

    @property
    def units(self) -> Path:
        """The units' text."""
        return self.root / "course" / "units"

    @property
    def config(self) -> Path:
        """nbgrader's settings for the course."""
        return self.root / "course" / "nbgrader_config.py"

    @property
    def sample_class(self) -> Path:
        """The text that the sample class is made from."""
        return self.root / "course" / "sample_class"

    @property
    def built(self) -> Path:
        """The nbgrader course directory."""
        return self.root / "build" / "course"

    @property
    def demo(self) -> Path:
        """The course directory of the demonstration, apart from the instructor's own."""
        return self.root / "build" / "demo"

    @property
    def workspace(self) -> Path:
        """The learner's notebooks."""
        return self.root / "learn"


def find_places() -> Places:
    """Find the course from the current directory upwards.

    Raises:
        ClickException: it is not there.
    """
    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise click.ClickException("The current directory is gone; change to your copy of the course") from None
    for folder in (here, *here.parents):
        if (folder / "course" / "units").is_dir():
            return Places(Path(near(folder)))
    raise click.ClickException(f"There is no course/units in {here} or above it; change to your copy of the course")


def course_or_built(course: Path | None) -> Path:
    """The course directory that was named, or else the one that is built from the course around.

    Raises:
        ClickException: none was named, and there is no course around.
    """
    if course is not None:
        return course
    try:
        return find_places().built
    except click.ClickException as error:
        raise click.ClickException(f"{error.message}, or name a course directory: --course DIRECTORY") from None


def near(path: Path) -> str:
    """Write a path the way a person would type it from here."""
    try:
        return str(path.relative_to(Path.cwd())) or "."
    except ValueError:
        return str(path)
