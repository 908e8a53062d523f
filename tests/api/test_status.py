"""The status page: what is well, what is not, and nothing of anybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digitizer.api.standings import Seen
from digitizer.api.status_view import StatusView, ago, bars, size, status_view
from digitizer.store.backups import Backup
from digitizer.store.engine import write_session
from digitizer.store.overview import FEW_PHOTOS, PHOTO_BYTES, Hour
from digitizer.store.waiting import Line
from digitizer.store.workers import Worker, begin_work
from tests.api.conftest import World
from tests.facts import PAGE_2

AT = datetime(2024, 11, 27, 12, 30, tzinfo=UTC)
WELL = Backup(AT - timedelta(hours=1), AT, "0" * 64, 10, 0)

READER = Worker("a" * 32, "mesin", "1", AT, AT, at_hand=1, silent=False)


@pytest.fixture
def seen(world: World) -> Seen:
    """An installation in which all is well."""
    found: Seen = world.app.state.web.standings.now()
    return replace(
        found, at=AT, standing=replace(found.standing, backup=WELL), disk_free=10**12,
        disk_size=2 * 10**12, workers=(READER,),
    )  # fmt: skip


def view(seen: Seen, **changed: Any) -> StatusView:  # noqa: ANN401  # of any field
    standing = replace(seen.standing, **changed)
    return status_view(replace(seen, standing=standing), "Asia/Makassar", "id")


def test_all_is_well(seen: Seen) -> None:
    found = view(seen)
    assert found.warnings == ()
    facts = dict(found.facts)
    assert facts["Cakram"] == "1000,0 GB kosong, 50,0 % terpakai"
    assert facts["Cadangan terakhir"] == "27-11-2024 19.30 WITA (1 jam 0 menit)"
    assert [(item.alive, item.last) for item in found.workers] == [(True, "0 menit")]


def test_what_is_not_well_is_told_with_what_to_do(seen: Seen) -> None:
    def told(
        changed: Seen,
        **standing: Any,  # noqa: ANN401
    ) -> list[tuple[str, str]]:
        found = view(changed, **standing).warnings
        assert all(item.mend for item in found)
        return [(item.tone, item.what) for item in found]

    nobody = replace(seen, workers=())
    waits = Line(3, AT - timedelta(minutes=20))
    assert told(nobody) == [("warn", "Tidak ada pekerja yang hidup.")]
    assert told(nobody, line=waits)[0][0] == "bad"
    assert told(seen, line=waits) == [("warn", "Foto menunggu 20 menit.")]
    stuck = Line(3, AT - timedelta(hours=2))
    assert told(seen, line=stuck) == [("bad", "Foto menunggu 2 jam 0 menit.")]
    full = replace(seen, disk_free=FEW_PHOTOS * PHOTO_BYTES - 1)
    assert told(full) == [("bad", "Cakram hampir penuh: 6,0 GB kosong.")]
    assert told(seen, backup=None) == [("warn", "Belum pernah ada cadangan.")]
    old = replace(WELL, taken_at=AT - timedelta(days=3))
    assert told(seen, backup=old) == [("warn", "Cadangan terakhir sudah 3 hari.")]
    assert told(seen, backup=replace(WELL, lacking=2))[0][0] == "bad"


def test_the_chart_is_as_high_as_its_photos() -> None:
    hours = tuple(Hour(AT.replace(hour=hour, minute=0), hour, hour // 2) for hour in (8, 9, 10))
    found = bars(hours, "Asia/Makassar", "id")
    assert [bar.hour for bar in found] == ["16.00", "17.00", "18.00"]
    assert [bar.sent_height for bar in found] == [32, 36, 40]
    assert found[2].read_height == 20
    assert bars((Hour(AT, 0, 0),), "UTC", "id")[0].sent_height == 0


def test_ages_and_sizes_in_both_languages() -> None:
    assert ago(timedelta(minutes=90), "id") == "1 jam 30 menit"
    assert ago(timedelta(seconds=-5), "en") == "0 minutes"
    assert ago(timedelta(days=3), "en") == "3 days"
    assert (size(1_500_000_000, "id"), size(20_000_000, "en")) == ("1,5 GB", "20.0 MB")


def test_the_page_keeps_itself_current_and_names_nobody(world: World) -> None:
    world.read(2, PAGE_2)
    client = world.client("sri", page=True)
    with write_session(world.app.state.web.engine) as session:
        begin_work(session, "a" * 32, "mesin", "1")
        session.commit()
    page = client.get("/status")
    assert page.status_code == 200
    assert "hidup" in page.text
    assert "saksi" not in page.text
    part = client.get("/status", params={"part": 1})
    again = client.get(
        "/status", params={"part": 1}, headers={"If-None-Match": part.headers["ETag"]}
    )
    assert (part.status_code, again.status_code) == (200, 304)
    english = client.get("/status", params={"lang": "en"})
    assert "State of the installation" in english.text
