"""From what a browser sends to a verification: what was shown is the server's own fact."""

import hashlib
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from digitizer.api.sheet_data import shown_as
from digitizer.domain.form import FormSpec
from digitizer.domain.verification import Confirmed, Verification
from digitizer.errors import Conflict, VerificationRefused
from digitizer.store.sheets import Sheet


class ConfirmedField(BaseModel):
    """One number as the person typed it, one glyph a box."""

    model_config = ConfigDict(extra="forbid")

    as_written: Annotated[str, Field(pattern=r"^[0-9X\-_?]{1,12}$")]
    touched: bool = False
    note: Annotated[str, Field(max_length=500)] = ""


class Confirmation(BaseModel):
    """A whole form as one person confirmed it.

    Attributes:
        client: random, the same for every attempt to send this confirmation.
        readings: ids of the readings that the screen showed.
        expected_version: of the latest tally when the screen was opened, 0 for none.
        acknowledged: rules of which the person says that the paper itself breaks them.
    """

    model_config = ConfigDict(extra="forbid")

    client: Annotated[str, Field(min_length=8, max_length=80)]
    readings: list[str]
    expected_version: Annotated[int, Field(ge=0)]
    acknowledged: list[str] = []
    seconds: Annotated[float, Field(ge=0, le=1e7)] = 0.0
    fields: dict[str, ConfirmedField]


def verification_id(reviewer: str, sheet_key: str, client: str) -> str:
    """The id of a confirmation: the same attempt sent twice is one verification."""
    return hashlib.sha256(f"{reviewer}\n{sheet_key}\n{client}".encode()).hexdigest()[:32]


def check_shown(confirmation: Confirmation, sheet: Sheet) -> None:
    """See that the person looked at the readings that count now.

    Raises:
        Conflict: a photo of this form was read or reassigned while the screen was open.
    """
    if set(confirmation.readings) != set(sheet.readings):
        raise Conflict(
            "the photos of this form changed while it was open",
            "open the form again; what was typed is kept in the browser",
            code="new_photo",
        )


def build_verification(
    confirmation: Confirmation,
    *,
    id: str,
    form: FormSpec,
    sheet: Sheet,
    reviewer: str,
    now: datetime,
) -> Verification:
    """The verification that a confirmation means.

    Raises:
        VerificationRefused: it holds a field that is no number of the tally.
    """
    shown_first = shown_as(sheet)
    fields: dict[str, Confirmed] = {}
    for name, typed in confirmation.fields.items():
        spec = form.fields.get(name)
        if spec is None or not spec.counted:
            raise VerificationRefused(
                f"{name} is no number of the tally", "open the form again and confirm its numbers"
            )
        shown = shown_first.get(name)
        fields[name] = Confirmed(
            as_written=typed.as_written,
            shown=shown,
            touched=typed.touched or typed.as_written != shown,
            note=typed.note.strip(),
        )
    return Verification(
        id=id,
        readings=sheet.readings,
        photos=sheet.photos,
        reviewer=reviewer,
        at=now,
        fields=MappingProxyType(fields),
        acknowledged=tuple(dict.fromkeys(confirmation.acknowledged)),
        seconds=confirmation.seconds,
        origin="read",
    )
