"""Public pictures of a reading: the painted photo, the page laid flat, the ink of each number.

Originals never leave here: a picture is named by the reading that made it, not by a blob's key.
"""

from fastapi import APIRouter, Request, Response

from digitizer.api.web import READERS, REVIEWERS, Reading, SignedIn, WebParts
from digitizer.errors import NotFound
from digitizer.store.readings import get_reading
from digitizer.store.uploads import uploads_of_photo

router = APIRouter(tags=["photos"])


@router.get("/pictures/{reading_id}/{name:path}")
def picture(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    account: SignedIn,
    reading_id: str,
    name: str,
) -> Response:
    """One picture by its name in `domain.outcome.PhotoOutcome.blobs`."""
    reading = get_reading(session, reading_id)
    sha256 = reading.blobs.get(name)
    senders = {item.account for item in uploads_of_photo(session, reading.photo)}
    # In a photo that nobody placed nothing is painted: it is for those who key it.
    roles = REVIEWERS if name == "whole" else READERS
    if sha256 is None or not (account.role in roles or account.id in senders):
        raise NotFound(f"reading {reading_id} has no picture {name!r}", "open it from the queue")
    tag = f'"{sha256}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=31536000, immutable"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(web.photos.get(sha256), media_type="image/jpeg", headers=headers)
