"""A bar for work that takes long, and a file that is there once it is whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

Work = Literal["uploading", "reading", "exporting", "verifying", "merging"]


def progress_bar(what: Work | None = None) -> Progress:
    """A bar with a count and the time taken; without `what` each task is named by itself."""
    return Progress(
        TextColumn(what or "{task.description}"),
        BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True),
    )  # fmt: skip


def waiting(what: str) -> Progress:
    """A spinner with the time taken, for work of which the length is not known."""
    progress = Progress(
        SpinnerColumn(), TextColumn(what), TimeElapsedColumn(), console=Console(stderr=True)
    )
    progress.add_task(what, total=None)
    return progress


@contextmanager
def whole_file(output: Path) -> Iterator[BinaryIO]:
    """A file beside `output` that takes its name once it is whole; after a failure none is left."""
    unfinished = output.with_name(output.name + ".part")
    try:
        with unfinished.open("w+b") as file:
            yield file
        unfinished.replace(output)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
