"""The limits that the corpus is graded with: small, so that going past them harms nothing and takes no time."""

from autograder.grading.sealed.limits import MB, Limits

SMALL = Limits(
    cell_seconds=2.5,
    cell_cpu=1.5,
    notebook_seconds=20.0,
    notebook_cpu=10.0,
    memory=400 * MB,
    processes=16,
    open_files=64,
    file_size=8 * MB,
    scratch=16 * MB,
    output=20_000,
    display=200_000,
    notebook_output=400_000,
    message=8 * MB,
    calls=2_000,
    depth=8,
    restarts=3,
)
