"""An executor that is warm, and notebooks to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from tasks import ISOLATIONS, graded, task_of, why_not

from autograder.grading.sealed import Limits, Sealed
from autograder.grading.sealed.supervisor.launch import Isolation


@pytest.fixture(scope="session", params=ISOLATIONS)
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """Each way of keeping processes apart that this machine has."""
    if request.param == "namespaces" and (reason := why_not()):
        pytest.skip(reason)
    way: Isolation = request.param
    return way


@pytest.fixture(scope="session")
def sealed(isolation: Isolation) -> Iterator[Sealed]:
    """An executor, once for each way of keeping processes apart."""
    with Sealed(isolation) as executor:
        yield executor


@pytest.fixture
def run(sealed: Sealed) -> Callable[..., dict[str, dict[str, Any]]]:
    """Run cells (see ``tasks.task_of``); return those of the notebook that came out, by name."""

    def run_cells(
        instructor: Mapping[str, Any], answers: Mapping[str, str], **options: Any
    ) -> dict[str, dict[str, Any]]:
        limits = Limits(**options.pop("limits", {}))
        return graded(sealed.run(task_of(instructor, answers, limits=limits, **options)))

    return run_cells
