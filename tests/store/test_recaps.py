from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, delete

from digitizer.domain.tally import Tally, recap
from digitizer.errors import NotFound
from digitizer.store.election_file import ElectionFile
from digitizer.store.elections import init_election
from digitizer.store.engine import migrate, open_engine, sqlite_url, write_session
from digitizer.store.events import head, list_events
from digitizer.store.exports import Exported, listing, record_export, tally_rows
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from digitizer.store.recap_keeping import refresh_recap
from digitizer.store.recaps import children, recap_of, tps_detail
from digitizer.store.tables import SheetRow, TallyRecord
from digitizer.store.tallies import latest_tallies
from tests.domain.build import boxes
from tests.store.build import (
    CONTESTS,
    ELECTION,
    NOW,
    STATIONS,
    A,
    B,
    C,
    add_tally,
    confirm,
    later,
    person,
    send,
    settle_sheet,
    written,
)

pytestmark = pytest.mark.untold  # tallies are put in without what they rest on
KALTIM = STATIONS[:5]
D = STATIONS[3].code


def tally(tps: str, version: int, values: dict[str, int | None], contest: str = "gub") -> Tally:
    return Tally(
        tps, contest, version, "form-uji", MappingProxyType(values), boxes(values),
        (), (), (), "read",
    )  # fmt: skip


@pytest.fixture
def counted(session: Session) -> Session:
    """Three tallies: A in two versions, B with a gap, D of another kecamatan."""
    add_tally(session, tally(A, 1, {"paslon_1": 100, "paslon_2": 7}), NOW)
    add_tally(session, tally(A, 2, {"paslon_1": 10, "paslon_2": 7}), NOW)
    add_tally(session, tally(B, 1, {"paslon_1": 20, "paslon_2": None}), NOW)
    add_tally(session, tally(D, 1, {"paslon_1": 400, "paslon_2": 0}), NOW)
    add_tally(session, tally(A, 1, {"paslon_1": 9999}, "pres"), NOW)
    return session


def test_totals_with_what_they_rest_on(counted: Session) -> None:
    whole = recap_of(counted, "gub")
    assert dict(whole.totals) == {"paslon_1": 430, "paslon_2": 7}
    assert (whole.counted, whole.expected, whole.with_gaps) == (3, 5, 1)
    part = recap_of(counted, "gub", "641103")
    assert dict(part.totals) == {"paslon_1": 30, "paslon_2": 7}
    assert (part.counted, part.expected) == (2, 3)
    assert recap_of(counted, "pres").expected == 6
    empty = recap_of(counted, "gub", "6472")
    assert (dict(empty.totals), empty.counted, empty.expected) == ({}, 0, 1)
    outside = recap_of(counted, "gub", "63")
    assert (outside.counted, outside.expected) == (0, 0)


def test_an_export_has_a_column_for_every_field_of_any_tally(counted: Session) -> None:
    assert listing(counted, "gub").fields == ("paslon_1", "paslon_2")
    add_tally(counted, tally(C, 1, {"paslon_2": 5, "baru": 1, "kosong": None}), NOW)
    assert listing(counted, "gub").fields == ("paslon_1", "paslon_2", "baru", "kosong")
    assert listing(counted).fields == ("paslon_1", "paslon_2", "baru", "kosong")


def test_one_level_down_at_a_time(counted: Session) -> None:
    def shown(wilayah: str) -> list[tuple[str, str, int, int]]:
        return [
            (row.code, row.level, row.recap.counted, row.recap.expected)
            for row in children(counted, "gub", wilayah)
        ]

    assert shown("") == [("64", "provinsi", 3, 5)]
    assert shown("64") == [("6411", "kabkota", 3, 4), ("6472", "kabkota", 0, 1)]
    assert shown("6411") == [("641103", "kecamatan", 2, 3), ("641104", "kecamatan", 1, 1)]
    assert shown("6411032001") == [(A, "tps", 1, 1), (B, "tps", 1, 1)]
    with pytest.raises(NotFound):
        children(counted, "gub", A)
    for ask in (recap_of, children):
        with pytest.raises(NotFound):
            ask(counted, "none")
    with pytest.raises(NotFound):
        tps_detail(counted, "gub", "0" * 13)


def test_a_disputed_tps_is_not_counted(counted: Session) -> None:
    counted.add(
        SheetRow(
            contest="gub", tps=A, form="form-uji", state="disputed", verdict={}, readings=[],
            photos=[], body={}, oldest_at=NOW, settled_at=NOW,
        )
    )  # fmt: skip
    counted.flush()
    refresh_recap(counted, "gub", A)
    whole = recap_of(counted, "gub")
    assert (whole.counted, whole.disputed, whole.totals["paslon_1"]) == (2, 1, 420)
    assert [item.tps for item in latest_tallies(counted, "gub")] == [B, D]
    assert [row.tps for row in tally_rows(counted, listing(counted, "gub"))] == [B, D]


def test_an_export_rests_on_the_latest_tallies(session: Session, photos: PhotoStore) -> None:
    witness, reviewer = person(session, "saksi", "witness"), person(session, "satu")
    for tps, data in ((A, b"1"), (B, b"2"), (C, b"3")):
        settle_sheet(session, send(session, photos, data, witness, tps).photo, tps)
    confirm(session, A, reviewer)
    confirm(session, A, reviewer, written(121), name="v2", now=later(1))
    confirm(session, B, reviewer, name="v3")
    newer = send(session, photos, b"4", witness, B, now=later(2)).photo
    settle_sheet(session, newer, B, now=later(3))
    rows = tuple(tally_rows(session, listing(session)))
    assert [(row.tps, row.version, row.status) for row in rows] == [
        (A, 2, "verified"), (B, 1, "new_photo"),
    ]  # fmt: skip
    assert rows[0].readers == (reviewer,)
    assert (rows[0].verified_at, rows[0].values["paslon_1"]) == (later(1), 121)
    exported = Exported("csv", 2, ["gub"], "0" * 64, head(session))
    event = record_export(session, exported, reviewer, NOW)
    assert (event.payload["rows"], event.payload["contests"]) == (2, ["gub"])
    assert event.payload["head"] == exported.head
    assert list_events(session, kind="tallies_exported") == (event,)


@pytest.fixture(scope="module")
def count(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One database for many examples; each begins without tallies."""
    folder: Path = tmp_path_factory.mktemp("recount")
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    with write_session(engine) as session:
        ensure_node(session, folder, NOW)
        init_election(session, ElectionFile(ELECTION, CONTESTS, STATIONS), "system", NOW)
        yield session
        session.rollback()
    engine.dispose()


VALUES = st.dictionaries(
    st.sampled_from(["paslon_1", "paslon_2", "suara_sah"]),
    st.none() | st.integers(0, 999),
    min_size=1,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(st.sampled_from([s.code for s in KALTIM]), st.lists(VALUES, max_size=3)),
    st.sampled_from(["", "64", "6411", "641103", "6411032001", A]),
)
def test_the_database_adds_up_as_a_recount_does(
    count: Session, versions: dict[str, list[dict[str, int | None]]], wilayah: str
) -> None:
    count.exec(delete(TallyRecord).where(col(TallyRecord.contest) == "gub"))
    for station in KALTIM:
        refresh_recap(count, "gub", station.code)
    for tps, made in versions.items():
        for number, values in enumerate(made, start=1):
            add_tally(count, tally(tps, number, values), NOW)
    expected = sum(station.code.startswith(wilayah) for station in KALTIM)
    recount = recap("gub", wilayah, latest_tallies(count, "gub", wilayah), expected=expected)
    assert recap_of(count, "gub", wilayah) == replace(recount, totals=dict(recount.totals))
    if len(wilayah) < 13:
        rows = children(count, "gub", wilayah)
        assert sum(row.recap.counted for row in rows) == recount.counted
        for name, total in recount.totals.items():
            assert sum(row.recap.totals.get(name, 0) for row in rows) == total
