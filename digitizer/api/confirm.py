"""From what a browser sends to a verification: what was shown is the server's own fact."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from digitizer.api.opening import Opened, refuse
from digitizer.api.sheet_data import shown_key, shown_to
from digitizer.api.web import Web
from digitizer.domain.glyph import UNREADABLE
from digitizer.domain.policy import Policy
from digitizer.domain.review import readers_needed
from digitizer.domain.tally import Tally
from digitizer.domain.verification import (
    Confirmed,
    Dispute,
    NeedsReader,
    Verification,
    verify,
)
from digitizer.errors import Conflict, VerificationRefused

NO_CONTROLS: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
"""Of a text that is kept: what nobody types is in no number's favour."""

Id = Annotated[str, Field(max_length=80, pattern=NO_CONTROLS)]


class ConfirmedField(BaseModel):
    """One number as the person typed it, one glyph a box."""

    model_config = ConfigDict(extra="forbid")

    as_written: Annotated[str, Field(pattern=r"^[0-9X\-_?]{1,12}$")]
    touched: bool = False
    note: Annotated[str, Field(max_length=500, pattern=NO_CONTROLS)] = ""


class Confirmation(BaseModel):
    """A whole form as one person confirmed it.

    Attributes:
        client: random, the same for every attempt to send this confirmation.
        readings: ids of the readings that the screen showed.
        expected_version: of the latest tally when the screen was opened, 0 for none.
        earlier: ids of the verifications that others had made of it when the screen was opened and
            that no tally has settled; where papers are in dispute, those of the others too.
        shown: `sheet_data.shown_key` of the screen, and so of the account that it was shown to.
        tps_number: as the person reads it in the head of the form, where the screen asks for it.
        acknowledged: rules of which the person says that the paper itself breaks them.
    """

    model_config = ConfigDict(extra="forbid")

    client: Annotated[str, Field(min_length=8, max_length=80)]
    readings: list[Id]
    expected_version: Annotated[int, Field(ge=0)]
    earlier: Annotated[list[Id], Field(max_length=1000)]
    shown: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    tps_number: Annotated[str, Field(pattern=r"^[0-9]{0,3}$")] = ""
    acknowledged: list[Id] = []
    seconds: Annotated[float, Field(ge=0, le=1e7)] = 0.0
    fields: dict[Id, ConfirmedField]


def decide(
    confirmation: Confirmation, opened: Opened, web: Web, key: str, now: datetime
) -> tuple[Verification, Tally | NeedsReader | Dispute]:
    """What a confirmation of a form comes to, as its reader found it.

    Raises:
        Conflict: this person may not decide on it, or was shown something else.
        VerificationRefused: a number is missing, is none of the tally, or a broken sum is not
            acknowledged.
    """
    refuse(opened)
    check_shown(confirmation, opened)
    verification = build_verification(confirmation, opened, id=key, reviewer=opened.reader, now=now)
    outcome = verify(
        opened.form,
        [*opened.waiting, verification],
        pages=opened.gathered.pages,
        tps=opened.tps.code,
        contest=opened.sheet.contest,
        version=confirmation.expected_version + 1,
        registered=opened.tps.registered,
        readers=_readers(web, opened, verification),
        others=opened.others,
    )
    return verification, outcome


def _readers(web: Web, opened: Opened, verification: Verification) -> int:
    """How many people must read this form; a second reader was asked for already."""
    if opened.waiting:
        return 2
    return readers_needed(verification, surely_read(opened, web.policy), opened.showing)


def verification_id(reviewer: str, sheet_key: str, client: str) -> str:
    """The id of a confirmation: the same attempt sent twice is one verification."""
    return hashlib.sha256(f"{reviewer}\n{sheet_key}\n{client}".encode()).hexdigest()[:32]


def check_shown(confirmation: Confirmation, opened: Opened) -> None:
    """See that the person looked at what counts now.

    Raises:
        Conflict: a photo of this form was read or reassigned while the screen was open, or somebody
            else read the form, so that this person must read it without having seen its values; or
            something was said against it that they have not seen; or it was shown to another
            account; or the number of the TPS in its head is another one.
    """
    check_photos(confirmation.readings, opened)
    if set(confirmation.earlier) != {item.id for item in (*opened.waiting, *opened.against)}:
        raise Conflict(
            "somebody else read this form while it was open",
            "open the form again; as its second reader you see it without any values",
            code="read_meanwhile",
        )
    if confirmation.shown != shown_key(opened):
        raise Conflict(
            "something speaks against this form that the screen did not show, or the screen was "
            "opened by another account",
            "open the form again and see what is new; what was typed is kept in the browser",
            code="doubted_meanwhile",
        )
    if opened.ask_tps and int(confirmation.tps_number or 0) != int(opened.tps.code[-3:]):
        raise Conflict(
            f"the head of the form says TPS {confirmation.tps_number or 'nothing'}, and the form "
            "is of another TPS here",
            "look at the head again; press L to give the form to its TPS",
            code="tps_mismatch",
        )


def check_same(confirmation: Confirmation, kept: Verification) -> None:
    """See that an attempt repeated says what the first one said.

    Raises:
        Conflict: it says something else, and the first is kept.
    """
    sent = {name: item.as_written for name, item in confirmation.fields.items()}
    if sent != {name: item.as_written for name, item in kept.fields.items()}:
        raise Conflict(
            "this form was confirmed already, with other numbers",
            "open the form again; what was typed is kept",
        )


def surely_read(opened: Opened, policy: Policy) -> dict[str, str]:
    """What the machine read in every field of which it is sure enough to need nobody."""
    return {
        name: field.as_written
        for name, field in opened.gathered.fields.items()
        if UNREADABLE not in field.as_written and field.probability >= policy.min_glyph_probability
    }


def check_photos(shown: Collection[str], opened: Opened) -> None:
    """See that the person looked at all photos of the form, by the ids of their readings.

    Raises:
        Conflict: a photo of this form was read or reassigned while the screen was open.
    """
    if set(shown) != set(opened.sheet.readings):
        raise Conflict(
            "the photos of this form changed while it was open",
            "open the form again; what was typed is kept in the browser",
            code="new_photo",
        )


def build_verification(
    confirmation: Confirmation, opened: Opened, *, id: str, reviewer: str, now: datetime
) -> Verification:
    """The verification that a confirmation means: what was shown is the server's own fact.

    Raises:
        VerificationRefused: it holds a field that is no number of the tally, or that no photo
            of the form shows.
    """
    form, sheet = opened.form, opened.sheet
    shown_first = shown_to(opened)
    fields: dict[str, Confirmed] = {}
    for name, typed in confirmation.fields.items():
        spec = form.fields.get(name)
        if spec is None or not spec.counted:
            raise VerificationRefused(
                f"{name} is no number of the tally", "open the form again and confirm its numbers"
            )
        if name not in opened.gathered.fields:
            raise VerificationRefused(
                f"no photo of this form shows {name}",
                "open the form again and confirm the numbers that it shows",
            )
        shown = shown_first.get(name)
        fields[name] = Confirmed(
            as_written=typed.as_written,
            shown=shown,
            blind=shown is None,
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
        origin="keyed" if opened.keyed else "read",
        settles=tuple(item.id for item in (*opened.disputed, *opened.against)),
    )
