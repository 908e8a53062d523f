"""The form designer: one draft over its blank, changed, tried with a photo, and saved."""

import base64
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from digitizer.api.forms import one_at_a_time
from digitizer.api.names import told_problem
from digitizer.api.pages import render
from digitizer.api.web import Admin, Lang, Now, Reading, WebParts
from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.policy import Policy
from digitizer.domain.settle import settle
from digitizer.errors import FormFileError, FormRefused
from digitizer.forms import FileFault, faults_of, form_of, load_forms
from digitizer.forms.write import form_text
from digitizer.own_forms import install_form, refresh_forms
from digitizer.sandbox import Drafting
from digitizer.store.engine import read_session, write_session
from digitizer.store.form_drafts import (
    Draft,
    change_draft,
    draft,
    draft_at,
    drop_draft,
    page_picture,
)
from review_ui.i18n import Language, text

router = APIRouter(prefix="/forms/drafts", tags=["forms"])

MOST_FAULTS: Final = 100


class Fault(BaseModel):
    """One thing that is wrong with a draft.

    Attributes:
        text: in the language of the page.
        detail: the same as `digitizer forms check` says it.
        key: where it stands in the draft, as steps from the top.
        page: number of the page it is on.
        places: rectangles to look at there, in millimetres.
        names: ids of the fields and rules that it is about.
    """

    text: str
    detail: str
    key: list[int | str]
    page: int | None
    places: list[tuple[float, float, float, float]]
    names: list[str]


class DraftState(BaseModel):
    """How a draft stands: its revision, and what is wrong with it."""

    revision: int
    faults: list[Fault]


class Change(BaseModel):
    """A whole draft, as it stands on the screen that was at `revision`."""

    revision: Annotated[int, Field(ge=1)]
    body: dict[str, Any]


class Saving(BaseModel):
    """Which revision of a draft is put in force: the one that is on the screen."""

    revision: Annotated[int, Field(ge=1)]


class TriedField(BaseModel):
    """One number as the desk would show it, unsure boxes open; `ink` is a picture in base64."""

    id: str
    label: str
    as_written: str
    probability: float
    ink: str | None


class Tried(BaseModel):
    """What a photo said: its numbers, or why it could not be read.

    `picture` is the page laid flat, in base64.
    """

    page: int | None
    fields: list[TriedField]
    picture: str | None
    problem: str
    hint: str


class Saved(BaseModel):
    """Where it goes on."""

    next: str


@router.get("/{draft_id}")
def designer(
    *, request: Request, session: Reading, _account: Admin, lang: Lang, draft_id: str
) -> Response:
    """A draft over its blank."""
    item = draft(session, draft_id)
    facts = {
        "id": item.id,
        "revision": item.revision,
        "body": dict(item.body),
        "faults": [fault.model_dump() for fault in _faults(item.body, lang)],
        "known": _known_names(),
    }
    return render(request, "designer.html", facts=facts, title=item.body.get("title") or "–")


@router.get("/{draft_id}/pages/{position}")
def blank_of_page(session: Reading, _account: Admin, draft_id: str, position: int) -> Response:
    """The blank under one page of a draft."""
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    picture = page_picture(session, draft_id, position)
    return Response(picture, media_type="image/png", headers=headers)


@router.put("/{draft_id}")
def change(
    *, web: WebParts, _account: Admin, lang: Lang, now: Now, draft_id: str, change: Change
) -> DraftState:
    """Keep a draft as it stands; 409 when it was changed elsewhere meanwhile."""
    with write_session(web.engine) as session:
        revision = change_draft(session, draft_id, change.body, change.revision, now)
        session.commit()
    return DraftState(revision=revision, faults=_faults(change.body, lang))


@router.get("/{draft_id}/file")
def draft_file(session: Reading, _account: Admin, draft_id: str) -> Response:
    """A draft as a form file; 422 while it is not right."""
    told = _file_of(draft(session, draft_id))
    headers = {"Content-Disposition": 'attachment; filename="draft.toml"'}
    return Response(told, media_type="application/toml", headers=headers)


@router.post("/{draft_id}/try")
def try_photo(
    *,
    web: WebParts,
    _account: Admin,
    lang: Lang,
    draft_id: str,
    photo: Annotated[bytes, Body(media_type="image/*")],
) -> Tried:
    """Read a photo with a draft as it stands; nothing of it is kept."""
    with read_session(web.engine) as session:
        item = draft(session, draft_id)
    told = _file_of(item)
    with one_at_a_time, Drafting() as drafting:
        outcome = drafting.read(told, photo)
    return _tried(outcome, item, lang, web.policy)


@router.post("/{draft_id}/saved")
def save(*, web: WebParts, account: Admin, now: Now, draft_id: str, saving: Saving) -> Saved:
    """Put a draft in force as a form of this installation; the draft is gone then.

    409 when it was changed elsewhere: nobody puts in force what they do not see.
    """
    with write_session(web.engine) as session:
        item = draft_at(session, draft_id, saving.revision)
        done = install_form(session, _file_of(item), account.id, now)
        drop_draft(session, draft_id)
        session.commit()
    with read_session(web.engine) as session:
        refresh_forms(session, at_once=True)
    return Saved(next=f"/forms?saved={done.form.id}&again={done.again}")


@router.post("/{draft_id}/dropped")
def drop(*, web: WebParts, _account: Admin, draft_id: str) -> Response:
    """Forget a draft."""
    with write_session(web.engine) as session:
        drop_draft(session, draft_id)
        session.commit()
    return RedirectResponse("/forms", HTTPStatus.SEE_OTHER)


def _file_of(item: Draft) -> str:
    """The form file of a draft.

    Raises:
        FormRefused: it is not right yet.
    """
    try:
        return form_text(form_of(item.body, "the draft"))
    except FormFileError as error:
        raise FormRefused(error.message, error.hint) from error


def _faults(body: Mapping[str, Any], lang: Language) -> list[Fault]:
    return [_fault(item, lang) for item in faults_of(body)[:MOST_FAULTS]]


def _fault(found: FileFault, lang: Language) -> Fault:
    where = ".".join(str(step) for step in found.key)
    names = ", ".join(found.names)
    return Fault(
        text=text(f"designer.fault_{found.code}", lang, where=where, names=names, page=found.page),
        detail=found.message,
        key=list(found.key),
        page=found.page,
        places=[(place.x, place.y, place.width, place.height) for place in found.places],
        names=list(found.names),
    )


def _known_names() -> Mapping[str, str]:
    """Ids of the numbers of all forms with a label of each: the same number keeps its name."""
    return {name: field.label for form in load_forms() for name, field in form.fields.items()}


def _tried(outcome: PhotoOutcome, item: Draft, lang: Language, policy: Policy) -> Tried:
    if outcome.problem is not None or outcome.reading is None:
        problem, hint = ("", "") if outcome.problem is None else told_problem(outcome.problem, lang)
        return Tried(page=None, fields=[], picture=None, problem=problem, hint=hint)
    form = form_of(item.body, "the draft")
    values = settle([outcome.reading], form, policy).reconciliation.values
    fields = [
        TriedField(
            id=name,
            label=form.fields[name].label,
            as_written=value.shown,
            probability=value.probability,
            ink=_base64(outcome.blobs.get(f"crop/{name}")),
        )
        for name, value in values.items()
    ]
    picture = _base64(outcome.blobs.get("page"))
    return Tried(
        page=outcome.reading.page, fields=fields, picture=picture, problem="", hint=""
    )  # fmt: skip


def _base64(picture: bytes | None) -> str | None:
    return None if picture is None else base64.b64encode(picture).decode()
