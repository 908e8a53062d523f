"""The page of a witness: it installs, opens without a network, and says what is safe where."""

import json
import secrets
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from digitizer.api.pages import conditional, local_time, render
from digitizer.api.phone_view import phone_view
from digitizer.api.shell import PREFIX, shell
from digitizer.api.web import Lang, Reading, Sender, WebParts
from digitizer.errors import NotFound
from digitizer.store.elections import contests, get_election
from digitizer.store.elections import tps as find_tps
from digitizer.store.rounds import contests_at
from review_ui.i18n import text

router = APIRouter(tags=["phone"])

FRESH: Final = "/phone?fresh=1"
"""The page for whoever has just come in, perhaps as another account: not one that was kept."""

MOST_ASKED: Final = 100
"""Receipts that a phone may ask after at once."""


@router.get("/phone")
def phone_page(request: Request, session: Reading, account: Sender) -> Response:
    """The page; without scripts a plain form that sends at once."""
    found = shell()
    known = contests_at(session, account.tps) if account.tps else contests(session)
    election, entry = get_election(session), request.state.entry
    zone = election.zone if election is not None else "UTC"
    page = render(
        request,
        "phone.html",
        assets=found.folder,
        modules=[url for url in found.urls if url.endswith(".js")],
        station=find_tps(session, account.tps) if account.tps else None,
        contests=known,
        # Where an office is voted on again, the form does not say of which round it is.
        asks_contest=account.tps is None or any(item.round > 1 for item in known),
        key=secrets.token_hex(16),
        until=local_time(entry.until, zone) if entry.is_phone else None,
    )
    # By this the service worker knows whether it holds the files that this page names.
    page.headers["Shell-Version"] = found.version
    return page


@router.get("/phone/photos")
def phone_photos(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    account: Sender,
    lang: Lang,
    asked: Annotated[str, Query(max_length=8000)] = "",
) -> Response:
    """What this account sent and what became of it, newest first; 304 when nothing changed.

    The list ends somewhere: `asked` names receipts, with commas between, that a phone holds and
    does not find there. After a restore from an older backup the server may not have them.
    """
    receipts = [item for item in asked.split(",") if item][:MOST_ASKED]
    view = phone_view(session, account, lang, web.policy, receipts)
    return conditional(request, JSONResponse(view))


@router.get(PREFIX + "/{version}/{name}")
def shell_file(version: str, name: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
    """One file of this version; another version is not here any more."""
    found = shell()
    file = found.files.get(name)
    if version != found.version or file is None:
        raise NotFound(f"no file {name!r} of version {version!r}", "load the page again")
    packed = "gzip" in accept_encoding
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(file.packed if packed else file.body, media_type=file.kind, headers=headers)


@router.get("/sw.js")
def service_worker() -> Response:
    """The service worker: which version it keeps, and the module that keeps it."""
    found = shell()
    script = (
        f'import {{ keep }} from "{found.folder}/phone_worker.js";\n'
        f"keep({json.dumps(found.version)}, {json.dumps(found.urls)});\n"
    )
    headers = {"Cache-Control": "no-cache"}
    return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/manifest.webmanifest")
def manifest(lang: Lang) -> Response:
    """What a phone needs to put the page on its home screen."""
    body = {
        "name": text("phone.app_name", lang),
        "short_name": text("app.name", lang),
        "lang": lang,
        "id": "/phone",
        "start_url": "/phone",
        "scope": "/phone",
        "display": "standalone",
        "theme_color": "#1f4e79",
        "background_color": "#f7f6f2",
        "icons": [
            {"src": f"/static/{name}", "sizes": f"{side}x{side}", "type": "image/png",
             "purpose": purpose}
            for name, side, purpose in (
                ("icon-192.png", 192, "any"),
                ("icon-512.png", 512, "any"),
                ("icon-maskable-512.png", 512, "maskable"),
            )
        ],
    }  # fmt: skip
    return Response(json.dumps(body), HTTPStatus.OK, media_type="application/manifest+json")
