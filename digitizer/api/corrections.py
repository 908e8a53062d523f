"""Corrections of a D.HASIL: entered by a supervisor beside the tally of a TPS, or taken back."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import Field
from sqlmodel import Session

from digitizer.api.correction_view import correction_page_view
from digitizer.api.failures import wants_page
from digitizer.api.names import form_or_none
from digitizer.api.pages import render
from digitizer.api.recap_view import recap_url
from digitizer.api.web import SUPERVISORS, Lang, Now, Reading, WebParts, one_of
from digitizer.domain.correction import CorrectionLevel
from digitizer.errors import CorrectionRefused
from digitizer.store.accounts import Account
from digitizer.store.corrections import REASON_LETTERS, save_correction, withdraw_correction
from digitizer.store.engine import write_session
from digitizer.store.recaps import TpsDetail, tps_detail

router = APIRouter(tags=["recap"])

Supervisor = Annotated[Account, one_of(SUPERVISORS, "enter corrections")]
MOST_NUMBERS: Final = 200
Reason = Annotated[str, Form(max_length=REASON_LETTERS)]
Texts = Annotated[list[Annotated[str, Field(max_length=80)]], Form(max_length=MOST_NUMBERS)]


@router.get("/recap/{contest_id}/tps/{tps}/corrections")
def correction_page(
    *,
    request: Request,
    session: Reading,
    _account: Supervisor,
    lang: Lang,
    contest_id: str,
    tps: str,
) -> Response:
    """Where a correction is entered: every verified number, with room for what the D.HASIL says."""
    view = correction_page_view(session, verified(session, contest_id, tps), lang)
    return render(request, "correction.html", view=view, longest_reason=REASON_LETTERS)


@router.post("/recap/{contest_id}/tps/{tps}/corrections", status_code=HTTPStatus.CREATED)
def correct(
    *,
    request: Request,
    web: WebParts,
    account: Supervisor,
    now: Now,
    contest_id: str,
    tps: str,
    level: Annotated[CorrectionLevel, Form()],
    reason: Reason,
    expected_version: Annotated[int, Form(ge=0, le=10_000)],
    document: Annotated[UploadFile, File()],
    field: Texts,
    value: Texts,
) -> Response:
    """Keep a correction: `field` names numbers, `value` what the document says, "" for nothing.

    The tally stays as it was verified. The photo of the document stays sealed.
    """
    with write_session(web.engine) as session:
        detail = verified(session, contest_id, tps)
        made = save_correction(
            session, web.photos, contest_id, tps, level, numbers_of(detail, field, value),
            document.file.read(), reason,
            account=account.id, now=now, expected_version=expected_version,
        )  # fmt: skip
        session.commit()
    if wants_page(request):
        return RedirectResponse(recap_url(contest_id, tps), HTTPStatus.SEE_OTHER)
    told = {"correction": made.id, "version": made.version, "url": recap_url(contest_id, tps)}
    return JSONResponse(told, HTTPStatus.CREATED)


@router.post("/corrections/{correction}/withdrawal", status_code=HTTPStatus.NO_CONTENT)
def withdraw(
    *,
    request: Request,
    web: WebParts,
    account: Supervisor,
    now: Now,
    correction: str,
    reason: Reason,
) -> Response:
    """Say that a correction holds no longer; it stays in the history with the reason."""
    with write_session(web.engine) as session:
        made = withdraw_correction(session, correction, reason, account=account.id, now=now)
        session.commit()
    if wants_page(request):
        return RedirectResponse(recap_url(made.contest, made.tps), HTTPStatus.SEE_OTHER)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def verified(session: Session, contest: str, tps: str) -> TpsDetail:
    """A TPS with a tally.

    Raises:
        CorrectionRefused: nothing is verified of it yet.
    """
    detail = tps_detail(session, contest, tps)
    if not detail.tallies:
        raise CorrectionRefused(
            f"nothing is verified of TPS {tps} yet", "verify its form first, then correct beside it"
        )
    return detail


def numbers_of(detail: TpsDetail, names: list[str], typed: list[str]) -> dict[str, int]:
    """What was typed, as numbers that fit the boxes of the form; nothing typed is left out.

    Raises:
        CorrectionRefused: it is no number, or one that no form has room for.
    """
    form = form_or_none(detail.tallies[-1].form)
    if len(names) != len(typed):
        raise CorrectionRefused(
            f"{len(typed)} values for {len(names)} numbers", "open the TPS again"
        )
    numbers: dict[str, int] = {}
    for name, text in zip(names, typed, strict=True):
        cleaned = text.strip().replace(".", "")
        if not cleaned:
            continue
        known = form is not None and name in form.fields
        boxes = len(form.fields[name].digit_boxes) if form is not None and known else 0
        if not (cleaned.isascii() and cleaned.isdigit()) or len(cleaned) > max(boxes, 1):
            raise CorrectionRefused(
                f"{name} is {text!r}, needed a whole number of at most {boxes} digits",
                "write the number as the D.HASIL has it, in digits",
            )
        numbers[name] = int(cleaned)
    return numbers
