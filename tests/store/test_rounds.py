"""Of which round a photo is, and which round of a TPS counts."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from digitizer.domain.election import Contest
from digitizer.domain.tally import Recap, Tally
from digitizer.store.election_file import ElectionFile
from digitizer.store.elections import get_contest, init_election, read_election_file
from digitizer.store.engine import migrate, open_engine, sqlite_url, write_session
from digitizer.store.exports import listing, tally_rows
from digitizer.store.form_readings import readings_for
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from digitizer.store.readings import save_reading
from digitizer.store.recap_keeping import refresh_recap
from digitizer.store.recaps import children, recap_of, tps_detail
from digitizer.store.receiving import assign
from digitizer.store.rounds import contest_of, contests_at, fits, photos_since, places_of
from digitizer.store.sheets import queue
from digitizer.store.tables import SheetRow
from tests.conftest import ROOT
from tests.domain.build import boxes
from tests.store.build import (
    CONTESTS,
    ELECTION,
    FORM,
    NOW,
    STATIONS,
    A,
    B,
    C,
    add_tally,
    later,
    numbers,
    order,
    person,
    psu,
    send,
    settle_sheet,
)

D, SAMARINDA, BANJAR = (station.code for station in STATIONS[3:])
KALTIM = (A, B, C, D, SAMARINDA)


def tally(tps: str, contest: str, votes: int | None, version: int = 1) -> Tally:
    values = MappingProxyType({"paslon_1": votes})
    return Tally(tps, contest, version, FORM.id, values, boxes(values), (), (), (), "read")


@pytest.fixture
def witness(session: Session) -> str:
    return person(session, "saksi", "witness")


def test_a_photo_is_of_the_latest_round_expected_when_it_was_first_sent(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    other = person(session, "lain", "witness")
    early = send(session, photos, b"1", witness, A, now=later(1))
    order(session, psu(A), now=later(5))
    late = send(session, photos, b"2", witness, A, now=later(6))
    elsewhere = send(session, photos, b"3", witness, B, now=later(6))
    again = send(session, photos, b"1", other, A, now=later(7))
    for receipt, contest in (
        (early, "gub"), (late, "gub-psu"), (elsewhere, "gub"), (again, "gub"),
    ):  # fmt: skip
        found = contest_of(session, receipt.upload_id, FORM.id)
        assert found is not None
        assert found.id == contest
    assert contest_of(session, early.upload_id, "form-asing") is None
    assert photos_since(session, get_contest(session, "gub-psu"), later(5)) == tuple(
        sorted((early.photo, late.photo))
    )


def test_an_order_says_from_which_day_on_its_photos_are_expected(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    """Between the court's order and the day of the vote a photo can only be of the round before."""
    (made,) = order(session, psu(A, since=date(2025, 4, 19)), now=later(5))
    assert made.since is not None
    for moment, contest in ((later(6), "gub"), (made.since, "gub-psu")):
        receipt = send(session, photos, repr(moment).encode(), witness, A, now=moment)
        assert places_of(session, receipt.photo, FORM.id) == {(contest, A)}


def test_what_somebody_said_goes_before_what_is_likely(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    order(session, psu(A), now=later(5))
    late = send(session, photos, b"1", witness, A, contest="gub", now=later(6))
    assert places_of(session, late.photo, FORM.id) == {("gub", A)}
    assign(session, late.upload_id, A, "gub-psu", witness, later(7))
    assert places_of(session, late.photo, FORM.id) == {("gub-psu", A)}
    assign(session, late.upload_id, B, "gub-psu", witness, later(8))
    assert places_of(session, late.photo, FORM.id) == frozenset()
    assert not fits(session, FORM.id, B, "gub-psu")
    assert fits(session, FORM.id, A, "gub-psu")
    assert fits(session, FORM.id, A, "gub")
    assert not fits(session, FORM.id, BANJAR, "gub")
    assert [item.id for item in contests_at(session, A)] == ["gub", "pres", "gub-psu"]
    assert [item.id for item in contests_at(session, BANJAR)] == ["pres"]


def test_readings_and_queue_go_by_the_round(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    early = send(session, photos, b"1", witness, A).photo
    settle_sheet(session, early, A)
    order(session, psu(A), now=later(5))
    late = send(session, photos, b"2", witness, A, now=later(6)).photo
    save_reading(session, late, replace(numbers(), photo=late), None, {}, 0.1, later(6))
    stray = send(session, photos, b"3", witness, B, contest="gub-psu", now=later(7)).photo
    save_reading(session, stray, replace(numbers(), photo=stray), None, {}, 0.1, later(7))
    outside = send(session, photos, b"4", witness, BANJAR, now=later(8)).photo
    save_reading(session, outside, replace(numbers(), photo=outside), None, {}, 0.1, later(8))
    assert [item.photo for item in readings_for(session, "gub", A, FORM.id)] == [early]
    assert [item.photo for item in readings_for(session, "gub-psu", A, FORM.id)] == [late]
    assert readings_for(session, "gub-psu", B, FORM.id) == ()
    assert [(row.state, row.photo, row.note) for row in queue(session)] == [
        (
            "unassigned",
            stray,
            "sent for contest gub-psu, and form form-uji is of contest gub",
        ),
        (
            "unassigned",
            outside,
            "form form-uji is of contest gub or gub-psu, in which this TPS has no vote",
        ),
        ("clear", None, ""),
        ("waiting", late, ""),
    ]


def test_offices_of_other_areas_share_a_form(
    session: Session, photos: PhotoStore, witness: str, tmp_path: Path
) -> None:
    """The form names the office, the TPS its area: ten bupati are elected on one form."""
    folder = tmp_path / "sepuluh"
    folder.mkdir()
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    areas = (("mahulu", "6411"), ("samarinda", "6472"))
    bupati = tuple(
        Contest(name, "uji", 1, "Bupati", name, area, ("Paslon 1",), (FORM.id,))
        for name, area in areas
    )
    with write_session(engine) as own:
        ensure_node(own, folder, NOW)
        init_election(own, ElectionFile(ELECTION, bupati, STATIONS), "system", NOW)
        sender = person(own, "saksi", "witness")
        for code, contest in ((A, "mahulu"), (SAMARINDA, "samarinda")):
            photo = send(own, photos, code.encode(), sender, code).photo
            assert places_of(own, photo, FORM.id) == {(contest, code)}
    engine.dispose()


# Tallies are put in without what they rest on.
untold = pytest.mark.untold


@pytest.fixture
def revoted(session: Session) -> Session:
    """A, B and D are counted; then A and B vote again, and B is in."""
    for code, votes in ((A, 100), (B, 20), (D, 3)):
        add_tally(session, tally(code, "gub", votes), NOW)
    order(session, psu(A, B), now=later(5))
    add_tally(session, tally(B, "gub-psu", 5000), later(6))
    return session


@untold
def test_a_tps_that_votes_again_counts_with_its_last_round_alone(revoted: Session) -> None:
    for contest in ("gub", "gub-psu"):
        whole = recap_of(revoted, contest)
        assert dict(whole.totals) == {"paslon_1": 5003}
        assert (whole.counted, whole.expected) == (2, 5)
        assert (whole.revotes_counted, whole.revotes) == (1, 2)
    first = recap_of(revoted, "gub", alone=True)
    assert (dict(first.totals), first.counted, first.expected) == ({"paslon_1": 123}, 3, 5)
    assert first.revotes == 0
    second = recap_of(revoted, "gub-psu", alone=True)
    assert (dict(second.totals), second.counted, second.expected) == ({"paslon_1": 5000}, 1, 2)


@untold
def test_every_level_tells_what_votes_again(revoted: Session) -> None:
    def shown(wilayah: str) -> list[tuple[str, int, int, int, int]]:
        return [
            (row.code, row.recap.counted, row.recap.expected,
             row.recap.revotes_counted, row.recap.revotes)
            for row in children(revoted, "gub", wilayah)
        ]  # fmt: skip

    assert shown("") == [("64", 2, 5, 1, 2)]
    assert shown("64") == [("6411", 2, 4, 1, 2), ("6472", 0, 1, 0, 0)]
    assert shown("6411") == [("641103", 1, 3, 1, 2), ("641104", 1, 1, 0, 0)]
    assert shown("6411032001") == [(A, 0, 1, 0, 1), (B, 1, 1, 1, 1)]
    rows = children(revoted, "gub", "6411032001")
    assert [row.contest and row.contest.round for row in rows] == [2, 2]
    (other,) = children(revoted, "gub", "6411042001")
    assert other.contest is not None
    assert other.contest.round == 1
    assert [row.code for row in children(revoted, "gub-psu", "6411", alone=True)] == ["641103"]


@untold
def test_gaps_and_disputes_are_those_of_the_last_round(revoted: Session) -> None:
    def dispute(contest: str, tps: str) -> None:
        revoted.add(
            SheetRow(
                contest=contest, tps=tps, form=FORM.id, state="disputed", verdict={}, readings=[],
                photos=[], body={}, oldest_at=NOW, settled_at=NOW,
            )
        )  # fmt: skip
        revoted.flush()
        refresh_recap(revoted, contest, tps)

    dispute("gub", B)
    add_tally(revoted, tally(A, "gub", None, version=2), NOW)
    assert recap_of(revoted, "gub").disputed == 0
    assert recap_of(revoted, "gub").with_gaps == 0
    dispute("gub-psu", B)
    whole = recap_of(revoted, "gub")
    assert (whole.disputed, whole.counted, dict(whole.totals)) == (1, 1, {"paslon_1": 3})


@untold
def test_exports_hold_what_counts_and_on_request_what_did(revoted: Session) -> None:
    def listed(contest: str | None = None, *, superseded: bool = False) -> list[tuple[object, ...]]:
        rows = tally_rows(revoted, listing(revoted, contest), superseded=superseded)
        return [(row.contest.id, row.contest.round, row.tps, row.status) for row in rows]

    in_force = [("gub", 1, D, "verified"), ("gub-psu", 2, B, "verified")]
    assert listed() == listed("gub") == listed("gub-psu") == in_force
    assert listed("pres") == []
    assert listed(superseded=True) == [
        ("gub", 1, A, "superseded"),
        ("gub", 1, B, "superseded"),
        ("gub", 1, D, "verified"),
        ("gub-psu", 2, B, "verified"),
    ]


@untold
def test_the_history_of_a_tps_keeps_every_round(revoted: Session) -> None:
    first, again = (tps_detail(revoted, contest, B) for contest in ("gub", "gub-psu"))
    assert [item.values["paslon_1"] for item in (*first.tallies, *again.tallies)] == [20, 5000]
    assert [item.id for item in first.rounds] == ["gub", "gub-psu"]
    assert [item.id for item in tps_detail(revoted, "gub", D).rounds] == ["gub"]


@pytest.fixture(scope="module")
def count(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One database for many examples; each is taken back."""
    folder: Path = tmp_path_factory.mktemp("rounds")
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    with write_session(engine) as session:
        ensure_node(session, folder, NOW)
        init_election(session, ElectionFile(ELECTION, CONTESTS, STATIONS), "system", NOW)
        yield session
        session.rollback()
    engine.dispose()


SCOPES = st.lists(st.sampled_from([*KALTIM, "641103", "6411032001"]), max_size=3, unique=True)
VOTES = st.dictionaries(st.sampled_from(KALTIM), st.none() | st.integers(0, 999))


def recount(
    scopes: list[list[str]], votes: list[Mapping[str, int | None]], wilayah: str
) -> tuple[int, int, int, int, int, int]:
    """Votes, TPS in, expected, with gaps, voting again and in, from nothing but the facts."""
    total = counted = expected = gaps = revotes = in_again = 0
    for code in KALTIM:
        if not code.startswith(wilayah):
            continue
        last = max(
            number
            for number, scope in enumerate(scopes)
            if not scope or any(code.startswith(place) for place in scope)
        )
        expected += 1
        revotes += last > 0
        if code in votes[last]:
            counted += 1
            in_again += last > 0
            gaps += votes[last][code] is None
            total += votes[last][code] or 0
    return total, counted, expected, gaps, revotes, in_again


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(SCOPES, max_size=3),
    st.lists(VOTES, min_size=4, max_size=4),
    st.sampled_from(["", "64", "6411", "641103", "6411032001", A, SAMARINDA]),
)
def test_the_recap_is_that_of_a_recount(
    count: Session, scopes: list[list[str]], votes: list[Mapping[str, int | None]], wilayah: str
) -> None:
    with count.begin_nested() as example:
        for number, codes in enumerate(scopes, start=2):
            order(count, psu(*codes, name=f"putaran-{number}", number=number))
        names = ["gub", *(f"putaran-{number}" for number in range(2, len(scopes) + 2))]
        for name, counts in zip(names, votes, strict=False):
            for code, value in counts.items():
                # A tally of a TPS that has no vote in its round must not count either.
                add_tally(count, tally(code, name, value), NOW)
        expected = recount([[], *scopes], votes, wilayah)
        for name in names:
            assert figures(recap_of(count, name, wilayah)) == expected
        if len(wilayah) < 13:
            rows = [figures(row.recap) for row in children(count, "gub", wilayah)]
            assert tuple(map(sum, zip(*rows, strict=True))) == expected
        rows_out = tally_rows(count, listing(count, "gub"))
        assert sum(row.tps.startswith(wilayah) for row in rows_out) == expected[1]
        example.rollback()
    count.expire_all()


def figures(recap: Recap) -> tuple[int, int, int, int, int, int]:
    votes = recap.totals.get("paslon_1", 0)
    counted, expected, gaps = recap.counted, recap.expected, recap.with_gaps
    return votes, counted, expected, gaps, recap.revotes, recap.revotes_counted


MOMENTS = st.integers(0, 9).map(lambda days: NOW + timedelta(days=days))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(SCOPES, st.none() | st.integers(0, 9)), max_size=3),
    st.sampled_from([A, C, BANJAR]),
    st.sampled_from([None, "gub", "pres", "putaran-2", "putaran-3"]),
    st.lists(MOMENTS, min_size=1, max_size=3),
)
def test_the_round_of_a_photo_follows_from_form_tps_word_and_first_moment(
    count: Session,
    tmp_path_factory: pytest.TempPathFactory,
    orders: list[tuple[list[str], int | None]],
    tps: str,
    said: str | None,
    moments: list[datetime],
) -> None:
    photos = PhotoStore.open(tmp_path_factory.getbasetemp().as_uri())
    sent = sorted(moments)
    with count.begin_nested() as example:
        rounds: list[tuple[str, list[str], datetime | None]] = [("gub", ["64"], None)]
        for number, (codes, day) in enumerate(orders, start=2):
            since = None if day is None else (NOW + timedelta(days=day)).date()
            (made,) = order(count, psu(*codes, name=f"putaran-{number}", number=number,
                                       since=since), now=NOW + timedelta(days=number))  # fmt: skip
            rounds.append((made.id, codes or ["64"], made.since))
        known = {name for name, _, _ in rounds} | {"pres"}
        word = said if said in known else None
        receipts = [
            send(count, photos, b"satu", person(count, f"s{index}", "witness"), tps,
                 contest=word, now=moment)
            for index, moment in enumerate(sent)
        ]  # fmt: skip
        voting = [item for item in rounds if any(tps.startswith(code) for code in item[1])]
        likely = [name for name, _, since in voting if since is None or since <= sent[0]]
        fitting = [name for name, _, _ in voting if name == word]
        expected = fitting if word is not None else likely[-1:]
        for receipt in receipts:
            found = contest_of(count, receipt.upload_id, FORM.id)
            assert ([found.id] if found else []) == expected
        assert places_of(count, receipts[0].photo, FORM.id) == {(name, tps) for name in expected}
        example.rollback()
    count.expire_all()


def test_the_sample_contests_have_no_later_round() -> None:
    file = read_election_file(ROOT / "samples" / "election.toml")
    assert all((item.repeats, item.since, item.limited) == (None, None, False)
               for item in file.contests)  # fmt: skip


def test_a_national_form_of_no_tps_has_no_place(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    placed = send(session, photos, b"2", witness, A).photo
    lost = send(session, photos, b"1", witness, None).photo
    assert places_of(session, lost, "form-lain") == frozenset()
    assert places_of(session, placed, "form-lain") == {("pres", A)}
