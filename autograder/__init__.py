"""What checks and grades the course: checks, authoring, grading and the command line."""
