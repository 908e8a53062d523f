import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from digitizer.domain.election import Contest, Election, StationNames
from digitizer.domain.listing import NOTICE, TallyRow
from digitizer.export import export_csv, export_json
from digitizer.export.columns import COLUMNS

VALUES: dict[str, int | None] = {"paslon_1": 121, "paslon_2": None, "suara_sah": 0}


def row(**changes: Any) -> TallyRow:  # noqa: ANN401  # named by the test
    whole = TallyRow(
        election=Election("uji", "Pemilihan uji", "Asia/Makassar", simulated=True),
        contest=Contest("gub", "uji", 1, "Gubernur", "Gubernur", "64", ("Paslon 1",), ("f",)),
        tps="6472011001005",
        names=StationNames("TPS 005", "Desa", "Kecamatan", "Kota", "Kaltim"),
        version=2,
        form="f",
        origin="read",
        values=MappingProxyType(VALUES),
        as_written=MappingProxyType({"paslon_1": "121", "paslon_2": "___", "suara_sah": "XXX"}),
        photos=("a" * 64, "b" * 64),
        status="verified",
        verified_at=datetime(2024, 11, 27, 17, 0, tzinfo=UTC),
        readers=("0123456789abcdef" * 2,),
    )  # fmt: skip
    return whole._replace(**changes)


def as_csv(*rows: TallyRow) -> bytes:
    fields = dict.fromkeys(name for item in rows for name in item.values)
    return b"".join(export_csv(rows, tuple(fields)))


def as_json(*rows: TallyRow) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(b"".join(export_json(rows, simulated=True)))
    return document


def table(*rows: TallyRow) -> list[dict[str, str]]:
    text = as_csv(*rows).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_one_row_says_what_was_verified() -> None:
    (found,) = table(row())
    assert found == {
        "election": "SIMULASI: Pemilihan uji", "round": "1", "contest": "gub",
        "tps": "64.72.01.1001.005", "tps_name": "TPS 005", "desa": "Desa",
        "kecamatan": "Kecamatan", "kabkota": "Kota", "provinsi": "Kaltim", "version": "2",
        "status": "verified", "origin": "read", "verified_at": "2024-11-28T01:00:00+08:00",
        "readers": "01234567", "photos": f"{'a' * 64} {'b' * 64}",
        "paslon_1": "121", "paslon_2": "", "suara_sah": "0", "notice": NOTICE,
    }  # fmt: skip


def test_a_spreadsheet_reads_it_as_utf8() -> None:
    assert as_csv(row()).startswith(b"\xef\xbb\xbfelection,round,contest,tps,")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    (found,) = table(row(names=row().names._replace(desa=f"{start}1+1")))
    assert found["desa"] == f"'{start}1+1"


@pytest.mark.parametrize("strange", ["a,=1+1,x", "=1+1", 'a"b', "a\nb", "a\tb", "-", ""])
def test_ids_of_whoever_shift_no_column_and_are_no_formula(strange: str) -> None:
    (plain,), (found,) = table(row()), table(row(readers=(strange,), photos=(strange,)))
    shown = f"'{strange}" if strange.startswith(("=", "-")) else strange
    assert found == {**plain, "readers": shown, "photos": shown}


def test_contests_with_other_fields_stand_in_one_table() -> None:
    first, second = table(row(), row(values=MappingProxyType({"paslon_3": 5})))
    assert (first["paslon_1"], first["paslon_3"]) == ("121", "")
    assert (second["paslon_1"], second["paslon_3"]) == ("", "5")


def test_nothing_verified_is_a_header_alone() -> None:
    text = as_csv().decode("utf-8-sig")
    assert text.splitlines() == [",".join((*COLUMNS, "notice"))]
    assert as_json()["tallies"] == []


def test_json_has_the_numbers_of_the_csv() -> None:
    document = as_json(row())
    assert (document["notice"], document["simulated"]) == (NOTICE, True)
    (found,) = document["tallies"]
    assert found["values"] == VALUES
    (flat,) = table(row())
    assert {name: found[name] for name in ("tps", "status", "verified_at", "election")} == {
        name: flat[name] for name in ("tps", "status", "verified_at", "election")
    }
    assert found["photos"] == flat["photos"].split()


@pytest.mark.parametrize(
    ("title", "simulated", "shown"),
    [
        ("Pilkada", False, "Pilkada"),
        ("Pilkada", True, "SIMULASI: Pilkada"),
        ("SIMULASI: Pilkada", True, "SIMULASI: Pilkada"),
    ],
)
def test_a_simulation_says_so(title: str, simulated: bool, shown: str) -> None:
    election = replace(row().election, title=title, simulated=simulated)
    (found,) = table(row(election=election))
    assert found["election"] == shown


def test_times_are_those_of_the_election() -> None:
    (found,) = table(row())
    assert datetime.fromisoformat(found["verified_at"]).utcoffset() == ZoneInfo(
        "Asia/Makassar"
    ).utcoffset(datetime(2024, 11, 28))  # noqa: DTZ001  # the zone is the question
