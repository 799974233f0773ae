"""nbgrader's settings for this course; a built course carries a copy, which is yours to change."""

from autograder.authoring.stubs import preprocessors

c = get_config()  # noqa: F821 - nbgrader defines it when it reads this file

# Blanks keep the names and the return that the code around them needs.
c.GenerateAssignment.preprocessors = preprocessors()

# Text sources hold solutions: never copy one into a release.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "*.md"]

# Formgrader and nbgrader make the feedback page that mcourse makes: nothing that a student wrote is alive in it.
c.GenerateFeedback.exporter_class = "autograder.grading.feedback.exporter.FeedbackExporter"

# The page on which Formgrader's users mark by hand shows a student's work inside their own session: as dead as there.
c.HTMLExporter.preprocessors = ["autograder.grading.feedback.formgrader.DeadOutputs"]
c.HTMLExporter.filters = {"markdown2html": "autograder.grading.feedback.formgrader.markdown2html"}

# Formgrader's Autograde button and nbgrader autograde run student code sealed off, as mcourse grade does.
c.Autograde.autograde_preprocessors = [
    "autograder.grading.execute.RunSealed",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.grading.save.SaveMarks",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
