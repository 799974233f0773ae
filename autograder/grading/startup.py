"""Imports jsonschema, and leaves out the one thing in it that takes longer than all the rest of the grader.

Where jupyter_events is installed, jsonschema builds a grammar for international addresses (``rfc3987_syntax``) when it
is imported: more than a second of CPU, for a format that no notebook and no gradebook has. Whoever imports this first
does without; whoever comes later, and wants that package itself, gets it.
"""

from __future__ import annotations

import sys
from importlib import import_module

SLOW = "rfc3987_syntax"

if SLOW not in sys.modules and "jsonschema" not in sys.modules:
    sys.modules[SLOW] = None  # type: ignore[assignment] # Python's own way to say that a module is not to be found
    try:
        import_module("jsonschema")
    except ImportError:  # not ours to report: whoever needs it will say so
        pass
    finally:
        del sys.modules[SLOW]
