"""``python -m autograder.cli``: the command where it is not on PATH."""

from autograder.cli import main

main(prog_name="mcourse")
