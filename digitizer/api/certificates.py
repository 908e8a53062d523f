"""Certificates: samples announced and drawn in public, and what they say of verified numbers."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from digitizer.api.audience import Looking
from digitizer.api.certificate_view import certificate_url, certificate_view, office_view
from digitizer.api.pages import render, tagged
from digitizer.api.recap import kept_by, seal_of
from digitizer.api.web import Admin, Lang, Now, Reading, WebParts
from digitizer.store.certificates import certificate_revision
from digitizer.store.elections import contests, get_election
from digitizer.store.engine import write_session
from digitizer.store.samples import LEAST_SEED, MOST_SEED, announce, draw, get_sample, listed

router = APIRouter(tags=["certificates"])


@router.get("/certificates")
def certificates_page(
    request: Request, session: Reading, looking: Looking, lang: Lang, now: Now
) -> Response:
    """Every sample of every office, and how large another one would have to be."""
    offices = [item for item in contests(session) if item.repeats is None]
    views = [office_view(session, item, lang, now) for item in offices]
    seed = {"least": LEAST_SEED, "most": MOST_SEED}
    page = render(request, "certificates.html", offices=views, seed=seed)
    return kept_by(looking, page)


@router.post("/certificates")
def announce_sample(
    *,
    web: WebParts,
    account: Admin,
    now: Now,
    contest: Annotated[str, Form(max_length=200)],
    size: Annotated[int, Form(ge=1)],
) -> Response:
    """Fix the list of verified tallies, and how many of them will be drawn."""
    with write_session(web.engine) as session:
        made = announce(session, contest, size, account=account.id, now=now)
        session.commit()
    return RedirectResponse(certificate_url(made.id), HTTPStatus.SEE_OTHER)


@router.post("/certificates/{sample}/draw")
def draw_sample(
    *,
    web: WebParts,
    account: Admin,
    now: Now,
    sample: str,
    seed: Annotated[str, Form(max_length=MOST_SEED + 1)],
) -> Response:
    """Draw it by a seed that was thrown in public after it was announced."""
    with write_session(web.engine) as session:
        draw(session, sample, seed.strip(), account=account.id, now=now)
        session.commit()
    return RedirectResponse(certificate_url(sample), HTTPStatus.SEE_OTHER)


@router.get("/certificates/{sample}")
def certificate_page(
    *,
    request: Request,
    session: Reading,
    looking: Looking,
    lang: Lang,
    sample: str,
    part: bool = False,
) -> Response:
    """What a sample says of all verified numbers, and how far it has come.

    `part` gives the changing part with an ETag.
    """
    found = get_sample(session, sample)

    def made(template: str) -> Response:
        election = get_election(session)
        zone = election.zone if election else "UTC"
        view = certificate_view(session, found, zone, lang, may_settle=looking.may_correct)
        return render(request, template, view=view)

    if not part:
        return kept_by(looking, made("certificate.html"))
    revision = certificate_revision(session, found)
    seal = seal_of(session, looking, sample, lang, numbers=revision)
    return kept_by(looking, tagged(request, seal, lambda: made("certificate_part.html")))


@router.get("/certificates/{sample}/list.txt", response_class=PlainTextResponse)
def list_of_sample(session: Reading, looking: Looking, sample: str) -> Response:
    """The list that was announced: its SHA-256 and the seed give the sample to anybody."""
    return kept_by(looking, PlainTextResponse(listed(session, sample)))
