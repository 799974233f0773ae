"""Hypothesis on a shared machine: no deadline, and the same examples every time."""

from hypothesis import settings

settings.register_profile("mcutils", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("mcutils")
