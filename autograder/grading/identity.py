"""What every process that grades a submission is told of it, and whose variants the submission shows.

Separate because student code and the checks may run in different processes, which must draw the same questions.
"""

from __future__ import annotations

import hashlib


def environment(secret: str, student: str, assignment: str) -> dict[str, str]:
    """Return the variables of the environment that decide what is drawn while a submission is graded.

    Args:
        secret: the course's own; only the data of the checks depend on it, for a learner must draw the same variant.
        student: whose submission it is, as the course directory spells it.
        assignment: its name.

    Returns:
        ``MC_SEED`` for the data of the checks, and ``MC_STUDENT`` for the variants.
    """
    seed = hashlib.sha256(f"{secret}/{student}/{assignment}".encode()).hexdigest()
    return {"MC_SEED": seed, "MC_STUDENT": student}
