"""An election in which everything happens that a history can tell."""

from dataclasses import replace
from pathlib import Path

from sqlmodel import Session

from digitizer.domain.event import head_of
from digitizer.domain.policy import Policy
from digitizer.domain.review import ReviewPolicy
from digitizer.domain.seeding import seeded
from digitizer.domain.verdict import Clear, Unreadable
from digitizer.domain.verification import Confirmed, verify
from digitizer.forms.load import shipped_text
from digitizer.store.accounts import add_account, set_disabled, set_password
from digitizer.store.backups import note_restored
from digitizer.store.checks import Check, save_answer
from digitizer.store.corrections import save_correction, withdraw_correction
from digitizer.store.election_file import ElectionFile
from digitizer.store.elections import init_election
from digitizer.store.escalations import escalate
from digitizer.store.events import last_events
from digitizer.store.exports import Exported, record_export, record_handing_over
from digitizer.store.form_files import save_form_file
from digitizer.store.form_readings import dated_readings
from digitizer.store.glyph_marks import GlyphMark, save_marks
from digitizer.store.invites import make_invite, use_invite
from digitizer.store.leases import drop_lease, take_lease
from digitizer.store.lots import BLIND_FORMS, ensure_lot
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from digitizer.store.policy_notes import note_policy
from digitizer.store.publication import publish, take_head
from digitizer.store.purging import purge
from digitizer.store.readings import reading_of, save_reading
from digitizer.store.receiving import assign
from digitizer.store.remarks import save_remark
from digitizer.store.sample_keying import items, key_station, settle_station
from digitizer.store.samples import announce, draw, verified_count
from digitizer.store.sheets import save_sheet
from digitizer.store.tallies import tallies_of
from digitizer.store.uploads import uploads_for_tps
from digitizer.store.verifications import latest_version, pending, save_verification
from digitizer.store.withdrawals import withdraw
from tests.facts import png
from tests.store.build import (
    CONTESTS,
    ELECTION,
    FORM,
    NOW,
    POLICY,
    STATIONS,
    A,
    B,
    C,
    confirm,
    confirmation,
    later,
    numbers,
    order,
    person,
    psu,
    send,
    written,
)
from tests.store.official import official

D, E = STATIONS[3].code, STATIONS[4].code
NOTE = "kata Pak Tono"
"""Written by people here and there: no event may hold it."""


SHIPPED, OWN = "c-hasil-kwk-gubernur-2024-2p", "c-hasil-desa-2029"


def own_form(version: int = 1, *, form: str = OWN) -> str:
    """The file of a form of an installation: a shipped layout under another name and other tags."""
    changes = {
        f'id = "{SHIPPED}"': f'id = "{form}"',
        "version = 1": f"version = {version}",
        "id = 601": "id = 1601",
        "id = 602": "id = 1602",
    }
    text = shipped_text(SHIPPED)
    for before, after in changes.items():
        text = text.replace(before, after, 1)
    return text


def set_up(session: Session, data_dir: Path) -> None:
    """A node with its key and the election of `build`."""
    ensure_node(session, data_dir, NOW)
    init_election(session, ElectionFile(ELECTION, CONTESTS, STATIONS), "system", NOW)


def read(
    session: Session, photos: PhotoStore, tps: str, sender: str, *, grey: int, contest: str = "gub",
    minutes: int = 0,
) -> str:  # fmt: skip
    """A photo sent, read and settled, with the pictures that a reading makes; gives its upload."""
    data = png(40, 30, grey)
    receipt = send(session, photos, data, sender, tps, contest=contest, now=later(minutes))
    reading = replace(numbers(), photo=receipt.photo)
    names = ("public", "page", "crop/paslon_1", "crop/paslon_2")
    blobs = {name: photos.put(png(20, 10 + n, grey)) for n, name in enumerate(names)}
    save_reading(session, receipt.photo, reading, None, blobs, 0.25, later(minutes))
    readings = dated_readings(session, contest, tps, FORM.id)
    save_sheet(session, contest, tps, FORM.id, Clear(), {"a": 1}, later(minutes), POLICY, readings)
    return receipt.upload_id


def tell(session: Session, photos: PhotoStore) -> None:
    """Every kind of fact: A in two versions, B voting again, C disputed, D keyed, E taken back."""
    note_policy(session, Policy(), ReviewPolicy(), NOW)
    note_policy(session, Policy(), ReviewPolicy(), later(1))
    ensure_lot(session, BLIND_FORMS, NOW)
    for number in (1, 2):
        save_form_file(session, OWN, number, own_form(number), "system", NOW)
    saksi = add_account(
        session, "saksi", "witness", "sandi-saksi", label=NOTE, tps=A, now=NOW
    ).id  # fmt: skip
    one, two, three = (person(session, name) for name in ("satu", "dua", "tiga"))
    set_password(session, one, "sandi-yang-lain", actor=one, now=later(1))
    set_disabled(session, three, disabled=True, actor="system", now=later(2))
    set_disabled(session, three, disabled=False, actor="system", now=later(3))
    token = make_invite(session, B, actor="system", now=NOW)
    phone = use_invite(session, token, "", NOTE, later(1)).id
    make_invite(session, C, actor="system", now=NOW)
    sent = read(session, photos, A, saksi, grey=10, minutes=1)
    _review(session, sent, saksi, one, two)
    _vote_again(session, photos, phone, one)
    _dispute(session, photos, saksi, one, two)
    _key(session, photos, saksi, one, two)
    _take_back(session, photos, saksi, one)
    _sample(session)
    _publish(session, photos)
    _give_out(session, photos, saksi)


def _review(session: Session, sent: str, saksi: str, one: str, two: str) -> None:
    place = ("gub", A, FORM.id)
    take_lease(session, *place, account=one, now=later(2))
    take_lease(session, *place, account=one, now=later(3))
    drop_lease(session, *place, account=one, now=later(3))
    take_lease(session, *place, account=two, now=later(3))
    reading = reading_of(session, _photo(session, A))
    assert reading is not None
    save_marks(session, [GlyphMark(reading.id, "paslon_1", 0, "?")], account=one, now=later(3))
    confirm(session, A, one, now=later(4))
    confirm(session, A, two, written(121), name="v2", now=later(5))
    save_remark(
        session, sent, account=saksi, reading=reading.id, agrees=False, fields={"paslon_1": NOTE},
        note=NOTE, now=later(6),
    )  # fmt: skip
    made = seeded(tallies_of(session, "gub", A)[-1].as_written, "lot")
    assert made is not None
    check = Check("token", *place, 2, made)
    save_answer(session, check, account=one, answer=made.truth, seconds=2.5, now=later(7))


def _vote_again(session: Session, photos: PhotoStore, phone: str, one: str) -> None:
    read(session, photos, B, phone, grey=20, minutes=8)
    confirm(session, B, one, written(90, 10), name="v3", now=later(9))
    order(session, psu(B, D), now=later(10))
    read(session, photos, B, phone, grey=30, contest="gub-psu", minutes=11)
    _confirm_round(session, B, one, written(70, 30), "v4")


def _confirm_round(
    session: Session, tps: str, reviewer: str, boxes: dict[str, str], name: str
) -> None:
    """Confirm the sheet of the re-vote of a TPS."""
    fields = {field: Confirmed(shown, None) for field, shown in boxes.items()}
    item = replace(confirmation(session, tps, reviewer, name, boxes, later(12)), fields=fields)
    outcome = verify(
        FORM, (item,), pages=(2,), tps=tps, contest="gub-psu", version=1, readers=1
    )  # fmt: skip
    save_verification(
        session, item, "gub-psu", tps, FORM.id, outcome, later(12), expected_version=0
    )  # fmt: skip


def _dispute(session: Session, photos: PhotoStore, saksi: str, one: str, two: str) -> None:
    read(session, photos, C, saksi, grey=40, minutes=13)
    escalate(
        session, "gub", C, FORM.id, account=one, reason=NOTE, now=later(14), expected_version=0
    )  # fmt: skip
    for reviewer, name, first in ((one, "v5", 50), (two, "v6", 51)):
        _second_reader(session, C, reviewer, name, written(first))


def _second_reader(
    session: Session, tps: str, reviewer: str, name: str, boxes: dict[str, str]
) -> None:
    """Read a form of which two people must say the same."""
    version = latest_version(session, "gub", tps)
    given = confirmation(session, tps, reviewer, name, boxes, later(15))
    fields = {field: replace(item, note=NOTE) for field, item in given.fields.items()}
    item = replace(given, fields=fields)
    outcome = verify(
        FORM, (*pending(session, "gub", tps, FORM.id), item), pages=(2,), tps=tps, contest="gub",
        version=version + 1, readers=2,
    )  # fmt: skip
    save_verification(
        session, item, "gub", tps, FORM.id, outcome, later(15), expected_version=version
    )  # fmt: skip


def _key(session: Session, photos: PhotoStore, saksi: str, one: str, two: str) -> None:
    """A photo that nothing was read on, moved to its TPS and read by two."""
    receipt = send(session, photos, b"kabur", saksi, None, now=later(16))
    problem = Unreadable("too_blurred", "edges keep 0.1", "hold it still")
    save_reading(session, receipt.photo, None, problem, {"whole": photos.put(b"w")}, 0.1, later(16))
    assign(session, receipt.upload_id, D, None, one, later(17))
    read(session, photos, D, saksi, grey=50, minutes=18)
    for reviewer, name in ((one, "v7"), (two, "v8")):
        _second_reader(session, D, reviewer, name, written(60, 40))


def _take_back(session: Session, photos: PhotoStore, saksi: str, one: str) -> None:
    read(session, photos, E, saksi, grey=60, minutes=19)
    confirm(session, E, one, written(33, 66), name="v9", now=later(20))
    withdraw(session, "v9", account=one, now=later(20))
    confirm(session, E, one, written(34, 66), name="v10", now=later(20))


def _sample(session: Session) -> None:
    """What is verified of the governor keyed once more by people who never saw it."""
    four, five = person(session, "empat"), person(session, "lima", "supervisor")
    size = verified_count(session, "gub", later(22))
    sample = announce(session, "gub", size, account=five, now=later(22)).id
    draw(session, sample, "4 1 6 6 2 3 5 1 1", account=five, now=later(22))
    first, *rest = items(session, sample)
    other = {**first.verified, "paslon_1": "999"}
    key_station(session, sample, first.tps, other, account=four, now=later(22))
    said = {"paslon_1": first.verified["paslon_1"]}
    settle_station(session, sample, first.tps, said, account=five, now=later(22))
    for item in rest:
        key_station(session, sample, item.tps, item.verified, account=four, now=later(22))


def _publish(session: Session, photos: PhotoStore) -> None:
    sri = person(session, "sri", "supervisor")
    made = save_correction(
        session, photos, "gub", A, "kecamatan", {"paslon_1": 122}, document=png(30, 30, 70),
        reason=NOTE, account=sri, now=later(22), expected_version=0,
    )  # fmt: skip
    withdraw_correction(session, made.id, NOTE, account=sri, now=later(22))
    official(session, CONTESTS[0], {A: {"paslon_1": 122}, E: {}})
    publish(session, later(22), actor=sri, now=later(22))
    publish(session, None, actor=sri, now=later(22))
    take_head(session, later(22))


def _give_out(session: Session, photos: PhotoStore, saksi: str) -> None:
    head = head_of(last_events(session))
    record_export(session, Exported("csv", 4, ["gub"], "0" * 64, head), "system", later(22))
    record_handing_over(session, "system", later(22))
    purge(session, photos, later(15), unverified=True, actor="system", now=later(23))
    send(session, photos, png(40, 30, 10), saksi, A, now=later(24))
    note_restored(session, head, "0" * 32, later(23), later(24))


def _photo(session: Session, tps: str) -> str:
    return uploads_for_tps(session, tps)[0].photo
