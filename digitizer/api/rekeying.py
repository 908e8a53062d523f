"""Keying the stations of a sample once more, from the ink alone; and settling what differs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from digitizer.api.certificate_view import certificate_url
from digitizer.api.names import field_groups, form_named
from digitizer.api.pages import render
from digitizer.api.sheet_parts import photo_url, picture_url
from digitizer.api.web import Lang, Now, Reading, Reviewer, Supervisor, WebParts
from digitizer.domain.glyph import UNREADABLE
from digitizer.errors import VerificationRefused
from digitizer.store.elections import get_contest
from digitizer.store.engine import write_session
from digitizer.store.form_readings import readings_for
from digitizer.store.listed_tallies import tally_listed
from digitizer.store.other_papers import taken_from
from digitizer.store.sample_keying import (
    Item,
    item_of,
    key_station,
    next_to_key,
    refuse_who_saw,
    settle_station,
)
from review_ui.i18n import Language
from review_ui.wording import error_text

router = APIRouter(prefix="/certificates/{sample}", tags=["certificates"])

MOST_FIELDS: Final = 200


@dataclass(frozen=True, slots=True)
class KeyedView:
    """One number to be keyed from its ink.

    Attributes:
        boxes: how many glyphs it has.
        choices: what was read so far, in two readings whose makers are not told; empty where the
            number is keyed blind.
        value: as typed before, when the page comes back with a fault.
    """

    name: str
    label: str
    column: str
    ink: str | None
    boxes: int
    choices: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class StationView:
    """The ink of one station of a sample."""

    item: Item
    url: str
    form_title: str
    numbers: tuple[KeyedView, ...]
    photos: tuple[str, ...]
    fault: tuple[str, str] | None


async def typed_glyphs(request: Request) -> Mapping[str, str]:
    """The glyphs of every number that a page was sent with, `x` and `u` as the desk takes them."""
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    return {
        name: value.strip().upper().replace("U", UNREADABLE).replace("/", "-")
        for name, value in form.items()
        if isinstance(value, str)
    }


Typed = Annotated[Mapping[str, str], Depends(typed_glyphs)]


@router.get("/next")
def next_station(session: Reading, account: Reviewer, sample: str) -> Response:
    """The next station that this account may key; the certificate when there is none."""
    item = next_to_key(session, sample, account.id)
    where = certificate_url(sample) if item is None else station_url(item)
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)


@router.get("/tps/{tps}")
def keying_page(
    *,
    request: Request,
    session: Reading,
    account: Reviewer,
    lang: Lang,
    sample: str,
    tps: str,
) -> Response:
    """One station with its ink, and nothing of what was read or confirmed."""
    item = open_item(session, sample, tps, account.id)
    if item.keyed is not None:
        return RedirectResponse(certificate_url(sample), HTTPStatus.SEE_OTHER)
    view = station_view(session, item, item.verified, {}, lang)
    return render(request, "rekeying.html", view=view)


@router.post("/tps/{tps}")
def key(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    account: Reviewer,
    now: Now,
    lang: Lang,
    typed: Typed,
    sample: str,
    tps: str,
) -> Response:
    """Keep what was keyed, and go on to the next; with a fault the page comes back as it was."""
    try:
        with write_session(web.engine) as writing:
            key_station(writing, sample, tps, typed, account=account.id, now=now)
            writing.commit()
    except VerificationRefused as error:
        item = open_item(session, sample, tps, account.id)
        view = station_view(session, item, item.verified, typed, lang, fault=error)
        return _back(request, "rekeying.html", view)
    return RedirectResponse(f"{certificate_url(sample)}/next", HTTPStatus.SEE_OTHER)


@router.get("/tps/{tps}/settle")
def settling_page(
    *,
    request: Request,
    session: Reading,
    account: Supervisor,
    lang: Lang,
    sample: str,
    tps: str,
) -> Response:
    """The numbers of one station that were keyed otherwise than they are verified."""
    item = open_item(session, sample, tps, account.id)
    if not item.unsettled:
        return RedirectResponse(certificate_url(sample), HTTPStatus.SEE_OTHER)
    return render(
        request, "settling.html", view=station_view(session, item, item.differing, {}, lang)
    )


@router.post("/tps/{tps}/settle")
def settle(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    account: Supervisor,
    now: Now,
    lang: Lang,
    typed: Typed,
    sample: str,
    tps: str,
) -> Response:
    """Keep what the ink says; with a fault the page comes back as it was."""
    try:
        with write_session(web.engine) as writing:
            settle_station(writing, sample, tps, typed, account=account.id, now=now)
            writing.commit()
    except VerificationRefused as error:
        item = open_item(session, sample, tps, account.id)
        view = station_view(session, item, item.differing, typed, lang, fault=error)
        return _back(request, "settling.html", view)
    return RedirectResponse(certificate_url(sample), HTTPStatus.SEE_OTHER)


def open_item(session: Session, sample: str, tps: str, account: str) -> Item:
    """A station of a sample, for somebody who never saw its form.

    Raises:
        NotFound: it was not drawn.
        NotAllowed: this account sent a photo of the form, keyed it, or read it before.
    """
    item = item_of(session, sample, tps)
    refuse_who_saw(session, item, account, keyed=True)
    return item


def station_url(item: Item) -> str:
    """Address of the page on which a station is keyed."""
    return f"{certificate_url(item.sample)}/tps/{item.tps}"


def station_view(
    session: Session,
    item: Item,
    names: Iterable[str],
    typed: Mapping[str, str],
    lang: Language,
    *,
    fault: VerificationRefused | None = None,
) -> StationView:
    """These numbers of a station with their ink; both readings of those that differ."""
    form = form_named(item.form)
    contest = get_contest(session, item.contest)
    papers = taken_from(session, tally_listed(session, item.sample, item.tps))
    seen = [
        stored
        for paper in dict.fromkeys((item.form, *papers.values()))
        for stored in readings_for(session, item.contest, item.tps, paper)
        if stored.photo in item.photos
    ]

    def ink_of(name: str) -> str | None:
        paper = papers.get(name, item.form)
        own = (s for s in seen if s.reading is not None and s.reading.form == paper)
        return next((url for s in own if (url := picture_url(s, f"crop/{name}"))), None)

    asked = set(names)
    in_order = [name for name in form.fields if name in asked]
    numbers = tuple(
        KeyedView(
            name=name,
            label=group.label,
            column=column,
            ink=ink_of(name),
            boxes=len(item.verified[name]),
            choices=_choices(item, name),
            value=typed.get(name, ""),
        )
        for group in field_groups(form, in_order, lang, contest)
        for name, column in group.fields
    )
    told = None if fault is None else (fault.message, error_text(fault, lang)[1])
    photos = tuple(url for stored in seen if (url := photo_url(stored)) is not None)
    return StationView(item, station_url(item), form.title, numbers, photos, told)


def _choices(item: Item, name: str) -> tuple[str, ...]:
    """Both readings in the order of their glyphs, so that neither says whose it is."""
    if item.keyed is None:
        return ()
    return tuple(sorted({item.verified[name], item.keyed[name]}))


def _back(request: Request, template: str, view: StationView) -> Response:
    response = render(request, template, view=view)
    response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return response
