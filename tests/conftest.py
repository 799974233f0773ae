"""What every test finds: this Python's own programs first on PATH, for nbgrader calls one of them by its bare name."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
