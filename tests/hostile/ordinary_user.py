"""Runs a program as a user who is nobody in particular, where the tests themselves run as root.

What it needs may lie where only root can go (root's home, pytest's folder for temporary files). So it gets a view of
the machine in which the folders above that are empty but for it, and open; on the machine itself nothing changes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

USER = 1_872_999_999
"""Belongs to nobody, and is not among the users that submissions run as."""
BECOME = f"""
import os, sys
os.setgroups([])
os.setresgid({USER}, {USER}, {USER})
os.setresuid({USER}, {USER}, {USER})
os.umask(0o022)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
REPOSITORY = Path(__file__).parents[2]
LONGEST = 600  # seconds


def why_not(room: Path) -> str:
    """Why no program can grade as an ordinary user here; empty where one can.

    Args:
        room: the only folder that it may write into; it becomes the user's.
    """
    if os.getuid() != 0:
        return "these tests run as an ordinary user already, and so do all others"
    if shutil.which("bwrap") is None:
        return "the system's own bubblewrap is missing, which makes a view for an ordinary user: install bubblewrap"
    asks = "from autograder.grading.sealed.supervisor.sandbox import why_not; print(why_not())"
    tried = as_ordinary_user(room, "-c", asks)
    if tried.returncode != 0:
        return f"no ordinary user can run this Python here: {(tried.stderr.strip().splitlines() or ['?'])[-1]}"
    return tried.stdout.strip()


def as_ordinary_user(
    room: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run this Python with arguments as an ordinary user, in a folder of the user's own."""
    home, temporary = room / "home", room / "temporary"
    for folder in (home, temporary):
        folder.mkdir(exist_ok=True)
    _give_away(room)
    known = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "USER": "somebody",
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return subprocess.run(
        [*_view(room), sys.executable, "-c", BECOME, *arguments],
        capture_output=True, text=True, check=False, cwd=room, timeout=LONGEST, stdin=subprocess.DEVNULL,
        env=known | dict(environment or {}),
    )  # fmt: skip


def _give_away(room: Path) -> None:
    for path in (room, *room.rglob("*")):
        os.chown(path, USER, USER, follow_symlinks=False)


def _view(room: Path) -> Iterator[str]:
    """The machine as it is; of folders that only root can enter, what the user needs."""
    yield from ("bwrap", "--die-with-parent", "--cap-add", "ALL", "--dev-bind", "/", "/")
    needed = dict.fromkeys([room, REPOSITORY, *(Path(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix))])
    closed = {path: outer for path in needed if (outer := _closed(path)) is not None}
    for outer in dict.fromkeys(closed.values()):
        yield from ("--perms", "0755", "--tmpfs", str(outer))
    for path, outer in closed.items():
        for folder in reversed([above for above in path.parents if above.is_relative_to(outer) and above != outer]):
            yield from ("--perms", "0755", "--dir", str(folder))
        yield from ("--bind" if path == room else "--ro-bind", str(path), str(path))
    yield from ("--chdir", str(room))


def _closed(path: Path) -> Path | None:
    """The outermost folder above a path that others cannot enter."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001), None)
