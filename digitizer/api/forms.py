"""Form definitions: what there is, their files and blanks, and where a new one begins."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from threading import Lock
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from digitizer.api.names import form_named
from digitizer.api.pages import local_time, render
from digitizer.api.web import Admin, Now, Reading, WebParts
from digitizer.domain.form import FormSpec
from digitizer.errors import DigitizerError, NotLearned, SandboxError
from digitizer.forms import form_file, list_forms, load_forms, shipped_ids
from digitizer.forms.paper import paper_size
from digitizer.sandbox import Drafting
from digitizer.store.elections import contests, get_election
from digitizer.store.engine import write_session
from digitizer.store.form_drafts import begin_draft, drafts

router = APIRouter(prefix="/forms", tags=["forms"])

FEWEST_FILLED: Final = 10

one_at_a_time: Final = Lock()
"""Looking at a blank takes a processor and a gigabyte: whoever comes second waits."""


@dataclass(frozen=True, slots=True)
class FormLine:
    """A form that is known.

    Attributes:
        own: whether it is of this installation.
    """

    id: str
    title: str
    version: str
    pages: int
    numbers: int
    own: bool
    reference: bool


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A form that somebody draws up."""

    id: str
    title: str
    form: str
    changed: str


@dataclass(frozen=True, slots=True)
class FormsView:
    """What the page of forms shows.

    Attributes:
        wanted: ids that the election names and nobody has described yet.
        saved: id of a form that was just saved.
        again: photos that are read once more for it.
    """

    forms: tuple[FormLine, ...]
    drafts: tuple[DraftLine, ...]
    wanted: tuple[str, ...]
    year: int
    saved: str
    again: int


@router.get("")
def forms_page(
    *,
    request: Request,
    session: Reading,
    _account: Admin,
    now: Now,
    saved: str = "",
    again: int = 0,
) -> Response:
    """Every form that is known, drafts, and where a new one begins."""
    view = FormsView(
        forms=tuple(_line(form) for form in load_forms()),
        drafts=tuple(_drafts(session)),
        wanted=_wanted(session),
        year=now.year,
        saved=saved if saved in list_forms() else "",
        again=again,
    )
    return render(request, "forms.html", view=view)


@router.get("/{form_id}/file")
def form_text_file(_account: Admin, form_id: str) -> Response:
    """The file of a form, as it was saved."""
    form = form_named(form_id)
    headers = {"Content-Disposition": f'attachment; filename="{form.id}.toml"'}
    return Response(form_file(form.id), media_type="application/toml", headers=headers)


@router.get("/{form_id}/blank")
def blank(_account: Admin, form_id: str) -> Response:
    """The blank of a form, all pages at true size, to print for training days."""
    form = form_named(form_id)
    headers = {"Content-Disposition": f'attachment; filename="{form.id}.pdf"'}
    with one_at_a_time, Drafting() as drafting:
        drawn = drafting.draw(form_file(form.id))
    return Response(drawn.pdf, media_type="application/pdf", headers=headers)


@router.post("/drafts")
def begin_from_blank(
    *,
    web: WebParts,
    account: Admin,
    now: Now,
    files: Annotated[list[UploadFile], File()] = [],  # noqa: B006
    form: Annotated[str, Form(max_length=80)] = "",
    title: Annotated[str, Form(max_length=200)] = "",
    year: Annotated[int, Form(ge=1900, le=9999)] = 0,
    paper: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Look at a blank, or at ten or more filled photos of one page, and begin a draft."""
    sent = [item for item in files if item.filename]
    if not sent:
        raise DigitizerError("no file was sent", "choose the blank", code="no_file")
    if 1 < len(sent) < FEWEST_FILLED:
        raise DigitizerError(
            f"{len(sent)} files were sent",
            f"choose one blank, or {FEWEST_FILLED} filled photos of one page or more",
            code="blank_or_photos",
        )
    named = title.strip() or (sent[0].filename or "").rpartition(".")[0] or "C.HASIL"
    size = paper_size(paper)
    data = [item.file.read() for item in sent]
    try:
        with one_at_a_time, Drafting() as drafting:
            learned = drafting.learn(
                data, paper=size, name=_id_of(form or named), title=named, year=year or now.year
            )
    except SandboxError:
        raise
    except DigitizerError as error:
        raise NotLearned(error.message, error.hint) from error
    body = tomllib.loads(learned.text)
    return _begun(web, body, learned.pictures, account.id, now)


@router.post("/{form_id}/draft")
def begin_from_form(*, web: WebParts, account: Admin, now: Now, form_id: str) -> Response:
    """Begin a draft from a form that is known: its next version, or a copy of a shipped one."""
    form = form_named(form_id)
    body = tomllib.loads(form_file(form.id))
    if form.id in shipped_ids():
        body["id"] = _free_id(form.id)
        body["version"] = 1
    else:
        body["version"] = form.number + 1
    with one_at_a_time, Drafting() as drafting:
        drawn = drafting.draw(form_file(form.id))
    return _begun(web, body, drawn.pictures, account.id, now)


def _begun(
    web: WebParts, body: Mapping[str, Any], pictures: Iterable[bytes], account: str, now: datetime
) -> Response:
    with write_session(web.engine) as session:
        name = begin_draft(session, body, tuple(pictures), account, now)
        session.commit()
    return RedirectResponse(f"/forms/drafts/{name}", HTTPStatus.SEE_OTHER)


def _line(form: FormSpec) -> FormLine:
    return FormLine(
        form.id,
        form.title,
        form.version,
        len(form.pages),
        len(form.fields),
        form.id not in shipped_ids(),
        form.reference_layout,
    )


def _drafts(session: Session) -> Iterable[DraftLine]:
    election = get_election(session)
    zone = election.zone if election else "UTC"
    for item in drafts(session):
        title, form = (str(item.body.get(key) or "–") for key in ("title", "id"))
        yield DraftLine(item.id, title, form, local_time(item.changed_at, zone))


def _wanted(session: Session) -> tuple[str, ...]:
    named = {form for contest in contests(session) for form in contest.form_ids}
    return tuple(sorted(named - set(list_forms())))


def _free_id(form: str) -> str:
    """The id of a copy: as the form's, with a number that is not taken."""
    number = 2
    while f"{form}-v{number}" in list_forms():
        number += 1
    return f"{form}-v{number}"


def _id_of(typed: str) -> str:
    """An id of what somebody called a form.

    >>> _id_of("C.HASIL-PPWP 2029")
    'c-hasil-ppwp-2029'
    """
    plain = re.sub(r"[^a-z0-9]+", "-", typed.lower()).strip("-")
    return plain or "c-hasil"
