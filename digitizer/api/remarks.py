"""What a witness says of the numbers that were read on their photo."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from digitizer.api.web import Now, Sender, WebParts
from digitizer.jobs import settle_photo
from digitizer.store.engine import write_session
from digitizer.store.remarks import MOST_NOTE, save_remark
from digitizer.store.uploads import upload

router = APIRouter(tags=["photos"])

Note = Annotated[str, Field(max_length=MOST_NOTE)]
ReadingId = Annotated[str, Field(max_length=80)]
FieldId = Annotated[str, Field(max_length=80)]


class RemarkBody(BaseModel):
    """Either that all numbers are as on the paper, or which are not.

    Attributes:
        reading: id of the reading that was shown.
        fields: a short note, which may be empty, for each number that is wrong.
        note: of what is wrong with no single number.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reading: ReadingId
    agrees: bool
    fields: Annotated[dict[FieldId, Note], Field(max_length=200)] = {}
    note: Note = ""


class Remarked(BaseModel):
    """That a remark was kept."""

    agrees: bool


@router.post("/receipts/{upload_id}/remarks", status_code=HTTPStatus.CREATED)
def remark(
    *, web: WebParts, account: Sender, now: Now, upload_id: str, body: RemarkBody
) -> Remarked:
    """Say whether what was read is what the paper says; only whoever sent the photo may.

    No number is changed by it. An objection sends the form to review, verified or not. Answers 409
    when the photo was read otherwise since its numbers were shown.
    """
    with write_session(web.engine) as session:
        save_remark(
            session,
            upload_id,
            account=account.id,
            reading=body.reading,
            agrees=body.agrees,
            fields=body.fields,
            note=body.note,
            now=now,
        )
        settle_photo(session, upload(session, upload_id).photo, now, web.policy)
        session.commit()
    return Remarked(agrees=body.agrees)
