"""Takes the notebooks out of a zip file that a learning management system made of students' files.

Separate because nothing here is trusted: names may lead out of the folder, sizes may lie, a file may be a link. A name
is only ever read; what is written goes to a folder of its own for each file, bounded in number and size.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath

from autograder.grading.intake import LARGEST, legible

MOST_FILES = 20_000
"""Files in one archive; a class of a thousand with ten files each has half of it."""

MOST_BYTES = 5_000_000_000
"""Bytes of all notebooks of one archive, unpacked."""

FULL = errno.ENOSPC, errno.EDQUOT
"""What the disk says that is written to, whatever is read."""

CHUNK = 1 << 20
DRIVE = re.compile(r"[A-Za-z]:")
CLUTTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints")
BESIDE = "._"
"""What computers put into archives by themselves: these, and what begins so, where a Mac keeps what it has to say of a
file."""

UTF8 = 0x800
"""The flag by which an archive says that a name is UTF-8."""

FIRST, LAST = (datetime(year, 7, 1).timestamp() for year in (1980, 2107))
"""Between these is every time that an archive can say, wherever it is read."""

WINDOWS = 0
"""The system that an archive names as its maker, where it was made on Windows."""


class Unpackable(Exception):
    """A file of an archive, or a whole archive, that is not taken; the message is the reason."""


def unpack(archive: Path, into: Path) -> dict[str, str]:
    """Write the notebooks of an archive below a folder, the n-th member into the folder ``n``.

    Args:
        archive: a zip file.
        into: an empty folder.

    Returns:
        By name, why each file was left out that is more than clutter.

    Raises:
        Unpackable: the archive cannot be read, or has too much in it.
    """
    left_out: dict[str, str] = {}
    room = MOST_BYTES
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            _require_room(len(members))
            for number, member, name in _wanted(members):
                try:
                    room -= _write(opened, member, into / str(number) / safe_name(member, name), room)
                except Unpackable as error:
                    left_out[legible(name)] = str(error)
    except (zipfile.BadZipFile, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        raise Unpackable(f"it is no zip file that can be read ({error}); download it again") from error
    return left_out


def packed(folder: Path, into: Path) -> Path:
    """Pack a folder into an archive: some browsers unpack what they fetch, and then everything is read in one way.

    Args:
        folder: what was an archive once.
        into: the archive to write.

    Returns:
        The archive. Of files that are no notebooks, or links, it has the names alone, and of notebooks as much as is
        taken of one.

    Raises:
        Unpackable: something in the folder cannot be read, or it has too much in it.
    """
    try:
        return _packed(folder, into)
    except OSError as error:
        if error.errno in FULL:
            raise
        what = legible(Path(error.filename or folder).name)
        raise Unpackable(
            f"{what} in it cannot be read ({error.strerror}); make it readable, then collect again"
        ) from error


def _packed(folder: Path, into: Path) -> Path:
    files = [(path, path.lstat()) for path in itertools.islice(_files(folder), MOST_FILES + 1)]
    _require_room(len(files), sum(min(found.st_size, LARGEST) for path, found in files if _is_notebook(path, found)))
    with zipfile.ZipFile(into, "w") as archive:
        for path, found in files:
            at = datetime.fromtimestamp(min(max(found.st_mtime, FIRST), LAST))
            name = path.relative_to(folder).as_posix().encode(errors="replace").decode()  # it may be no text
            member = zipfile.ZipInfo(name, at.timetuple()[:6])
            member.external_attr = found.st_mode << 16
            data = b""
            if _is_notebook(path, found):
                with path.open("rb") as file:
                    data = file.read(LARGEST + 1)
            archive.writestr(member, data)
    return into


def _require_room(files: int, size: int = 0) -> None:
    """Insist on a number of files, and on a size of all notebooks together, that a class can have."""
    if files > MOST_FILES:
        raise Unpackable(f"it has more than {MOST_FILES} files; split it")
    if size > MOST_BYTES:
        raise Unpackable(f"its notebooks have {size / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}; split it")


def _is_notebook(path: Path, found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and path.suffix.lower() == ".ipynb"


def _files(folder: Path) -> Iterator[Path]:
    """What lies in a folder and in those below it, in a fixed order; links to folders are not followed."""
    for top, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        yield from (Path(top) / name for name in sorted(names))


def _raise(error: OSError) -> None:
    """A student's folder that cannot be opened is not passed over."""
    raise error


def _wanted(members: Sequence[zipfile.ZipInfo]) -> Iterator[tuple[int, zipfile.ZipInfo, str]]:
    """The files that are more than clutter, with the names that were meant."""
    separator = "\\" if _have_backslashes(members) else "/"
    for number, member in enumerate(members):
        name = _meant(member).replace(separator, "/")
        parts = name.split("/")
        if parts[-1] and not any(part in CLUTTER or part.startswith(BESIDE) for part in parts):
            yield number, member, name


def _meant(member: zipfile.ZipInfo) -> str:
    """A member's name, as UTF-8 also where the archive does not say that it is: Macs leave that out."""
    name = member.orig_filename  # before Python cuts it at a NUL and turns the separators
    if not member.flag_bits & UTF8:
        with contextlib.suppress(UnicodeError):
            return name.encode("cp437").decode()
    return name


def _have_backslashes(members: Sequence[zipfile.ZipInfo]) -> bool:
    r"""Whether an archive was made by a program on Windows that writes ``\`` for ``/``.

    It must be so in all of its names: one alone was chosen by a student, who may mean to look like another.
    """
    return all(m.create_system == WINDOWS and "\\" in m.orig_filename and "/" not in m.orig_filename for m in members)


def safe_name(member: zipfile.ZipInfo, name: str) -> PurePosixPath:
    """Read where a member stands in its archive.

    Args:
        member: the member.
        name: its name, with ``/`` between folders.

    Raises:
        Unpackable: the name leads elsewhere, cannot be written down, or is not that of a notebook.
    """
    path, mode = PurePosixPath(name), member.external_attr >> 16
    if name.startswith(("/", "\\")) or "\\" in name or ".." in path.parts or DRIVE.match(name):
        raise Unpackable(
            "its name leads out of the folder; nothing of it was written: look at it, then put it in by hand"
        )
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise Unpackable("its name has characters in it that are no text")
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        raise Unpackable("it is a link or no regular file; ask for the file itself")
    if path.suffix.lower() != ".ipynb":
        packed = path.suffix.lower() in ARCHIVES
        what = "an archive, and archives in archives are not opened" if packed else "no notebook"
        raise Unpackable(f"it is {what}; where no notebook came with it, ask for the .ipynb file")
    if any(len(part.encode()) > 240 for part in path.parts) or len(path.parts) > 8:
        raise Unpackable("its name is too long")
    return path.with_suffix(".ipynb")


ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz")


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, room: int) -> int:
    """Write one notebook; count what comes out, since what the archive says of its size may be a lie.

    Returns:
        How many bytes it has.
    """
    if member.flag_bits & 0x1:
        raise Unpackable("it is encrypted; ask for it without a password")
    most, size = min(LARGEST, room), 0
    path.parent.mkdir(parents=True)
    try:
        with opened.open(member) as source, path.open("xb") as target:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > most:
                    raise Unpackable(f"it has more than {most / 1e6:.0f} MB unpacked; ask for it without its outputs")
                target.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        path.unlink(missing_ok=True)
        raise Unpackable(f"it is damaged in the archive ({error}); download it again") from error
    except Unpackable:
        path.unlink(missing_ok=True)
        raise
    _keep_time(member, path)
    return size


def _keep_time(member: zipfile.ZipInfo, path: Path) -> None:
    """Give a file the time that its archive says: of two attempts it tells which is later."""
    try:
        at = datetime(*member.date_time).timestamp()
    except ValueError:  # the thirteenth month
        at = 0.0
    os.utime(path, (at, at))
