import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.domain.tally import Tally
from digitizer.domain.verification import Dispute, NeedsReader, verify
from digitizer.errors import Conflict, NotAllowed, NotFound
from digitizer.store.engine import write_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.photos import PhotoStore
from digitizer.store.recaps import tps_detail
from digitizer.store.sheets import sheet
from digitizer.store.verifications import (
    history,
    latest_tallies,
    latest_version,
    pending,
    save_verification,
    tallies_of,
)
from digitizer.store.withdrawals import withdraw
from tests.store.build import (
    FORM,
    NOW,
    A,
    B,
    confirm,
    confirmation,
    following,
    later,
    person,
    send,
    settle_sheet,
    written,
)


@pytest.fixture
def people(session: Session, photos: PhotoStore) -> tuple[str, str, str]:
    """A witness who sent the form of A, and two reviewers."""
    witness, first, second = (person(session, name) for name in ("saksi", "satu", "dua"))
    settle_sheet(session, send(session, photos, b"1", witness, A).photo, A)
    return witness, first, second


def state(session: Session) -> str:
    kept = sheet(session, "gub", A, FORM.id)
    assert kept is not None
    return kept.state


def keep(
    session: Session, reviewer: str, name: str, boxes: dict[str, str], now: datetime = NOW
) -> object:
    """Confirm under a policy that asks for two readers."""
    item = confirmation(session, A, reviewer, name, boxes, now)
    both = (*pending(session, "gub", A, FORM.id), item)
    outcome = verify(FORM, both, pages=(2,), tps=A, contest="gub", version=1, readers=2)
    save_verification(session, item, "gub", A, FORM.id, outcome, now, expected_version=0)
    return outcome


def test_a_confirmed_form_is_a_tally(session: Session, people: tuple[str, str, str]) -> None:
    _, first, _ = people
    tally = confirm(session, A, first)
    session.expire_all()
    assert tallies_of(session, "gub", A) == (tally,)
    assert latest_tallies(session, "gub") == (tally,)
    assert latest_tallies(session, "gub", "6411042") == ()
    (kept,) = history(session, "gub", A)
    assert (kept.id, kept.reviewer, kept.at, kept.seconds) == ("v1", first, NOW, 3.5)
    assert [event.actor for event in list_events(session, kind="tally_made")] == [first]


def test_a_later_version_stands_beside_the_earlier(
    session: Session, people: tuple[str, str, str]
) -> None:
    _, first, second = people
    earlier = confirm(session, A, first)
    newer = confirm(session, A, second, written(121), name="v2", now=later(1))
    assert tallies_of(session, "gub", A) == (earlier, newer)
    assert latest_tallies(session, "gub") == (newer,)
    detail = tps_detail(session, "gub", A)
    assert detail.made_at == (NOW, later(1))
    assert [item.id for item in detail.verifications] == ["v1", "v2"]
    assert len(detail.sheets) == len(detail.readings) == 1


def test_the_same_verification_again_changes_nothing(
    session: Session, people: tuple[str, str, str]
) -> None:
    _, first, _ = people
    tally = confirm(session, A, first)
    item = confirmation(session, A, first, "v1", written(), later(1))
    save_verification(session, item, "gub", A, FORM.id, tally, NOW, expected_version=0)
    assert len(list_events(session, kind="form_verified")) == 1
    other = confirmation(session, A, first, "v1", written(99), NOW)
    with pytest.raises(Conflict, match="something else"):
        save_verification(session, other, "gub", A, FORM.id, tally, NOW, expected_version=0)


def test_someone_else_was_faster(session: Session, people: tuple[str, str, str]) -> None:
    _, first, second = people
    late = confirmation(session, A, second, "v2", written(), NOW)
    outcome = verify(FORM, (late,), pages=(2,), tps=A, contest="gub", version=1, readers=1)
    confirm(session, A, first)
    with pytest.raises(Conflict, match="meanwhile"):
        save_verification(session, late, "gub", A, FORM.id, outcome, NOW, expected_version=0)
    assert latest_version(session, "gub", A) == 1


def test_nobody_confirms_what_they_sent(session: Session, people: tuple[str, str, str]) -> None:
    witness, *_ = people
    with pytest.raises(NotAllowed):
        confirm(session, A, witness)
    assert history(session, "gub", A) == ()


def test_a_tally_of_other_verifications_is_refused(
    session: Session, people: tuple[str, str, str]
) -> None:
    _, first, second = people
    mine = confirmation(session, A, first, "v1", written(), NOW)
    theirs = confirmation(session, A, second, "v2", written(), NOW)
    for other in (
        verify(FORM, (theirs,), pages=(2,), tps=A, contest="gub", version=1, readers=1),
        verify(FORM, (mine,), pages=(2,), tps=B, contest="gub", version=1, readers=1),
        verify(FORM, (mine,), pages=(2,), tps=A, contest="gub", version=2, readers=1),
    ):
        with pytest.raises(ValueError, match="tally"):
            save_verification(session, mine, "gub", A, FORM.id, other, NOW, expected_version=0)


def test_two_readers_agree(session: Session, people: tuple[str, str, str]) -> None:
    _, first, second = people
    assert isinstance(keep(session, first, "v1", written()), NeedsReader)
    assert state(session) == "needs_reader"
    assert following(session, first) is None
    waiting = following(session, second)
    assert waiting is not None
    with pytest.raises(Conflict):
        save_verification(
            session, confirmation(session, A, first, "v9", written(), NOW),
            "gub", A, FORM.id, NeedsReader(()), NOW, expected_version=0,
        )  # fmt: skip
    assert isinstance(keep(session, second, "v2", written()), Tally)
    assert state(session) == "verified"
    assert latest_tallies(session, "gub")[0].verifications == ("v1", "v2")


def test_two_readers_differ(session: Session, people: tuple[str, str, str]) -> None:
    _, first, second = people
    keep(session, first, "v1", written())
    assert isinstance(keep(session, second, "v2", written(121)), Dispute)
    assert state(session) == "disputed"
    assert latest_tallies(session, "gub") == ()


def test_readers_differ_though_the_clock_of_the_first_is_ahead(
    session: Session, people: tuple[str, str, str]
) -> None:
    _, first, second = people
    keep(session, first, "v1", written(), later(1))
    assert isinstance(keep(session, second, "v2", written(121)), Dispute)
    assert state(session) == "disputed"


def test_of_two_at_the_same_time_one_is_told(engine: Engine, photos: PhotoStore) -> None:
    with write_session(engine) as session:
        witness, first, second = (person(session, name) for name in ("saksi", "satu", "dua"))
        settle_sheet(session, send(session, photos, b"1", witness, A).photo, A)
        session.commit()
    start = threading.Barrier(2)
    told: list[str] = []

    def work(reviewer: str) -> None:
        with write_session(engine) as session:
            item = confirmation(session, A, reviewer, reviewer, written(), NOW)
            session.rollback()
            start.wait()
            outcome = verify(FORM, (item,), pages=(2,), tps=A, contest="gub", version=1, readers=1)
            try:
                save_verification(
                    session, item, "gub", A, FORM.id, outcome, NOW, expected_version=0
                )
            except Conflict:
                told.append(reviewer)
            session.commit()

    threads = [threading.Thread(target=work, args=(name,)) for name in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with write_session(engine) as session:
        assert len(told) == 1
        assert len(tallies_of(session, "gub", A)) == 1
        assert verify_chain(session) == ()


def test_the_tables_say_what_the_events_say(
    session: Session, people: tuple[str, str, str], photos: PhotoStore
) -> None:
    """A fold over the events alone gives the uploads, verifications and tallies of the tables."""
    from digitizer.domain.codec import verification_from_json  # noqa: PLC0415
    from digitizer.store.receiving import assign  # noqa: PLC0415
    from digitizer.store.uploads import uploads_of  # noqa: PLC0415

    witness, first, second = people
    moved = send(session, photos, b"2", witness, None)
    assign(session, moved.upload_id, B, None, first, later(1))
    confirm(session, A, first)
    confirm(session, A, second, written(121), name="v2", now=later(2))
    places: dict[object, object] = {}
    verifications, values = [], {}
    for event in list_events(session):
        match event.kind:
            case "upload_accepted" | "upload_assigned":
                places[event.payload["upload"]] = event.payload["tps"]
            case "form_verified":
                body = event.payload["verification"]
                assert isinstance(body, dict)
                verifications.append(verification_from_json(body))
            case "tally_made":
                values[event.payload["version"]] = event.payload["values"]
    assert places == {item.id: item.tps for item in uploads_of(session, witness)}
    assert tuple(verifications) == history(session, "gub", A)
    assert values == {tally.version: dict(tally.values) for tally in tallies_of(session, "gub", A)}


def test_what_is_taken_back_counts_no_more_and_stays_in_the_history(
    session: Session, people: tuple[str, str, str]
) -> None:
    _, first, second = people
    keep(session, first, "v1", written())
    assert isinstance(keep(session, second, "v2", written()), Tally)
    withdraw(session, "v2", account=second, now=NOW + timedelta(seconds=20))
    withdraw(session, "v2", account=second, now=NOW + timedelta(minutes=20))
    assert latest_tallies(session, "gub") == ()
    assert [item.id for item in pending(session, "gub", A, FORM.id)] == ["v1"]
    assert state(session) == "needs_reader"
    assert isinstance(keep(session, second, "v3", written()), Tally)
    assert latest_version(session, "gub", A) == 1
    assert state(session) == "verified"
    kinds = [event.kind for event in list_events(session)]
    assert kinds[-4:] == [
        "tally_withdrawn", "verification_withdrawn", "form_verified", "tally_made",
    ]  # fmt: skip
    assert verify_chain(session) == ()


def test_what_is_old_or_built_upon_is_not_taken_back(
    session: Session, people: tuple[str, str, str]
) -> None:
    _, first, second = people
    keep(session, first, "v1", written())
    with pytest.raises(Conflict, match="more than 30 seconds ago"):
        withdraw(session, "v1", account=first, now=NOW + timedelta(seconds=36))
    with pytest.raises(NotFound):
        withdraw(session, "v1", account=second, now=NOW)
    keep(session, second, "v2", written())
    with pytest.raises(Conflict, match="somebody read this form after"):
        withdraw(session, "v1", account=first, now=NOW + timedelta(seconds=5))
    assert len(latest_tallies(session, "gub")) == 1
