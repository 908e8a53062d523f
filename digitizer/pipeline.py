"""From the bytes of a photo to a reading for keeping. `domain.settle` goes on from there."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from digitizer.domain.form import FormSpec
from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.placement import Placement
from digitizer.domain.reading import PageReading
from digitizer.domain.verdict import Unreadable
from digitizer.errors import PageNotLocated, PhotoError
from digitizer.forms.render import render_image
from digitizer.vision.blank import Atlas
from digitizer.vision.by_hand import locate_by_hand
from digitizer.vision.cells import read_cells
from digitizer.vision.digits import GlyphReader
from digitizer.vision.locate import PageLocation, locate_page
from digitizer.vision.photo import Photo, decode_photo
from digitizer.vision.public import desk_pictures, whole_copy
from digitizer.vision.rectify import Page, rectify
from digitizer.vision.refuse import refuse_if_unreadable
from digitizer.vision.segment import Cell, segment
from digitizer.vision.tally_marks import TurusReader
from digitizer.vision.words import WordReader

WELL_PLACED: Final = 0.75
"""With less of its print in agreement the whole photo is kept, for a person to place the page."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """Every stage of one page, for whoever wants to draw or publish it."""

    photo: Photo
    location: PageLocation
    page: Page
    cells: tuple[Cell, ...]
    reading: PageReading


@lru_cache(maxsize=8)
def atlas_of(forms: tuple[FormSpec, ...]) -> Atlas:
    """These forms as pages to look for; the same forms share their drawn blanks."""
    return Atlas(forms, render_image)


@lru_cache(maxsize=1)
def turus_reader() -> TurusReader:
    """The packaged turus model, loaded once a process."""
    return TurusReader.load()


@lru_cache(maxsize=1)
def word_reader() -> WordReader:
    """The packaged model of number words, loaded once a process."""
    return WordReader.load()


def read_page(data: bytes, atlas: Atlas, reader: GlyphReader) -> ReadPage:
    """Read the bytes of one photo of one page.

    Raises:
        PhotoError: the bytes are no picture, no page of `atlas` could be placed in it, or the page
            is too dark, blurred or burnt out to be read.
    """
    return read_photo(decode_photo(data), atlas, reader)


def read_photo(
    photo: Photo,
    atlas: Atlas,
    reader: GlyphReader,
    placement: Placement | None = None,
    expected: Collection[str] = (),
) -> ReadPage:
    """Read one photo of one page. Costly: its reading is kept and never made twice.

    `placement` says where the page lies, as a person sees it; without, the machine looks for it,
    first among the forms that are `expected`, if any.

    Raises:
        PhotoError: as `read_page`.
    """
    location = (
        locate_expected(photo, atlas, expected)
        if placement is None
        else locate_by_hand(photo, atlas, placement)
    )
    page = rectify(photo, location)
    cells = segment(page)
    reading = read_cells(page, cells, reader, turus_reader(), word_reader())
    refuse_if_unreadable(location.form, location.page, reading.quality)
    return ReadPage(photo, location, page, cells, reading)


def locate_expected(photo: Photo, atlas: Atlas, expected: Collection[str]) -> PageLocation:
    """Place the page that a photo shows: one of an expected form where a glance finds it, and its
    tag or its printed title says so; else whichever of all it is.

    Nothing but tag and title may name a page among a few forms, since the layout of another one,
    which was not looked at, may fit better.

    Raises:
        PageNotLocated: as `locate_page`.
    """
    few = atlas.among(expected)
    if few.forms and len(few.forms) < len(atlas.forms):
        try:
            found = locate_page(photo, few, expected, at_a_glance=True)
        except PageNotLocated:
            return locate_page(photo, atlas, expected)
        if found.identity in ("tag", "title") and not found.rivals:
            return found
    return locate_page(photo, atlas, expected)


def digest_photo(
    data: bytes,
    atlas: Atlas,
    reader: GlyphReader,
    watch: Callable[[ReadPage], object] | None = None,
    placement: Placement | None = None,
    expected: Collection[str] = (),
) -> PhotoOutcome:
    """Read one photo for keeping. What concerns the photo alone becomes a fact, not an error.

    Args:
        data: bytes as uploaded.
        atlas: the pages it may show.
        reader: the digit model.
        watch: is shown every stage of a page that was read, to draw it.
        placement: where a person says that the page lies.
        expected: ids of the forms that are looked for first.
    """
    try:
        photo = decode_photo(data)
    except PhotoError as error:
        return _unreadable(hashlib.sha256(data).hexdigest(), error, {})
    try:
        read = read_photo(photo, atlas, reader, placement, expected)
    except PhotoError as error:
        # Perhaps a person can read it.
        return _unreadable(photo.id, error, {"whole": whole_copy(photo)})
    if watch is not None:
        watch(read)
    blobs = dict(desk_pictures(read.page))
    if read.location.rivals or read.location.support < WELL_PLACED:
        # Somebody may want to say where the page lies.
        blobs["whole"] = whole_copy(photo)
    return PhotoOutcome(photo.id, read.reading, None, MappingProxyType(blobs))


def _unreadable(photo: str, error: PhotoError, blobs: Mapping[str, bytes]) -> PhotoOutcome:
    problem = Unreadable(error.problem, error.message, error.hint, error.numbers)
    return PhotoOutcome(photo, None, problem, MappingProxyType(dict(blobs)))
