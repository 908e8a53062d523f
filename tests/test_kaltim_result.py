"""The official result of Kaltim's governor, simulated TPS by TPS, in all that leaves the product.

Every way out tells the official total: CSV, JSON, the workbook in the shape of D.HASIL, and a
bundle that is counted anew without the store. The recap: store/test_official_result.py.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from digitizer.bundling import bundle
from digitizer.d_hasil import table_of
from digitizer.exporting import export_recap, export_rows
from digitizer.proof import verify_bundle
from digitizer.store.elections import init_election
from digitizer.store.engine import migrate, open_engine, read_session, sqlite_url, write_session
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from digitizer.store.recaps import recap_of
from tests import kaltim
from tests.store.build import NOW, person

LATER = kaltim.VERIFIED_AT + timedelta(hours=1)

pytestmark = pytest.mark.slow


MAHAKAM_ULU = "6411"


def opened(folder: Path) -> Engine:
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    with write_session(engine) as session:
        ensure_node(session, folder, NOW)
        init_election(session, kaltim.election_file(), "system", NOW)
        session.commit()
    return engine


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The tallies of all 6,274 TPS, put in at once: without events, which take minutes."""
    engine = opened(tmp_path_factory.mktemp("kaltim"))
    with write_session(engine) as session:
        # Nobody's: their verifications would be 6,274 more.
        kaltim.load_tallies(session, [replace(x, verifications=()) for x in kaltim.tallies()])
        session.commit()
    yield engine
    engine.dispose()


def official(rows: Iterable[Mapping[str, object]]) -> None:
    """The numbers of rows by TPS add up to the official result, and every row is marked."""
    sums: Counter[str] = Counter()
    votes: dict[str, Counter[str]] = {code: Counter() for code in kaltim.KABKOTA}
    for row in rows:
        assert str(row["election"]).startswith("SIMULASI")
        code = str(row["tps"]).replace(".", "")
        for name in kaltim.PROVINCE:
            sums[name] += int(str(row[name]))
            votes[code[:4]][name] += int(str(row[name]))
    assert dict(sums) == kaltim.PROVINCE
    assert {
        code: (found["paslon_1"], found["paslon_2"]) for code, found in votes.items()
    } == kaltim.KABKOTA


@pytest.mark.untold
def test_csv_and_json_add_up_to_it(province: Engine, tmp_path: Path) -> None:
    for kind in ("csv", "json"):
        with (tmp_path / kind).open("w+b") as file:
            export_rows(
                province, kind, file, contest=kaltim.CONTEST, actor="system", now=LATER
            )  # fmt: skip
    with (tmp_path / "csv").open(encoding="utf-8-sig", newline="") as text:
        official(csv.DictReader(text))
    told = json.loads((tmp_path / "json").read_text("utf-8"))
    assert told["simulated"] is True
    official({**item, **item["values"]} for item in told["tallies"])


@pytest.mark.untold
def test_the_workbook_of_the_province_has_it_in_its_last_column(
    province: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "provinsi.xlsx"
    with path.open("w+b") as file:
        export_recap(
            province, file, contest=kaltim.CONTEST, wilayah="64", actor="system", now=LATER
        )  # fmt: skip
    with read_session(province) as session:
        labels = {row.field: row.label for row in table_of(session, kaltim.CONTEST, "64").lines}
    sheet = load_workbook(path).active
    assert sheet is not None
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert "SIMULASI" in str(lines[1])
    by_label = {line[0]: [value for value in line[1:] if value is not None] for line in lines}
    for name, total in kaltim.PROVINCE.items():
        assert by_label[labels[name]][-1] == total
    for place, name in enumerate(("paslon_1", "paslon_2")):
        columns = by_label[labels[name]][:-1]
        assert sorted(columns) == sorted(votes[place] for votes in kaltim.KABKOTA.values())


def test_a_kabupaten_confirmed_by_people_is_official_in_recap_and_bundle(tmp_path: Path) -> None:
    votes = kaltim.KABKOTA[MAHAKAM_ULU]
    made = [item for item in kaltim.tallies() if item.tps.startswith(MAHAKAM_ULU)]
    engine = opened(tmp_path)
    with write_session(engine) as session:
        kaltim.verify_tallies(session, person(session, "satu"), made)
        session.commit()
    with read_session(engine) as session:
        found = recap_of(session, kaltim.CONTEST, MAHAKAM_ULU)
    assert (found.counted, found.expected, found.with_gaps, found.disputed) == (77, 77, 0, 0)
    assert (found.totals["paslon_1"], found.totals["paslon_2"]) == votes
    path = tmp_path / "bukti.zip"
    photos = PhotoStore.open((tmp_path / "photos").as_uri())
    with path.open("w+b") as file:
        sent = bundle(engine, photos, tmp_path, file, now=LATER)
    report = verify_bundle(path, key=sent.signer, head=sent.head)
    assert report.holds, report.faults
    assert (report.tallies, report.simulated) == (77, True)
    with ZipFile(path) as archive:
        totals = io.TextIOWrapper(archive.open("totals.csv"), "utf-8-sig", newline="")
        (told,) = [
            row
            for row in csv.DictReader(totals)
            if (row["contest"], row["wilayah"]) == (kaltim.CONTEST, MAHAKAM_ULU)
        ]
    assert (int(told["paslon_1"]), int(told["paslon_2"])) == votes
    engine.dispose()
