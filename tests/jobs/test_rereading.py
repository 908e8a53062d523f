"""A photo that is read again: what it leaves, and what no machine may say of it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from digitizer.domain.reading import PageReading
from digitizer.domain.verdict import Doubtful, Reason
from digitizer.domain.verification import Confirmed, Verification, verify
from digitizer.forms import load_form
from digitizer.jobs.reading import Desk, read_upload
from digitizer.store.accounts import add_account
from digitizer.store.engine import read_session, write_session
from digitizer.store.glyph_marks import GlyphMark, save_marks
from digitizer.store.line import in_line
from digitizer.store.readings import reading_of
from digitizer.store.sheets import sheet, sheets_of
from digitizer.store.tallies import tallies_of
from digitizer.store.verifications import save_verification
from tests.facts import KWK, PAGE_2, page_reading
from tests.jobs.conftest import Office
from tests.jobs.test_reading import CONTEST, FIRST, Says, Send, desk, kinds, reader, send

__all__ = ["desk", "reader", "send"]

PPWP = "c-hasil-ppwp-2024"


def outdated(page: int, written: dict[str, str], data: bytes, identity: str) -> PageReading:
    """What a photo was read as with an earlier file of its form."""
    read = page_reading(hashlib.sha256(data).hexdigest(), page, written)
    return replace(read, form_version="1-lama", identity=identity)  # type: ignore[arg-type]


def as_ppwp(data: bytes) -> Says:
    """A reader that takes a photo for page 2 of the form of another contest."""
    read = page_reading(hashlib.sha256(data).hexdigest(), 2, {}, form=load_form(PPWP))
    return Says(read)


def forms_at(office: Office, tps: str) -> set[str]:
    """Forms of any contest of which a TPS has a sheet."""
    with read_session(office.engine) as session:
        return {
            item.form
            for contest in ("gubernur", "presiden")
            for item in sheets_of(session, contest, tps)
        }


def test_a_photo_that_is_read_as_another_form_leaves_no_sheet_behind(
    office: Office, desk: Desk, send: Send
) -> None:
    receipt = send(b"hal2", FIRST)
    read_upload(
        replace(desk, digest=Says(outdated(2, PAGE_2, b"hal2", "layout"))), receipt.upload_id
    )
    assert forms_at(office, FIRST) == {KWK}
    read_upload(replace(desk, digest=as_ppwp(b"hal2")), receipt.upload_id, again=True)
    assert forms_at(office, FIRST) == {PPWP}


@pytest.mark.parametrize("said", ["placed", "confirmed"])
def test_no_machine_takes_a_photo_for_another_form_than_people_said(
    office: Office, desk: Desk, send: Send, said: str
) -> None:
    """Else what a person confirmed would lose its photo without a person."""
    receipt = send(b"hal2", FIRST)
    first = outdated(2, PAGE_2, b"hal2", "person" if said == "placed" else "layout")
    read_upload(replace(desk, digest=Says(first)), receipt.upload_id)
    if said == "confirmed":
        confirm_page_2(office)
    read_upload(replace(desk, digest=as_ppwp(b"hal2")), receipt.upload_id, again=True)
    assert forms_at(office, FIRST) == {KWK}
    assert kinds(office).count("photo_read") == 1
    with read_session(office.engine) as session:
        assert not in_line(session, receipt.upload_id)
        assert len(tallies_of(session, CONTEST, FIRST)) == (said == "confirmed")
    # The same page read better is kept.
    read_upload(desk, receipt.upload_id, again=True)
    assert kinds(office).count("photo_read") == 2


def confirm_page_2(office: Office) -> None:
    """Somebody confirms the sheet of FIRST, of which there is page 2."""
    with write_session(office.engine) as session:
        budi = add_account(session, "budi", "reviewer", "sandi budi", now=datetime.now(UTC)).id
        shown = sheet(session, CONTEST, FIRST, KWK)
        assert shown is not None
        item = Verification(
            "v", shown.readings, shown.photos, budi, datetime.now(UTC),
            MappingProxyType({name: Confirmed(boxes, None) for name, boxes in PAGE_2.items()}),
        )  # fmt: skip
        tally = verify(
            load_form(KWK), (item,), pages=(2,), tps=FIRST, contest=CONTEST, version=1, readers=1
        )
        save_verification(session, item, CONTEST, FIRST, KWK, tally, item.at, expected_version=0)
        session.commit()


def mark(office: Office, photo: str) -> None:
    """Somebody finds a box of a number odd, as the photo was read last."""
    with write_session(office.engine) as session:
        stored = reading_of(session, photo)
        assert stored is not None
        marks = [GlyphMark(stored.id, "paslon_1", 1, "6")]
        save_marks(session, marks, account=office.other, now=datetime.now(UTC))
        session.commit()


def marked(office: Office, contest: str, form: str) -> list[Reason]:
    with read_session(office.engine) as session:
        found = sheet(session, contest, FIRST, form)
    assert found is not None
    assert isinstance(found.verdict, Doubtful)
    return [reason for reason in found.verdict.reasons if reason.code == "marked_box"]


def test_a_marked_box_stays_marked_when_its_photo_is_read_again(
    office: Office, desk: Desk, send: Send
) -> None:
    receipt = send(b"hal2", FIRST)
    first = outdated(2, PAGE_2, b"hal2", "layout")
    read_upload(replace(desk, digest=Says(first)), receipt.upload_id)
    mark(office, receipt.photo)
    odd = [Reason("marked_box", "paslon_1", numbers={"box": 2, "glyph": "6"})]
    for version in ("2-lama", "3-lama"):
        anew = replace(desk, digest=Says(replace(first, form_version=version)))
        read_upload(anew, receipt.upload_id, again=True)
        assert marked(office, CONTEST, KWK) == odd
        # Marked once more, as it is shown by now, it is one box all the same.
        mark(office, receipt.photo)
    # Of another form it says nothing: that box was never looked at.
    read_upload(replace(desk, digest=as_ppwp(b"hal2")), receipt.upload_id, again=True)
    assert marked(office, "presiden", PPWP) == []
