"""What one submission may use. A table, because each of these is shown to instructors and can be set by them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Bounds on one submission; whatever reaches one is told so in the cell that did.

    Args:
        cell_seconds: time on the clock for one cell.
        cell_cpu: processor seconds for one cell.
        notebook_seconds: time on the clock for one notebook.
        notebook_cpu: processor seconds for one notebook.
        memory: bytes of address space for one process, beyond what it starts with.
        processes: processes and threads of one submission together.
        open_files: descriptors of one process.
        file_size: bytes of one file.
        scratch: bytes of all the files that a submission writes.
        output: characters of text that one cell may print.
        display: characters of all the figures and tables that one cell may show.
        notebook_output: characters of everything that the cells of one notebook may print and show.
        message: bytes of one value that goes from the student's process to the tests, or back.
        calls: how often a student's code may call a function that a test handed to it, in one cell.
        depth: how deeply such calls may nest.
        restarts: how often a process that died is started again, in one notebook.
    """

    cell_seconds: float = 60.0
    cell_cpu: float = 30.0
    notebook_seconds: float = 600.0
    notebook_cpu: float = 180.0
    memory: int = 1000 * MB
    processes: int = 32
    open_files: int = 128
    file_size: int = 32 * MB
    scratch: int = 64 * MB
    output: int = 100_000
    display: int = 5 * MB
    notebook_output: int = 50 * MB
    message: int = 64 * MB
    calls: int = 100_000
    depth: int = 32
    restarts: int = 5

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise ValueError(f"Limits: {name} is {value!r}; give a number greater than 0")

    def plain(self) -> dict[str, Any]:
        """The limits as plain data, to be sent to the process that sets them."""
        return asdict(self)

    def set_apart(self) -> dict[str, Any]:
        """Those that are not as they come by themselves: what a later version adds or changes is none of them.

        >>> Limits(depth=3).set_apart()
        {'depth': 3}
        """
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name)) != field.default}

    @classmethod
    def of(cls, data: dict[str, Any]) -> Limits:
        """The limits from plain data."""
        return cls(**{field.name: data[field.name] for field in fields(cls)})
