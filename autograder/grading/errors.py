"""What stops a whole run; separate because the gradebook and the course both say it, and one imports the other."""

from __future__ import annotations


class GradingError(Exception):
    """Something that the person at the keyboard can put right; the message is one sentence that says how."""
