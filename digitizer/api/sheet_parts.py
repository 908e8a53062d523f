"""The parts of the review screen as templates take them, and the addresses of its pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digitizer.domain.election import Contest, Tps
from digitizer.store.readings import StoredReading


@dataclass(frozen=True, slots=True)
class BoxView:
    """One digit box; `sure` when the policy needs no person for it."""

    glyph: str
    sure: bool


@dataclass(frozen=True, slots=True)
class CellView:
    """One number beside its ink; `whole` shows its other witnesses too, where the form has them.

    `words` is what was read of the number in words, "" where that says nothing.
    """

    field: str
    label: str
    column: str
    ink: str | None
    whole: str | None
    words: str
    boxes: tuple[BoxView, ...]
    value: int | None
    blind: bool
    doubtful: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """One printed row.

    Attributes:
        kind: "triple" for L, P and L+P; "votes" where bubbles or words stand beside the boxes;
            "single" for any other number.
    """

    kind: str
    label: str
    printed: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class PageView:
    """One page: its rows are empty when no photo of it was read."""

    number: int
    photo: str | None
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class CheckView:
    """One rule in words and numbers, for readers without scripts."""

    label: str
    text: str
    sign: str
    outcome: str
    severity: str


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A photo whose page a person may place.

    Attributes:
        url: where its corners are sent.
        photo: address of all of it.
        form, page: which page it is, empty and 0 where `pages` are to be chosen from.
        pages: pages it may be, each as its key and its words.
    """

    url: str
    photo: str
    form: str
    page: int
    pages: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TwinView:
    """Two photos whose ink is alike.

    Attributes:
        words: what was found, with the other TPS.
        hint: what to do.
        own, other: addresses of the public copies, of this form and of the other TPS.
        url: the same form of the other TPS.
        tps: its code.
    """

    words: str
    hint: str
    own: str
    other: str
    url: str
    tps: str


@dataclass(frozen=True, slots=True)
class SheetView:
    """The whole review screen.

    Attributes:
        mode: how the form is shown, in words, where it is not shown as read.
        ask_tps: the number of the TPS is typed from the head of the form, so it is not told.
        earlier: every verification that stands, in words, oldest first.
        maps: address of each page laid flat, by its number.
        places: photos whose pages a person may place.
        keyed: photos that are read as a whole, since nobody knows where what lies.
        handed_on: why reviewers left it to a supervisor.
        rounds: of its office, in which its TPS votes.
        twins: photos of other TPS that show the same ink.
        data: what the modules in the browser work with.
    """

    url: str
    contest: Contest
    tps: Tps
    form_title: str
    reference_layout: bool
    version: int
    new_photo: bool
    mode: str
    ask_tps: bool
    earlier: tuple[str, ...]
    maps: Mapping[int, str]
    places: tuple[PlaceView, ...]
    keyed: tuple[str, ...]
    handed_on: tuple[str, ...]
    rounds: tuple[Contest, ...]
    header: str | None
    pages: tuple[PageView, ...]
    reasons: tuple[str, ...]
    twins: tuple[TwinView, ...]
    checks: tuple[CheckView, ...]
    data: Mapping[str, Any]


def picture_url(reading: StoredReading, name: str) -> str | None:
    """Address of one picture of a reading, or None when there is none of this name."""
    return f"/pictures/{reading.id}/{name}" if name in reading.blobs else None


def photo_url(reading: StoredReading) -> str | None:
    """Address of the photo itself: its public copy, or all of it where nothing could be painted."""
    return picture_url(reading, "public") or picture_url(reading, "whole")


def sheet_url(contest: str, tps: str, form: str) -> str:
    """Address of the review screen of one form."""
    return f"/sheets/{contest}/{tps}/{form}"
