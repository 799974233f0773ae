"""Opens JupyterLab on the learner's workspace: on this machine only, and without its news pop-up."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

PAGE = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
"""The announcements extension asks on first start whether it may fetch news, in front of the first lesson."""


def become_lab(folder: Path, settings: Path, options: Sequence[str]) -> NoReturn:
    """Turn this process into JupyterLab, so that whoever stops or kills the command stops the server.

    Args:
        folder: the folder it opens.
        settings: a folder for its configuration, made when it is not there.
        options: further options for JupyterLab.
    """
    page = settings / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(json.dumps(PAGE, indent=2) + "\n", encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(settings), os.environ.get("JUPYTER_CONFIG_PATH", "")]))
    place = [f"--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1"]
    command = [sys.executable, "-m", "jupyterlab", *place, *options]
    sys.stdout.flush()
    os.execve(sys.executable, command, os.environ | {"JUPYTER_CONFIG_PATH": paths})
