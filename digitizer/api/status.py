"""How the installation stands, for those who keep it running."""

from fastapi import APIRouter, Request, Response

from digitizer.api.pages import render_live
from digitizer.api.status_view import status_view
from digitizer.api.web import SUPERVISOR, Lang, Reading, WebParts
from digitizer.store.elections import get_election

router = APIRouter(tags=["health"])


@router.get("/status", dependencies=[SUPERVISOR])
def status_page(
    *, request: Request, session: Reading, web: WebParts, lang: Lang, part: bool = False
) -> Response:
    """Workers, the line, disk, backups; `part` gives the changing part with an ETag."""
    election = get_election(session)
    view = status_view(web.standings.now(), election.zone if election else "UTC", lang)
    return render_live(request, "status.html", "status_part.html", part=part, view=view)
