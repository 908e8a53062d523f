"""Public pictures of a reading: the painted photo, the page laid flat, the ink of each number.

Originals never leave here: a picture is named by the reading that made it, not by a blob's key.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from digitizer.api.web import (
    READERS,
    REVIEWERS,
    Now,
    Reading,
    WebParts,
    account_or_none,
    signed_in,
)
from digitizer.errors import NotFound
from digitizer.store.accounts import Account
from digitizer.store.publication import is_published
from digitizer.store.readings import StoredReading, get_reading
from digitizer.store.rounds import places_of
from digitizer.store.tallies import tallies_of
from digitizer.store.uploads import uploads_of_photo

router = APIRouter(tags=["photos"])


@router.get("/pictures/{reading_id}/{name:path}")
def picture(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    account: Annotated[Account | None, Depends(account_or_none)],
    now: Now,
    reading_id: str,
    name: str,
) -> Response:
    """One picture by its name in `domain.outcome.PhotoOutcome.blobs`."""
    published = is_published(session, now)
    if not published:
        signed_in(account)
    reading = get_reading(session, reading_id)
    sha256 = reading.blobs.get(name)
    seen = may_see(session, reading, name, account) or (
        published and proves_a_tally(session, reading, name)
    )
    if sha256 is None or not seen:
        raise NotFound(f"reading {reading_id} has no picture {name!r}", "open it from the queue")
    tag = f'"{sha256}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=31536000, immutable"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(web.photos.get(sha256), media_type="image/jpeg", headers=headers)


def may_see(session: Session, reading: StoredReading, name: str, account: Account | None) -> bool:
    """Whether an account sees a picture: by its role, or since it sent the photo."""
    if account is None:
        return False
    senders = {item.account for item in uploads_of_photo(session, reading.photo)}
    # In a photo that nobody placed nothing is painted: it is for those who key it.
    roles = REVIEWERS if name == "whole" else READERS
    return account.role in roles or account.id in senders


def proves_a_tally(session: Session, reading: StoredReading, name: str) -> bool:
    """Whether the page of a TPS shows a picture to everybody: of what its tally rests on, the
    painted photo and the ink of its numbers.
    """
    if reading.reading is None or not (name == "public" or name.startswith("crop/")):
        return False
    places = places_of(session, reading.photo, reading.reading.form)
    return any(
        reading.photo in made[-1].photos
        for contest, tps in places
        if (made := tallies_of(session, contest, tps))
    )
