"""Whether the web is alive, and whether it can reach its database and its photos."""

from fastapi import APIRouter

from digitizer.api.web import Reading, WebParts
from digitizer.store.elections import get_election

router = APIRouter(tags=["health"])


@router.get("/healthz")
def alive() -> dict[str, str]:
    """Always answers while the process lives."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(session: Reading, web: WebParts) -> dict[str, str]:
    """Answers when the database does, and the photo store."""
    web.photos.reach()
    election = get_election(session)
    return {"status": "ok", "election": election.id if election else ""}
