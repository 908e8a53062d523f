"""Corner mode: a person says where a page lies, and it is read again at once."""

import hashlib
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from digitizer.api.names import form_named
from digitizer.api.sheet_parts import sheet_url
from digitizer.api.web import SUPERVISORS, Now, Reviewer, WebParts
from digitizer.domain.placement import Corners, Placement
from digitizer.domain.reading import PageReading
from digitizer.errors import DigitizerError, NotFound, PhotoError, PhotoProblem
from digitizer.jobs import keep_placed
from digitizer.store.accounts import Account
from digitizer.store.engine import read_session, write_session
from digitizer.store.purging import refuse_removed
from digitizer.store.readings import StoredReading, get_reading
from digitizer.store.rounds import places_of
from digitizer.store.uploads import refuse_sender

router = APIRouter(tags=["reviews"])

Share = Annotated[float, Field(ge=-1, le=2)]
Point = tuple[Share, Share]


class CornersBody(BaseModel):
    """Which page a photo shows, and the corners of its sheet, clockwise from the top left."""

    model_config = ConfigDict(extra="forbid")

    form: Annotated[str, Field(max_length=80)]
    page: Annotated[int, Field(ge=1, le=20)]
    corners: tuple[Point, Point, Point, Point]


class Reread(BaseModel):
    """Where the form is that was read anew."""

    next: str


@router.post("/readings/{reading_id}/corners", status_code=HTTPStatus.CREATED)
def place_page(
    *, web: WebParts, account: Reviewer, now: Now, reading_id: str, body: CornersBody
) -> Reread:
    """Read a photo again with its page where somebody says that it lies.

    The earlier reading is kept. Where the photo counts as another page from then on, what was
    confirmed with it is taken back. Answers 409 when a tally rests on it and who asks is no
    supervisor, 422 when the page can not be read there either.
    """
    placement = _placement(body)
    with read_session(web.engine) as session:
        stored = get_reading(session, reading_id)
        _check(session, stored, account)
    outcome = web.reader.digest(web.photos.get(stored.photo), placement)
    if outcome.problem is not None:
        said = outcome.problem
        raise PhotoError(cast("PhotoProblem", said.problem), said.message, said.hint, said.numbers)
    read = cast("PageReading", outcome.reading)
    blobs = {name: web.photos.put(picture) for name, picture in outcome.blobs.items()}
    blobs.setdefault("whole", stored.blobs["whole"])
    named = replace(read, model=f"{read.model}+{_name(placement)}")
    with write_session(web.engine) as session:
        keep_placed(
            session,
            named,
            blobs,
            now,
            account=account.id,
            policy=web.policy,
            supervises=account.role in SUPERVISORS,
        )
        session.commit()
        return Reread(next=_where(session, stored.photo, placement.form))


def _placement(body: CornersBody) -> Placement:
    corners: Corners = body.corners
    if body.page not in {page.number for page in form_named(body.form).pages}:
        raise DigitizerError(
            f"{body.form} has no page {body.page}", "choose a page of a form", code="bad_request"
        )
    try:
        return Placement(body.form, body.page, corners)
    except ValueError as error:
        raise DigitizerError(
            str(error), "set the corners clockwise, the top left first", code="bad_request"
        ) from error


def _check(session: Session, stored: StoredReading, account: Account) -> None:
    if "whole" not in stored.blobs:
        raise NotFound(
            f"photo {stored.photo[:12]} was placed well, or is no picture", "open another form"
        )
    refuse_sender(session, stored.photo, account.id)
    refuse_removed(session, stored.photo)


def _name(placement: Placement) -> str:
    """What tells readings with other corners apart."""
    said = repr((placement.form, placement.page, placement.corners)).encode()
    return f"corners-{hashlib.sha256(said).hexdigest()[:8]}"


def _where(session: Session, photo: str, form: str) -> str:
    """The form to which the photo belongs now; the queue where its TPS is not known."""
    places = sorted(places_of(session, photo, form))
    return sheet_url(*places[0], form) if places else "/queue"
