"""Pages: templates with the words of one language, numbers and times as people write them."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from digitizer.api.names import contest_name
from digitizer.api.web import READERS, REVIEWERS, SENDERS, SUPERVISORS, language_of, web_of
from digitizer.domain.election import Election, Role
from digitizer.store.accounts import Account
from digitizer.store.elections import get_election
from digitizer.store.engine import read_session
from review_ui import TEMPLATES
from review_ui.i18n import Language, script_words, text

MENU: Final[tuple[tuple[str, str, frozenset[Role]], ...]] = (
    ("nav.queue", "/queue", REVIEWERS),
    ("nav.glyphs", "/glyphs", REVIEWERS),
    ("nav.phone", "/phone", SENDERS),
    ("nav.upload", "/upload", SENDERS),
    ("nav.receipts", "/receipts", SENDERS),
    ("nav.recap", "/recap", READERS),
    ("nav.figures", "/figures", SUPERVISORS),
    ("nav.forms", "/forms", frozenset({"admin"})),
)
YEAR_S: Final = 365 * 24 * 3600

_templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(request: Request, template: str, **facts: object) -> HTMLResponse:
    """A page in the language of the request, with the head that every page has.

    Args:
        request: whose language and account are used.
        template: name of the file.
        facts: what the template shows.
    """
    with read_session(web_of(request).engine) as session:
        election = get_election(session)
    return _page(request, template, election, facts)


def render_alone(request: Request, template: str, **facts: object) -> HTMLResponse:
    """The same page where nothing can be asked of the database: its head names no election."""
    return _page(request, template, None, facts)


def _page(
    request: Request, template: str, election: Election | None, facts: Mapping[str, object]
) -> HTMLResponse:
    lang = language_of(request)
    html = draw(
        template,
        lang,
        path=request.url.path,
        query=request.query_params,
        account=getattr(request.state, "account", None),
        election=election,
        **facts,
    )
    response = HTMLResponse(html, headers={"Cache-Control": "no-store"})
    if "lang" in request.query_params:
        response.set_cookie(
            "lang",
            lang,
            max_age=YEAR_S,
            samesite="strict",
            httponly=True,
            secure=request.url.scheme == "https",
        )
    return response


def render_live(
    request: Request, template: str, part_template: str, *, part: bool, **facts: object
) -> Response:
    """A page that asks for its changing part again: the part alone answers 304 when unchanged."""
    if not part:
        return render(request, template, **facts)
    return conditional(request, render(request, part_template, **facts))


def conditional(request: Request, response: Response) -> Response:
    """The same answer with an ETag over its bytes, or 304 when the caller has these bytes."""
    return tagged(request, bytes(response.body), lambda: response)


def tagged(
    request: Request,
    seal: bytes,
    make: Callable[[], Response],
    *,
    cache: str = "private, no-cache",
) -> Response:
    """An answer with an ETag, made only when the caller does not have it: else 304.

    Args:
        request: what the caller has is in its headers.
        seal: what is another whenever the answer is.
        make: the answer.
        cache: who may keep it for how long.
    """
    tag = f'"{hashlib.sha256(seal).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": cache, "Vary": "Cookie"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    response = make()
    response.headers.update(headers)
    return response


def draw(
    template: str,
    lang: Language,
    *,
    path: str,
    query: Mapping[str, str],
    account: Account | None,
    election: Election | None,
    **facts: object,
) -> str:
    """A page as text, from facts alone.

    Args:
        template: name of the file.
        lang: of every word on it.
        path: of the page, for the menu.
        query: of the page, for the link to the other language.
        account: who is signed in, if anybody.
        election: named in the head of every page.
        facts: what the template shows.
    """
    other = "en" if lang == "id" else "id"
    head: dict[str, Any] = {
        "t": lambda key, **numbers: text(key, lang, **numbers),
        "number": partial(grouped, lang=lang),
        "contest_name": partial(contest_name, lang=lang),
        "lang": lang,
        "words": script_words(lang, template),
        "account": account,
        "election": election,
        "menu": [
            {"key": key, "url": url, "current": f"{path}/".startswith(f"{url}/")}
            for key, url, roles in MENU
            if account is not None and account.role in roles and _offered(url, account)
        ],
        "other_language": {"code": other, "url": f"?{urlencode({**query, 'lang': other})}"},
    }
    return _templates.get_template(template).render(**head, **facts)


def _offered(url: str, account: Account) -> bool:
    """Whether the menu names a page: a phone that is bound to a TPS has one of its own to send."""
    return url != "/upload" or account.tps is None


def grouped(number: int, lang: Language) -> str:
    """A number with its thousands apart.

    >>> grouped(2821202, "id")
    '2.821.202'
    """
    shown = f"{number:,}"
    return shown.replace(",", ".") if lang == "id" else shown


def local_time(at: datetime, zone: str) -> str:
    """A time in the zone of the election, to the minute, with the name of the zone."""
    return at.astimezone(ZoneInfo(zone)).strftime("%d-%m-%Y %H.%M %Z")
