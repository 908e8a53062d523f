"""A bar for work that takes long."""

from typing import Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Work = Literal["uploading", "reading", "exporting", "verifying"]


def progress_bar(what: Work | None = None) -> Progress:
    """A bar with a count and the time taken; without `what` each task is named by itself."""
    return Progress(
        TextColumn(what or "{task.description}"),
        BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True),
    )  # fmt: skip
