"""The recap: verified numbers only, from the whole election down to one TPS."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from digitizer.api.pages import conditional, render, render_live
from digitizer.api.recap_view import recap_url, recap_view
from digitizer.api.tps_view import tps_view
from digitizer.api.web import REVIEWERS, Lang, Reader, Reading
from digitizer.domain.listing import NOTICE
from digitizer.domain.tally import Recap
from digitizer.errors import NotFound
from digitizer.store.elections import contests, get_contest, get_election
from digitizer.store.recaps import children, recap_of, tps_detail
from digitizer.store.rounds import rounds_of

router = APIRouter(tags=["recap"])


@router.get("/recap")
def recap_start(session: Reading, _account: Reader) -> Response:
    """The recap of the first contest."""
    known = contests(session)
    if not known:
        raise NotFound("there is no election yet", "set one up with election init")
    return RedirectResponse(recap_url(known[0].id), 303)


@router.get("/recap/{contest_id}")
@router.get("/recap/{contest_id}/{wilayah}")
def recap_page(
    *,
    request: Request,
    session: Reading,
    account: Reader,
    lang: Lang,
    contest_id: str,
    wilayah: str = "",
    alone: bool = False,
    part: bool = False,
) -> Response:
    """The recap of an area; `part` gives the changing part with an ETag.

    At every TPS its last round counts; `alone` shows the one round of the contest.
    """
    contest = get_contest(session, contest_id)
    view = recap_view(session, contest, area(wilayah), lang, alone=alone)
    return render_live(
        request,
        "recap.html",
        "recap_part.html",
        part=part,
        view=view,
        offices=[item for item in contests(session) if item.repeats is None],
        may_review=account.role in REVIEWERS,
    )


@router.get("/recap/{contest_id}/tps/{tps}")
def tps_page(
    *,
    request: Request,
    session: Reading,
    account: Reader,
    lang: Lang,
    contest_id: str,
    tps: str,
) -> Response:
    """One TPS: every number with its ink, as read, as confirmed, by whom and when."""
    election = get_election(session)
    detail = tps_detail(session, contest_id, tps)
    zone = election.zone if election else "UTC"
    view = tps_view(session, detail, zone, lang, may_review=account.role in REVIEWERS)
    return render(request, "tps.html", view=view)


@router.get("/api/recap/{contest_id}")
def recap_json(
    *,
    request: Request,
    session: Reading,
    _account: Reader,
    contest_id: str,
    wilayah: str = "",
    alone: bool = False,
) -> Response:
    """The recap of an area and of the areas below it, as JSON with an ETag.

    At every TPS its last round counts, which is named there; with `alone` this contest only.
    """
    election = get_election(session)
    place = area(wilayah)
    found = get_contest(session, contest_id)
    rounds = (found,) if alone else rounds_of(session, found)
    body = {
        "notice": NOTICE,
        "simulated": bool(election and election.simulated),
        "contest": contest_id,
        "rounds": [{"contest": item.id, "round": item.round} for item in rounds],
        "recap": recap_data(recap_of(session, contest_id, place, alone=alone)),
        "children": [
            {
                "code": row.code,
                "name": row.name,
                "level": row.level,
                "contest": row.contest and row.contest.id,
                "round": row.contest and row.contest.round,
                **recap_data(row.recap),
            }
            for row in children(session, contest_id, place, alone=alone)
        ],
    }
    return conditional(request, JSONResponse(body))


def recap_data(recap: Recap) -> dict[str, Any]:
    """A recap as JSON values."""
    return {
        "wilayah": recap.wilayah,
        "counted": recap.counted,
        "expected": recap.expected,
        "with_gaps": recap.with_gaps,
        "disputed": recap.disputed,
        "revotes": recap.revotes,
        "revotes_counted": recap.revotes_counted,
        "totals": dict(recap.totals),
    }


def area(code: str) -> str:
    """The code of an area.

    Raises:
        NotFound: no area has a code of this shape.
    """
    if code and not (code.isascii() and code.isdigit() and len(code) in {2, 4, 6, 10}):
        raise NotFound(f"no area has the code {code!r}", "open it from the recap")
    return code
