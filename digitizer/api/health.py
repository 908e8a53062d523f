"""Whether the web is alive, and whether it can reach its store."""

from fastapi import APIRouter

from digitizer.api.web import Reading
from digitizer.store.elections import get_election

router = APIRouter(tags=["health"])


@router.get("/healthz")
def alive() -> dict[str, str]:
    """Always answers while the process lives."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(session: Reading) -> dict[str, str]:
    """Answers when the database does."""
    election = get_election(session)
    return {"status": "ok", "election": election.id if election else ""}
