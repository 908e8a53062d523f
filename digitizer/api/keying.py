"""Keying from the photo: what a person can read and the machine cannot."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from digitizer.api.names import form_named, form_or_none, known_tps
from digitizer.api.pages import render
from digitizer.api.sheet_parts import PlaceView, picture_url, sheet_url
from digitizer.api.web import Now, Reading, Reviewer, WebParts
from digitizer.domain.keyed import unread_page
from digitizer.errors import Conflict, DigitizerError, NotFound
from digitizer.jobs import settle_photo
from digitizer.store.elections import contests
from digitizer.store.engine import write_session
from digitizer.store.readings import StoredReading, reading_of, save_reading
from digitizer.store.receiving import assign
from digitizer.store.rounds import contest_of, fits
from digitizer.store.uploads import upload

router = APIRouter(tags=["reviews"])


@router.get("/uploads/{upload_id}/keying")
def keying_page(request: Request, session: Reading, account: Reviewer, upload_id: str) -> Response:
    """The whole photo, and the question which page of which form and TPS it shows."""
    sent = upload(session, upload_id)
    stored = _unread(session, sent.photo, account.id, sent.account)
    written = dict.fromkeys(form for item in contests(session) for form in item.form_ids)
    pages = tuple(
        (f"{form.id} {page.number}", f"{form.title} · {page.number}")
        for form in map(form_or_none, written)
        if form is not None
        for page in form.pages
        if any(field.counted for field in page.fields)
    )
    photo = picture_url(stored, "whole") or ""
    return render(
        request,
        "keying.html",
        upload=sent,
        photo=photo,
        pages=pages,
        place=PlaceView(f"/readings/{stored.id}/corners", photo, "", 0, pages),
    )


@router.post("/uploads/{upload_id}/keying")
def open_for_keying(
    *,
    web: WebParts,
    account: Reviewer,
    now: Now,
    upload_id: str,
    page: Annotated[str, Form(pattern=r"^\S+ [0-9]+$", max_length=90)],
    tps: Annotated[str, Form(max_length=20)],
) -> Response:
    """Make an empty form of the photo; two people read it, each without seeing the other's."""
    form_id, _, number = page.partition(" ")
    form = form_named(form_id)
    with write_session(web.engine) as session:
        sent = upload(session, upload_id)
        stored = _unread(session, sent.photo, account.id, sent.account)
        code = known_tps(session, tps)
        said = sent.contest
        if code is not None and said is not None and not fits(session, form_id, code, said):
            said = None
        if code is not None and (sent.tps, sent.contest) != (code, said):
            assign(session, upload_id, code, said, account.id, now)
        contest = contest_of(session, upload_id, form_id)
        known = {item.number for item in form.pages}
        if code is None or contest is None or int(number) not in known:
            raise DigitizerError(
                f"no TPS with a vote on {form_id}, or it has no page {number}",
                "choose a page and write the code of the TPS",
                code="bad_request",
            )
        save_reading(
            session,
            sent.photo,
            unread_page(sent.photo, form, int(number)),
            None,
            {"whole": stored.blobs["whole"]},
            0.0,
            now,
            account.id,
        )
        settle_photo(session, sent.photo, now, web.policy)
        session.commit()
    return RedirectResponse(sheet_url(contest.id, code, form_id), HTTPStatus.SEE_OTHER)


def _unread(session: Session, photo: str, account: str, sender: str) -> StoredReading:
    """The stored attempt to read a photo that only a person can read.

    Raises:
        NotFound: the photo was read, or is no picture.
        Conflict: the account sent it.
    """
    stored = reading_of(session, photo)
    if stored is None or stored.reading is not None or "whole" not in stored.blobs:
        raise NotFound(
            f"photo {photo[:12]} is not one that only a person can read", "open it from the queue"
        )
    if account == sender:
        raise Conflict(
            "the photo was uploaded by the account that wants to key it",
            "let another reviewer key it",
            code="own_upload",
        )
    return stored
