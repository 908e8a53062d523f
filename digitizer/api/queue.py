"""The queue: every upload, and giving one to its TPS."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from digitizer.api.names import known_tps
from digitizer.api.pages import render_live
from digitizer.api.queue_view import queue_view
from digitizer.api.web import SUPERVISORS, Lang, Now, Reading, Reviewer, Supervisor, WebParts
from digitizer.domain.verdict import ReasonCode
from digitizer.errors import Conflict, DigitizerError
from digitizer.jobs import reassign
from digitizer.store.engine import write_session
from digitizer.store.line import join_again
from digitizer.store.purging import refuse_removed
from digitizer.store.queue_lines import Wanted
from digitizer.store.readings import reading_of
from digitizer.store.sheets import State
from digitizer.store.uploads import upload

router = APIRouter(tags=["reviews"])


@router.get("/queue")
def queue_page(
    *,
    request: Request,
    session: Reading,
    web: WebParts,
    account: Reviewer,
    lang: Lang,
    state: State | Literal[""] = "",
    area: Annotated[str, Query(pattern=r"^[0-9.]{0,17}$")] = "",
    form: Annotated[str, Query(max_length=80)] = "",
    reason: ReasonCode | Literal[""] = "",
    page: Annotated[int, Query(ge=1)] = 1,
    part: bool = False,
    done: bool = False,
) -> Response:
    """Every upload, by what is to be done with it; `part` gives the changing part with an ETag."""
    wanted = Wanted(area.replace(".", ""), form, reason)
    view = queue_view(session, web, account, lang, only=state or None, wanted=wanted, page=page)
    return render_live(
        request,
        "queue.html",
        "queue_part.html",
        part=part,
        view=view,
        nothing_for_you=done,
        live_query=request.url.query,
    )


@router.post("/uploads/{upload_id}/assign")
def assign_upload(
    web: WebParts, account: Reviewer, now: Now, upload_id: str, tps: Annotated[str, Form()]
) -> Response:
    """Say to which TPS an upload belongs; its form is settled anew."""
    with write_session(web.engine) as session:
        code = known_tps(session, tps)
        if code is None:
            raise DigitizerError("no TPS was given", "write its code", code="bad_request")
        reassign(
            session,
            upload_id,
            tps=code,
            contest=None,
            account=account.id,
            now=now,
            policy=web.policy,
            supervises=account.role in SUPERVISORS,
        )
        session.commit()
    return RedirectResponse("/queue", HTTPStatus.SEE_OTHER)


@router.post("/uploads/{upload_id}/again")
def read_again(web: WebParts, _account: Supervisor, now: Now, upload_id: str) -> Response:
    """Have a photo that was found unreadable read once more; harmless while it waits for that."""
    with write_session(web.engine) as session:
        photo = upload(session, upload_id).photo
        refuse_removed(session, photo)
        stored = reading_of(session, photo)
        if stored is None or stored.reading is not None:
            raise Conflict("this photo is not unreadable", "open its receipt again")
        join_again(session, upload_id, now)
        session.commit()
    return RedirectResponse(f"/receipts/{upload_id}", HTTPStatus.SEE_OTHER)
