"""The head of the history as the recap shows it."""

from dataclasses import dataclass

from digitizer.api.pages import local_time
from digitizer.store.publication import PublishedHead


@dataclass(frozen=True, slots=True)
class HeadView:
    """The head and when it was taken, in the election's zone."""

    head: str
    at: str


def head_view(head: PublishedHead, zone: str) -> HeadView:
    """What to note down."""
    return HeadView(head.head, local_time(head.at, zone))
