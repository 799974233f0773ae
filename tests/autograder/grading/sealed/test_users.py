"""Submissions get users of their own only where there are such users; root of a container may have a few, or one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tasks import why_not

from autograder.grading.sealed.supervisor import users
from autograder.grading.sealed.supervisor.users import has_users

ALL, ONE, SOME = "0 0 4294967295\n", "0 12345 1\n", "0 1000 1\n1 100000 65536\n"
ONLY_ROOT = ("bwrap", "--unshare-user", "--uid", "0", "--gid", "0", "--cap-add", "ALL", "--dev-bind", "/", "/")
PROVES = """
import os
from autograder.cli.proof import TRIALS, prove
from autograder.grading.sealed.supervisor.users import has_users
assert os.getuid() == 0 and not has_users()
proof = prove("namespaces")
assert proof.ran and proof.refused == {trial.what: True for trial in TRIALS}, proof
"""


@pytest.mark.parametrize(
    ("uid", "uids", "gids", "expected"),
    [
        (0, ALL, ALL, True),
        (0, ONE, ONE, False),
        (0, SOME, SOME, False),
        (0, ALL, ONE, False),
        (1000, ALL, ALL, False),
        (0, None, None, True),
    ],
)
def test_has_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uid: int, uids: str | None, gids: str | None, expected: bool
) -> None:
    """Root of a whole machine has them, and root of a system without such maps; nobody else has."""
    for name, text in (("uid_map", uids), ("gid_map", gids)):
        if text is not None:
            (tmp_path / name).write_text(text)
    monkeypatch.setattr(users, "MAPS", str(tmp_path))
    monkeypatch.setattr(os, "getuid", lambda: uid)
    assert has_users() == expected


@pytest.mark.slow  # starts a warm process
@pytest.mark.skipif(bool(why_not()), reason="this machine has no namespaces")
def test_root_without_users() -> None:
    """Root of a container that has no other user grades as an ordinary user does, and every try to get out fails."""
    if shutil.which("bwrap") is None:
        pytest.skip("the system's own bubblewrap, which makes such a container, is not installed")
    done = subprocess.run([*ONLY_ROOT, sys.executable, "-c", PROVES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
