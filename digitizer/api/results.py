"""Recap and verified tallies for programs: read-only, cacheable, the same numbers as the pages.

From the date that an admin sets everybody may ask; before it, only accounts that see the recap.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from digitizer.api.audience import Looking, head_now
from digitizer.api.pages import tagged
from digitizer.api.recap import After, area, cache_of, seal_of
from digitizer.api.result_data import (
    contest_data,
    correction_data,
    head_data,
    marks,
    tally_data,
    tps_data,
    version_data,
)
from digitizer.api.result_models import (
    ContestsAnswer,
    RecapAnswer,
    TalliesAnswer,
    TpsAnswer,
)
from digitizer.api.web import Now, Reading, WebParts
from digitizer.domain.codec import recap_to_json
from digitizer.store.elections import contests, get_contest
from digitizer.store.recaps import children, recap_of, revision, tps_detail
from digitizer.store.results import counted_tallies
from digitizer.store.rounds import rounds_of

router = APIRouter(tags=["results"])

MOST: Final = 500
Limit = Annotated[int, Query(ge=1, le=MOST)]
Wilayah = Annotated[
    str, Query(max_length=10, description="2, 4, 6 or 10 digits; empty for all of the election")
]
DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "The caller has this answer already (`If-None-Match`)."},
    403: {"description": "`not_published`: the recap is not for everybody yet."},
    404: {"description": "`not_found`: no such contest, area or TPS."},
}


@router.get("/api/contests", response_model=ContestsAnswer, responses=DOCUMENTED)
def contests_json(
    *, request: Request, web: WebParts, session: Reading, looking: Looking, now: Now
) -> Response:
    """Every contest with its candidates and rounds, and the head of the history of this hour."""
    head = head_now(web, session, now)

    def make() -> Response:
        known = contests(session)
        body = {
            **marks(session),
            "head": head_data(head),
            "contests": [contest_data(item) for item in known],
        }
        return JSONResponse(body)

    numbers = " ".join(item.id for item in contests(session))
    seal = seal_of(session, looking, head.head, "contests", numbers=numbers)
    return tagged(request, seal, make, cache=cache_of(looking))


@router.get("/api/recap/{contest_id}", response_model=RecapAnswer, responses=DOCUMENTED)
def recap_json(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    looking: Looking,
    now: Now,
    contest_id: str,
    wilayah: Wilayah = "",
    alone: bool = False,
    after: After = "",
    limit: Limit = MOST,
) -> Response:
    """The recap of an area and of the areas below it.

    At every TPS its last round counts, which is named there; with `alone` this contest only. Where
    `next` is not null, ask again with `after` set to it.
    """
    place = area(wilayah)
    found = get_contest(session, contest_id)
    head = head_now(web, session, now)

    def make() -> Response:
        rounds = (found,) if alone else rounds_of(session, found)
        rows = children(session, contest_id, place, alone=alone, after=after, limit=limit + 1)
        body = {
            **marks(session),
            "head": head_data(head),
            "contest": contest_id,
            "rounds": [{"contest": item.id, "round": item.round} for item in rounds],
            "recap": recap_to_json(recap_of(session, contest_id, place, alone=alone)),
            "children": [
                {
                    "code": row.code,
                    "name": row.name,
                    "level": row.level,
                    "contest": row.contest and row.contest.id,
                    "round": row.contest and row.contest.round,
                    **recap_to_json(row.recap),
                }
                for row in rows[:limit]
            ],
            "next": rows[limit - 1].code if len(rows) > limit else None,
        }
        return JSONResponse(body)

    seal = seal_of(
        session, looking, head.head, contest_id, place, str(alone), after, str(limit),
        numbers=revision(session, contest_id, place, alone=alone),
    )  # fmt: skip
    return tagged(request, seal, make, cache=cache_of(looking))


@router.get("/api/tallies/{contest_id}", response_model=TalliesAnswer, responses=DOCUMENTED)
def tallies_json(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    looking: Looking,
    now: Now,
    contest_id: str,
    wilayah: Wilayah = "",
    after: After = "",
    limit: Limit = 100,
) -> Response:
    """The verified tallies of an area that count, by TPS code, some at a time.

    One that is confirmed anew is another answer, also with the same numbers. Where `next` is not
    null, ask again with `after` set to it.
    """
    place = area(wilayah)
    get_contest(session, contest_id)
    head = head_now(web, session, now)
    found = counted_tallies(session, contest_id, place, after=after, limit=limit + 1)

    def make() -> Response:
        body = {
            **marks(session),
            "head": head_data(head),
            "contest": contest_id,
            "wilayah": place,
            "tallies": [
                {**tps_data(item.tps), **tally_data(item.contest, item.tally, item.made_at)}
                for item in found[:limit]
            ],
            "next": found[limit - 1].tps.code if len(found) > limit else None,
        }
        return JSONResponse(body)

    seal = seal_of(
        session, looking, head.head, "tallies", contest_id, place, after, str(limit),
        numbers=" ".join(
            f"{item.tps.code} {item.contest.id} {item.tally.version} {item.made_at.timestamp()}"
            for item in found
        ),
    )  # fmt: skip
    return tagged(request, seal, make, cache=cache_of(looking))


@router.get("/api/tallies/{contest_id}/{tps}", response_model=TpsAnswer, responses=DOCUMENTED)
def tps_json(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    looking: Looking,
    now: Now,
    contest_id: str,
    tps: str,
) -> Response:
    """One TPS: every version of its tally with the photos it rests on, and its corrections."""
    detail = tps_detail(session, contest_id, tps)
    head = head_now(web, session, now)
    body = {
        **marks(session),
        "head": head_data(head),
        **tps_data(detail.tps),
        "contest": contest_id,
        "rounds": [{"contest": item.id, "round": item.round} for item in detail.rounds],
        "missing": detail.missing,
        "versions": [version_data(detail, place) for place in range(len(detail.tallies))],
        "corrections": [correction_data(item) for item in detail.corrections],
    }
    answer = JSONResponse(body)
    return tagged(request, bytes(answer.body), lambda: answer, cache=cache_of(looking))
