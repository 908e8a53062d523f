"""A bar for work that takes long, and a file that is there once it is whole."""

import errno
import os
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
def whole_file(output: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A file beside `output` that takes its name once it is whole; after a failure none is left.

    Behind a link it takes the place of what the link leads to. A device or a pipe is written into
    as it is: a file in its place would be taken for it by everything else on this machine.

    Args:
        output: the name it gets.
        private: readable by its owner alone, from the first byte on.

    Raises:
        IsADirectoryError: a folder has that name.
    """
    if output.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(output))
    if output.exists() and not output.is_file():
        with output.open("wb") as file:
            yield file
        return
    target = output.resolve()
    unfinished = target.with_name(target.name + ".part")
    descriptor = os.open(
        unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666
    )
    try:
        with os.fdopen(descriptor, "w+b") as file:
            if private:  # one that was left behind has another mode
                os.fchmod(descriptor, 0o600)
            yield file
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
