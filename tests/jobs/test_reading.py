"""What a job leaves behind: reading, event and the sheets it touches, however often it is done."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from digitizer.domain.number import spell
from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.review import ReviewPolicy
from digitizer.domain.verdict import Clear, Doubtful, Reason, Unreadable
from digitizer.errors import SandboxError
from digitizer.forms import load_form
from digitizer.intake import accept
from digitizer.jobs.reading import Desk, read_upload, resettle_otherwise, set_aside
from digitizer.jobs.reassigning import reassign
from digitizer.jobs.worker import judges_as_the_web
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.line import in_line
from digitizer.store.policy_notes import note_policy
from digitizer.store.readings import reading_of
from digitizer.store.receiving import Receipt
from digitizer.store.sheets import Sheet, sheet
from tests.facts import KWK, PAGE_1, PAGE_2, page_reading
from tests.jobs.conftest import Office

FIRST, SECOND = "6411032001001", "6411032001002"
CONTEST = "gubernur"
SALINAN = "c-hasil-salinan-kwk-gubernur-2024-2p"
THREE = "c-hasil-kwk-gubernur-2024-3p"


@dataclass
class Reader:
    """Reads what a test says that a photo shows, and counts."""

    shows: dict[bytes, tuple[int, dict[str, str]]] = field(default_factory=dict)
    read: list[bytes] = field(default_factory=list)
    expected: list[Collection[str]] = field(default_factory=list)

    def __call__(self, data: bytes, *, expected: Collection[str] = ()) -> PhotoOutcome:
        self.read.append(data)
        self.expected.append(expected)
        photo = hashlib.sha256(data).hexdigest()
        if data not in self.shows:
            problem = Unreadable("no_form", "found neither a tag nor corner marks", "")
            return PhotoOutcome(photo, None, problem, MappingProxyType({}))
        page, written = self.shows[data]
        blobs = MappingProxyType({"public": b"picture of " + data, "crop/paslon_1": b"crop"})
        return PhotoOutcome(photo, page_reading(photo, page, written), None, blobs)


@dataclass(frozen=True)
class Says:
    """Reads the same whatever it is shown."""

    reading: PageReading

    def __call__(self, data: bytes, *, expected: Collection[str] = ()) -> PhotoOutcome:
        assert hashlib.sha256(data).hexdigest() == self.reading.photo
        assert expected
        return PhotoOutcome(self.reading.photo, self.reading, None, MappingProxyType({}))


@pytest.fixture
def reader() -> Reader:
    return Reader({b"hal1": (1, PAGE_1), b"hal2": (2, PAGE_2)})


@pytest.fixture
def desk(office: Office, reader: Reader) -> Desk:
    return Desk(office.engine, office.photos, reader, Policy())


Send = Callable[..., Receipt]


@pytest.fixture
def send(office: Office) -> Send:
    def accepted(data: bytes, tps: str | None, account: str = office.account) -> Receipt:
        with write_session(office.engine) as session:
            receipt = accept(
                session, office.photos, data, account=account, tps=tps, contest=None,
                file_name="foto.jpg", idempotency_key=None, now=datetime.now(UTC),
            )  # fmt: skip
            session.commit()
        return receipt

    return accepted


def sheet_of(office: Office, tps: str) -> Sheet | None:
    with read_session(office.engine) as session:
        return sheet(session, CONTEST, tps, KWK)


def kinds(office: Office) -> list[str]:
    with read_session(office.engine) as session:
        assert verify_chain(session) == ()
        return [event.kind for event in list_events(session)]


def test_pages_gather_on_one_sheet_as_they_are_read(office: Office, desk: Desk, send: Send) -> None:
    read_upload(desk, send(b"hal1", FIRST).upload_id)
    first = sheet_of(office, FIRST)
    assert first is not None
    assert first.verdict == Doubtful((Reason("page_missing", numbers={"page": 2}),))
    assert first.values["missing_pages"] == [2]
    read_upload(desk, send(b"hal2", FIRST).upload_id)
    both = sheet_of(office, FIRST)
    assert both is not None
    assert both.verdict == Clear()
    assert both.values["missing_pages"] == []
    assert len(both.readings) == len(both.photos) == 2
    values = both.values["values"]
    assert isinstance(values, dict)
    assert values["paslon_1"]["as_written"] == "X61"
    assert values["paslon_1"]["value"] == 61


def test_a_job_done_twice_leaves_what_one_leaves(
    office: Office, desk: Desk, reader: Reader, send: Send
) -> None:
    receipt = send(b"hal2", FIRST)
    read_upload(desk, receipt.upload_id)
    once = sheet_of(office, FIRST)
    read_upload(desk, receipt.upload_id)
    twice = sheet_of(office, FIRST)
    assert reader.read == [b"hal2"]
    assert kinds(office).count("photo_read") == 1
    assert once is not None
    assert twice is not None
    assert replace(twice, at=once.at) == once


def test_pictures_are_kept_before_the_reading_names_them(
    office: Office, desk: Desk, send: Send
) -> None:
    receipt = send(b"hal2", FIRST)
    read_upload(desk, receipt.upload_id)
    with read_session(office.engine) as session:
        stored = reading_of(session, receipt.photo)
    assert stored is not None
    assert office.photos.get(stored.blobs["public"]) == b"picture of hal2"
    assert office.photos.get(stored.blobs["crop/paslon_1"]) == b"crop"


def test_a_reader_that_cannot_start_leaves_the_photo_waiting(office: Office, send: Send) -> None:
    def broken(data: bytes, *, expected: Collection[str] = ()) -> PhotoOutcome:
        raise SandboxError("the reading process did not start (status 3)")

    receipt = send(b"hal2", FIRST)
    with pytest.raises(SandboxError):
        read_upload(Desk(office.engine, office.photos, broken, Policy()), receipt.upload_id)
    with read_session(office.engine) as session:
        assert reading_of(session, receipt.photo) is None
    assert "photo_unreadable" not in kinds(office)


def test_the_forms_of_the_tps_it_was_sent_for_are_looked_for_first(
    desk: Desk, reader: Reader, send: Send
) -> None:
    """Where nobody said for which, those of the whole election are."""
    for data, tps in ((b"hal1", FIRST), (b"hal2", None)):
        read_upload(desk, send(data, tps).upload_id)
    pilkada = ("c-hasil-kwk-gubernur-2024-2p", SALINAN)
    pemilu = ("c-hasil-ppwp-2024", "c-hasil-salinan-ppwp-2024")
    assert reader.expected == [(*pilkada, *pemilu)] * 2


def test_a_photo_of_two_tps_makes_both_sheets_doubtful(
    office: Office, desk: Desk, send: Send
) -> None:
    read_upload(desk, send(b"hal2", FIRST).upload_id)
    read_upload(desk, send(b"hal2", SECOND, office.other).upload_id)
    for own, other in ((FIRST, SECOND), (SECOND, FIRST)):
        found = sheet_of(office, own)
        assert found is not None
        assert isinstance(found.verdict, Doubtful)
        elsewhere = [r for r in found.verdict.reasons if r.code == "duplicate_elsewhere"]
        assert [dict(reason.numbers) for reason in elsewhere] == [{"tps": other}]


def test_giving_a_photo_to_its_true_tps_settles_the_sheet_it_leaves_and_the_one_it_joins(
    office: Office, desk: Desk, send: Send
) -> None:
    read_upload(desk, send(b"hal2", FIRST).upload_id)
    wrong = send(b"hal2", SECOND, office.other)
    read_upload(desk, wrong.upload_id)
    with write_session(office.engine) as session:
        reassign(
            session, wrong.upload_id, tps=FIRST, contest=None, account=office.account,
            now=datetime.now(UTC), policy=Policy(), supervises=True)  # fmt: skip
        session.commit()
    left, joined = sheet_of(office, SECOND), sheet_of(office, FIRST)
    assert left is None
    assert joined is not None
    assert joined.verdict == Doubtful((Reason("page_missing", numbers={"page": 1}),))
    assert len(joined.readings) == 1


def test_an_unassigned_photo_is_read_and_gets_its_sheet_with_its_tps(
    office: Office, desk: Desk, send: Send
) -> None:
    receipt = send(b"hal2", None)
    read_upload(desk, receipt.upload_id)
    assert sheet_of(office, FIRST) is None
    with write_session(office.engine) as session:
        reassign(
            session, receipt.upload_id, tps=FIRST, contest=None, account=office.account,
            now=datetime.now(UTC), policy=Policy(), supervises=True)  # fmt: skip
        session.commit()
    assert sheet_of(office, FIRST) is not None


def test_a_photo_taken_for_a_form_that_its_tps_does_not_have_is_read_once_more(
    office: Office, desk: Desk, reader: Reader, send: Send
) -> None:
    """Nothing but the TPS says how many paslon stand: three were a guess, two are right."""
    guessed = replace(
        page_reading(hashlib.sha256(b"hal1").hexdigest(), 1, PAGE_1, form=load_form(THREE)),
        identity="layout",
        rivals=(f"{KWK} page 1",),
    )
    receipt = send(b"hal1", None)
    first = replace(desk, digest=Says(guessed))
    read_upload(first, receipt.upload_id)
    with read_session(office.engine) as session:
        assert not in_line(session, receipt.upload_id)
    with write_session(office.engine) as session:
        reassign(
            session, receipt.upload_id, tps=FIRST, contest=None, account=office.account,
            now=datetime.now(UTC), policy=Policy(), supervises=True)  # fmt: skip
        session.commit()
    with read_session(office.engine) as session:
        assert in_line(session, receipt.upload_id)
    read_upload(desk, receipt.upload_id, again=True)
    assert reader.expected == [(KWK, SALINAN, "c-hasil-ppwp-2024", "c-hasil-salinan-ppwp-2024")]
    found = sheet_of(office, FIRST)
    assert found is not None and len(found.readings) == 1
    with read_session(office.engine) as session:
        assert not in_line(session, receipt.upload_id)
        stored = reading_of(session, guessed.photo)
    assert stored is not None and stored.reading is not None and stored.reading.form == KWK


def test_a_photo_whose_title_or_tag_was_read_is_not_read_again_for_another_tps(
    office: Office, desk: Desk, reader: Reader, send: Send
) -> None:
    named = page_reading(hashlib.sha256(b"hal1").hexdigest(), 1, PAGE_1, form=load_form(THREE))
    receipt = send(b"hal1", None)
    first = replace(desk, digest=Says(named))
    read_upload(first, receipt.upload_id)
    with write_session(office.engine) as session:
        reassign(
            session, receipt.upload_id, tps=FIRST, contest=None, account=office.account,
            now=datetime.now(UTC), policy=Policy(), supervises=True)  # fmt: skip
        session.commit()
    with read_session(office.engine) as session:
        assert not in_line(session, receipt.upload_id)
    assert reader.read == []


def test_a_photo_assigned_before_it_is_read_goes_to_its_new_tps(
    office: Office, desk: Desk, send: Send
) -> None:
    receipt = send(b"hal2", SECOND)
    with write_session(office.engine) as session:
        reassign(
            session, receipt.upload_id, tps=FIRST, contest=None, account=office.account,
            now=datetime.now(UTC), policy=Policy(), supervises=True)  # fmt: skip
        session.commit()
    read_upload(desk, receipt.upload_id)
    assert sheet_of(office, SECOND) is None
    assert sheet_of(office, FIRST) is not None


def test_a_photo_that_cost_workers_their_lives_is_seen_as_unreadable(
    office: Office, desk: Desk, send: Send
) -> None:
    lost, read = send(b"hal1", FIRST), send(b"hal2", FIRST)
    read_upload(desk, read.upload_id)
    for receipt in (lost, read, lost):
        set_aside(desk, receipt.upload_id, "the worker was lost")
    with read_session(office.engine) as session:
        problem = reading_of(session, lost.photo)
        kept = reading_of(session, read.photo)
    assert problem is not None
    assert problem.problem is not None
    assert problem.problem.message == "the worker was lost"
    assert kept is not None
    assert kept.reading is not None
    assert kinds(office).count("photo_unreadable") == 1


def test_plano_and_salinan_that_differ_are_both_doubtful(
    office: Office, reader: Reader, send: Send
) -> None:
    salinan = load_form(SALINAN)
    numbers = {name: spell(boxes).value for name, boxes in {**PAGE_1, **PAGE_2}.items()}
    copied = {**numbers, "ss_rusak": 7, "ss_sisa": (numbers["ss_sisa"] or 0) - 7}

    def digest(data: bytes, *, expected: Collection[str] = ()) -> PhotoOutcome:
        if not data.startswith(b"salinan"):
            return reader(data)
        photo, page = hashlib.sha256(data).hexdigest(), int(data[-1:])
        written = {
            name: str(copied[name]).rjust(len(salinan.fields[name].digit_boxes), "X")
            for name in numbers
            if salinan.page_of[name] == page
        }
        read = page_reading(photo, page, written, form=salinan)
        return PhotoOutcome(photo, read, None, MappingProxyType({}))

    desk = Desk(office.engine, office.photos, digest, Policy())
    for data in (b"hal1", b"hal2", b"salinan1", b"salinan2"):
        read_upload(desk, send(data, FIRST).upload_id)
    for form in (KWK, SALINAN):
        with read_session(office.engine) as session:
            found = sheet(session, CONTEST, FIRST, form)
        assert found is not None
        assert isinstance(found.verdict, Doubtful)
        said = {r.field for r in found.verdict.reasons if r.code == "papers_disagree"}
        assert said == {"ss_rusak", "ss_sisa"}


def test_another_policy_settles_stored_readings_again_and_reads_no_photo(
    office: Office, desk: Desk, reader: Reader, send: Send
) -> None:
    read_upload(desk, send(b"hal1", FIRST).upload_id)
    read_upload(desk, send(b"hal2", FIRST).upload_id)
    reader.read.clear()
    assert resettle_otherwise(desk, lambda: False) == 0
    strict = replace(desk, policy=Policy(name="ketat", min_sharpness=0.99))
    assert resettle_otherwise(strict, lambda: True) == 0
    assert resettle_otherwise(strict, lambda: False) == 1
    assert resettle_otherwise(strict, lambda: False) == 0
    found = sheet_of(office, FIRST)
    assert found is not None
    assert isinstance(found.verdict, Doubtful)
    assert {reason.code for reason in found.verdict.reasons} == {"blurred_photo"}
    policy = found.values["policy"]
    assert isinstance(policy, dict)
    assert (policy["name"], policy["min_sharpness"]) == ("ketat", 0.99)
    assert reader.read == []


def test_a_photo_found_unreadable_is_read_once_more_when_asked(
    office: Office, desk: Desk, reader: Reader, send: Send
) -> None:
    receipt = send(b"hal2", FIRST)
    set_aside(desk, receipt.upload_id, "the worker was lost")
    read_upload(desk, receipt.upload_id)
    assert reader.read == []
    for _ in range(2):  # what was read is not read again
        read_upload(desk, receipt.upload_id, again=True)
    assert reader.read == [b"hal2"]
    with read_session(office.engine) as session:
        stored = reading_of(session, receipt.photo)
    assert stored is not None
    assert stored.reading is not None
    assert kinds(office).count("photo_unreadable") == 1


def test_what_a_slow_worker_failed_at_does_not_stand_beside_what_another_read(
    office: Office, desk: Desk, send: Send
) -> None:
    receipt = send(b"hal2", FIRST)
    read_upload(desk, receipt.upload_id)
    set_aside(desk, receipt.upload_id, "too late")
    assert kinds(office).count("photo_unreadable") == 0


def test_a_worker_of_another_policy_settles_nothing_anew(
    office: Office, desk: Desk, send: Send
) -> None:
    receipt = send(b"hal2", FIRST)
    read_upload(desk, receipt.upload_id)
    strict = replace(desk, policy=Policy(name="ketat", min_sharpness=0.99))
    assert judges_as_the_web(strict)
    for policy, mine, other in ((Policy(), desk, strict), (strict.policy, strict, desk)):
        with write_session(office.engine) as session:
            note_policy(session, policy, ReviewPolicy(), datetime.now(UTC))
            session.commit()
        assert judges_as_the_web(mine)
        assert not judges_as_the_web(other)
