"""The table of D.HASIL: the same numbers as everywhere, and no text that a spreadsheet runs."""

import csv
import io
import json
from dataclasses import replace
from io import BytesIO
from types import MappingProxyType
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.domain.election import StationNames
from digitizer.domain.listing import NOTICE
from digitizer.domain.tally import Recap
from digitizer.export import RecapTable, export_csv, export_json, export_xlsx, recap_table
from digitizer.export.recap_table import TOTAL, in_order
from tests.export.test_export import row

LABELS = {"pemilih_dpt_j": "Pemilih DPT", "ss_digunakan": "digunakan", "ss_rusak": "rusak",
          "disabilitas_j": "disabilitas", "paslon_1": "Paslon 1", "suara_sah": "sah"}  # fmt: skip
HOSTILE = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["=1+1", "+SUM(A1)", "-2", "@x", "{=1}", "=HYPERLINK(\"http://x\")", "http://x", "00123",
     "\t=1", "\r\n=1", "'=1", "\ud7ff", "\x1b[31m"]
)  # fmt: skip
"""Names as nobody should give a place."""


def recap(code: str, **totals: int) -> Recap:
    counted = 1 if totals else 0
    return Recap("gub", code, MappingProxyType(totals), counted, 3, 0, 1)


def table(names: tuple[str, ...] = ("BERAU", "PASER")) -> RecapTable:
    children = [(names[0], recap("6401", paslon_1=7, suara_sah=7)), (names[1], recap("6402"))]
    whole = replace(recap("64", paslon_1=7, suara_sah=7), expected=6, disputed=2)
    item = row()
    return recap_table(
        item.election, item.contest, ("64", names[0]), "kabkota", children, whole, LABELS
    )  # fmt: skip


def cells(made: RecapTable) -> list[list[Any]]:
    file = BytesIO()
    export_xlsx(made, file)
    sheet = openpyxl.load_workbook(file)["D.HASIL"]
    return [[cell.value for cell in line] for line in sheet.iter_rows()]


def test_rows_are_fixed_and_the_last_column_is_the_sum() -> None:
    found = cells(table())
    assert [line[0] for line in found] == [
        NOTICE, "SIMULASI: Pemilihan uji", "Gubernur (gub)", "BERAU (64)", None, None,
        "Pemilih DPT", "disabilitas", "rusak", "digunakan", "Paslon 1", "sah",
        "TPS masuk", "TPS seluruhnya", "TPS dengan angka kosong", "TPS dipersengketakan",
    ]  # fmt: skip
    assert found[5][1:] == ["BERAU", "PASER", TOTAL]
    assert found[10][1:] == [7, None, 7]
    assert [line[1:] for line in found[12:]] == [[1, 0, 1], [3, 3, 6], [0, 0, 0], [1, 1, 2]]


def test_the_ballots_stand_as_in_the_print() -> None:
    shuffled = ["suara_total", "ss_sisa", "pengguna_total_j", "lain", "ss_diterima", "paslon_2"]
    assert in_order(shuffled) == [
        "pengguna_total_j", "ss_diterima", "ss_sisa", "paslon_2", "suara_total", "lain",
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(names=st.tuples(HOSTILE, HOSTILE))
def test_no_name_becomes_a_formula_in_a_workbook(names: tuple[str, str]) -> None:
    file = BytesIO()
    export_xlsx(table(names), file)
    sheet = openpyxl.load_workbook(file)["D.HASIL"]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {
        "s",
        "n",
        "inlineStr",
    }


@settings(max_examples=100, deadline=None)
@given(
    names=st.lists(HOSTILE, min_size=5, max_size=5),
    values=st.dictionaries(
        st.sampled_from(sorted(LABELS)), st.none() | st.integers(0, 999), min_size=1
    ),
)  # fmt: skip
def test_csv_and_json_say_the_same_whatever_places_are_called(
    names: list[str], values: dict[str, int | None]
) -> None:
    item = row(names=StationNames(*names), values=MappingProxyType(values))
    text = b"".join(export_csv([item], tuple(values))).decode("utf-8-sig")
    header, line = csv.reader(io.StringIO(text, newline=""))
    flat = dict(zip(header, line, strict=True))
    (told,) = json.loads(b"".join(export_json([item], simulated=True)))["tallies"]
    assert {name: int(flat[name]) if flat[name] else None for name in values} == values
    assert told["values"] == values
    for name in ("tps_name", "desa", "kecamatan", "kabkota", "provinsi"):
        assert flat[name].removeprefix("'") == told[name].removeprefix("'")
        assert not flat[name].startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_pieces_are_one_file(count: int) -> None:
    rows = [row(version=number) for number in range(count)]
    text = b"".join(export_csv(iter(rows), tuple(row().values))).decode("utf-8-sig")
    versions = [line["version"] for line in csv.DictReader(io.StringIO(text, newline=""))]
    document = json.loads(b"".join(export_json(iter(rows), simulated=False)))
    assert versions == [str(number) for number in range(count)]
    assert [item["version"] for item in document["tallies"]] == list(range(count))
