"""The recap: verified numbers only, from the whole election down to one TPS."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from digitizer import __version__
from digitizer.api.audience import Audience, Looking, head_now
from digitizer.api.head_view import head_view
from digitizer.api.missing_view import missing_view
from digitizer.api.pages import render, tagged
from digitizer.api.recap_view import recap_url, recap_view
from digitizer.api.tps_view import tps_view
from digitizer.api.web import Lang, Now, Reading, WebParts
from digitizer.domain.election import LEVEL_DIGITS
from digitizer.errors import NotFound
from digitizer.store.elections import contests, get_contest, get_election
from digitizer.store.recaps import revision, tps_detail

router = APIRouter(tags=["recap"])

SECONDS_KEPT: Final = 10
"""So long anybody may keep what everybody may see."""

After = Annotated[str, Query(max_length=13, pattern="^[0-9]*$")]
"""The code after which a list goes on."""


@router.get("/recap")
def recap_start(session: Reading, _looking: Looking) -> Response:
    """The recap of the first contest."""
    known = contests(session)
    if not known:
        raise NotFound("there is no election yet", "set one up with election init")
    return RedirectResponse(recap_url(known[0].id), 303)


@router.get("/recap/{contest_id}/missing")
def missing_page(
    *,
    request: Request,
    session: Reading,
    looking: Looking,
    lang: Lang,
    contest_id: str,
    wilayah: str = "",
    after: After = "",
) -> Response:
    """The TPS of an area that are expected and not counted, a hundred at a time."""
    contest = get_contest(session, contest_id)
    view = missing_view(session, contest, area(wilayah), lang, after=after)
    page = render(request, "missing.html", view=view)
    return kept_by(looking, page)


@router.get("/recap/{contest_id}")
@router.get("/recap/{contest_id}/{wilayah}")
def recap_page(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    looking: Looking,
    now: Now,
    lang: Lang,
    contest_id: str,
    wilayah: str = "",
    alone: bool = False,
    part: bool = False,
    after: After = "",
) -> Response:
    """The recap of an area; `part` gives the changing part with an ETag.

    At every TPS its last round counts; `alone` shows the one round of the contest.
    """
    contest = get_contest(session, contest_id)
    place = area(wilayah)
    if part:
        seal = seal_of(
            session, looking, contest_id, place, lang, after, str(alone),
            numbers=revision(session, contest_id, place, alone=alone),
        )  # fmt: skip
        return tagged(
            request,
            seal,
            lambda: render(
                request,
                "recap_part.html",
                view=recap_view(session, contest, place, lang, alone=alone, after=after),
            ),
            cache=cache_of(looking),
        )
    election = get_election(session)
    page = render(
        request,
        "recap.html",
        view=recap_view(session, contest, place, lang, alone=alone, after=after),
        head=head_view(head_now(web, session, now), election.zone if election else "UTC"),
        offices=[item for item in contests(session) if item.repeats is None],
        looking=looking,
    )
    return kept_by(looking, page)


@router.get("/recap/{contest_id}/tps/{tps}")
def tps_page(
    *,
    request: Request,
    session: Reading,
    looking: Looking,
    lang: Lang,
    contest_id: str,
    tps: str,
) -> Response:
    """One TPS: every number with its ink, as read, as confirmed, by whom and when."""
    election = get_election(session)
    detail = tps_detail(session, contest_id, tps)
    zone = election.zone if election else "UTC"
    view = tps_view(session, detail, zone, lang, looking)
    return kept_by(looking, render(request, "tps.html", view=view))


def area(code: str) -> str:
    """The code of an area.

    Raises:
        NotFound: no area has a code of this shape.
    """
    above_tps = {LEVEL_DIGITS[level] for level in LEVEL_DIGITS if level != "tps"}
    if code and not (code.isascii() and code.isdigit() and len(code) in above_tps):
        raise NotFound(f"no area has the code {code!r}", "open it from the recap")
    return code


def seal_of(session: Session, looking: Audience, *asked: str, numbers: str) -> bytes:
    """What is another whenever an answer about numbers is: cheap, since they are not added up."""
    election = get_election(session)
    named = "" if election is None else f"{election.title}{election.simulated}"
    who = "" if looking.reader is None else looking.reader.role
    return "\n".join((__version__, named, who, *asked, numbers)).encode()


def cache_of(looking: Audience) -> str:
    """Who may keep an answer: anybody, of what everybody may see and nobody is named in."""
    if looking.is_signed_in:
        return "private, no-cache"
    return f"public, max-age={SECONDS_KEPT}"


def kept_by(looking: Audience, page: Response) -> Response:
    """A page that the public may keep for some seconds, and nobody else."""
    if not looking.is_signed_in and "set-cookie" not in page.headers:
        page.headers["Cache-Control"] = cache_of(looking)
        page.headers["Vary"] = "Cookie"
    return page
