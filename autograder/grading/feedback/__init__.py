"""The pages that go back to students: dead whatever a student wrote, with formulas set, and without hidden tests.

``clean`` and ``maths`` are the two gates that markup and formulas go through, ``text`` and ``outputs`` make a page's
pieces of a notebook's, ``hidden`` says what is left out, ``standing`` reads marks, ``page`` puts one page together, and
``write`` writes those of a class. ``exporter`` offers the same page to nbgrader's own commands.
"""

from autograder.grading.feedback.write import write_feedback

__all__ = ["write_feedback"]
