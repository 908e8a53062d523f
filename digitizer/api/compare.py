"""Official results held against what was verified: pages, the import by an admin, and the file."""

import re
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse

from digitizer.api.compare_parts import compare_url
from digitizer.api.compare_view import compare_view
from digitizer.api.exports import MEDIA_TYPES, as_download, file_name
from digitizer.api.failures import wants_page
from digitizer.api.pages import render_live
from digitizer.api.recap import After, area
from digitizer.api.web import Lang, Now, Reader, Reading, WebParts, one_of
from digitizer.domain.comparison_sum import Outcome
from digitizer.domain.election import Role
from digitizer.errors import DigitizerError, NotFound, OfficialRefused
from digitizer.intake import plain_name
from digitizer.official import SOURCE_LETTERS, Asked, import_file, paslon_numbers
from digitizer.official.exporting import export_comparison
from digitizer.store.accounts import Account
from digitizer.store.elections import contests, get_contest
from digitizer.store.engine import read_session

router = APIRouter(tags=["compare"])

MAY_IMPORT: Final[frozenset[Role]] = frozenset({"admin"})
Admin = Annotated[Account, one_of(MAY_IMPORT, "import official results")]

Shown = Literal["differing", "incomplete", "only_ours", "only_theirs", "unlisted"]
"""Which TPS are listed."""


@router.get("/compare")
def compare_start(session: Reading, _account: Reader) -> Response:
    """The comparison of the first contest."""
    known = contests(session)
    if not known:
        raise NotFound("there is no election yet", "set one up with election init")
    return RedirectResponse(compare_url(known[0].id), 303)


@router.get("/compare/{contest_id}/differences.csv")
def differences_csv(web: WebParts, account: Reader, now: Now, contest_id: str) -> StreamingResponse:
    """Every number of a contest that differs or that one side lacks.

    The file is whole before its first byte leaves.
    """
    with read_session(web.engine) as session:
        get_contest(session, contest_id)
        name = file_name(session, f"{contest_id}-selisih", "csv")
    return as_download(
        lambda file: export_comparison(web.engine, contest_id, file, actor=account.id, now=now),
        name,
        MEDIA_TYPES["csv"],
    )


@router.get("/compare/{contest_id}")
@router.get("/compare/{contest_id}/{wilayah}")
def compare_page(
    *,
    request: Request,
    session: Reading,
    account: Reader,
    lang: Lang,
    contest_id: str,
    wilayah: str = "",
    show: Shown = "differing",
    page: int = 1,
    after: After = "",
    part: bool = False,
) -> Response:
    """How far an area agrees with official results; `part` gives the changing part with an ETag.

    `show` and `page` say which of its TPS are listed.
    """
    return _page(
        request, session, account, lang, contest_id, area(wilayah),
        show=show, page=max(1, page), after=after, part=part,
    )  # fmt: skip


@router.post("/compare/{contest_id}/imports")
def import_official(
    *,
    request: Request,
    web: WebParts,
    account: Admin,
    lang: Lang,
    now: Now,
    contest_id: str,
    file: Annotated[UploadFile | None, File()] = None,
    source: Annotated[str, Form(max_length=SOURCE_LETTERS)] = "",
    paslon: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Keep official results and compare: a ZIP or JSON of the KPU's shape, or a CSV.

    `paslon` holds `ID=NUMBER` for each paslon, with blanks or commas between. 201 when they are
    new, 200 when the latest import says the same.
    """
    with read_session(web.engine) as session:
        contest = get_contest(session, contest_id)
    if file is None or not file.filename:
        raise DigitizerError("no file was sent", "choose one file", code="no_file")
    try:
        numbers = paslon_numbers(filter(None, re.split(r"[\s,;]+", paslon)))
        asked = Asked(contest, source, numbers, account.id, now)
        imported = import_file(web.engine, asked, file.file, plain_name(file.filename))
    except OfficialRefused as error:
        if not wants_page(request):
            raise
        with read_session(web.engine) as session:
            answer = _page(
                request, session, account, lang, contest_id, "",
                refused=error, source=source, paslon=paslon,
            )  # fmt: skip
        answer.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return answer
    if wants_page(request):
        return RedirectResponse(compare_url(contest_id), HTTPStatus.SEE_OTHER)
    official = imported.official
    body = {
        "import": official.id,
        "number": official.number,
        "sha256": official.sha256,
        "numbers_sha256": official.numbers_sha256,
        "tps": official.tps,
        "unpublished": official.unpublished,
        "numbers": official.numbers,
        "not_compared": dict(official.not_compared),
    }
    return JSONResponse(body, HTTPStatus.CREATED if imported.is_new else HTTPStatus.OK)


def _page(
    request: Request,
    session: Reading,
    account: Account,
    lang: Lang,
    contest_id: str,
    wilayah: str,
    *,
    show: Outcome = "differing",
    page: int = 1,
    after: str = "",
    part: bool = False,
    refused: OfficialRefused | None = None,
    source: str = "",
    paslon: str = "",
) -> Response:
    contest = get_contest(session, contest_id)
    view = compare_view(session, contest, wilayah, lang, show=show, page=page, after=after)
    facts = {
        "view": view,
        "contests": contests(session),
        "may_import": account.role in MAY_IMPORT,
        "refused": refused,
        "source": source,
        "paslon": paslon,
        "source_letters": SOURCE_LETTERS,
    }
    return render_live(request, "compare.html", "compare_part.html", part=part, **facts)
