"""C1-PPWP 2019 and the c.digital redesign: places, rules and print of the two."""

import json
from pathlib import Path
from typing import Any

import pytest

from digitizer.domain.form import FieldSpec, FormSpec
from digitizer.domain.geometry import Rect
from digitizer.forms import describe_form, load_form

C1 = load_form("c1-ppwp-2019")
THREE = load_form("c-hasil-ppwp-cdigital-2024")
TWO = load_form("c-hasil-ppwp-cdigital-2024-2p")

C1_PIXEL = 210 / 1216
"""Millimetres a pixel of the picture on which C1-PPWP was measured."""

HIGHER = 35 / 3
"""By how much the tables of page 1 stand higher for three paslon than for two, in millimetres."""

VOTERS = [
    f"{group}_{kind}"
    for group in ("pemilih", "pengguna")
    for kind in ("dpt", "dpph", "dptb", "total")
]
COUNTED = [*VOTERS, "pemilih_disabilitas", "disabilitas"]
BALLOTS = ["ss_digunakan", "ss_rusak", "ss_sisa", "ss_diterima"]
DATE = ["tanggal", "bulan", "tahun"]


def _rules(form: FormSpec) -> list[str]:
    return [line.strip() for line in describe_form(form).partition("  rules\n")[2].splitlines()]


def _words(form: FormSpec, number: int) -> list[str]:
    """Each title strip as one line of words."""
    strips = form.page(number).printed_titles
    return [" ".join(text.text for text in strip) for strip in strips]


def test_c1_holds_its_second_page_only() -> None:
    (page,) = C1.pages
    votes = ["paslon_1", "paslon_2", "suara_sah", "suara_tidak_sah", "suara_total"]
    assert page.number == 2
    assert page.tag is None
    assert [field.id for field in page.fields] == [*votes, *DATE]
    assert [len(field.digit_boxes) for field in page.fields] == [3, 3, 3, 3, 3, 2, 2, 4]
    assert [field.id for field in page.fields if field.words is not None] == votes
    assert len(page.private) == 9
    assert {mark.shape for mark in page.fiducials} == {"square"}
    assert _words(C1, 2) == [
        "MODEL C1-PPWP",
        "Lembar 2",
        "PASANGAN CALON PRESIDEN DAN WAKIL PRESIDEN",
    ]


def test_c1_rules() -> None:
    assert _rules(C1) == [
        "hard  suara-sah: paslon_1 + paslon_2 = suara_sah",
        "hard  suara-total: suara_sah + suara_tidak_sah = suara_total",
    ]


def test_no_form_prints_a_candidate() -> None:
    """Where the print of C1-PPWP names candidates, the drawn blank names their office."""
    names = [text.text for text in C1.page(2).texts if "NAMA CALON" in text.text]
    assert names.count("NAMA CALON PRESIDEN") == names.count("NAMA CALON WAKIL PRESIDEN") == 2
    both = "NAMA CALON PRESIDEN - NAMA CALON WAKIL PRESIDEN"
    assert names[4:] == [f"01. {both}", f"02. {both}"]


def test_cdigital_fields() -> None:
    first, second = THREE.pages
    ids = [f"{row}_{column}" for row in VOTERS for column in "lpj"]
    ids += BALLOTS + [f"{row}_{column}" for row in COUNTED[8:] for column in "lpj"]
    assert [field.id for field in first.fields] == ids
    assert [field.id for field in TWO.page(1).fields] == ids
    paslon = ["paslon_1", "paslon_2", "paslon_3"]
    totals = ["suara_sah", "suara_tidak_sah", "suara_total"]
    assert [field.id for field in second.fields] == [*paslon, *totals, *DATE]
    for field in (*first.fields, *second.fields):
        assert len(field.digit_boxes) == {"tanggal": 2, "bulan": 2, "tahun": 4}.get(field.id, 3)
        assert field.guides == field.counted
        assert field.box_grey == (0.79 if field.counted else 0.0)


def test_cdigital_counts_strokes_and_writes_words_on_page_two() -> None:
    second = THREE.page(2)
    assert not any(field.tally or field.words for field in THREE.page(1).fields)
    tallied = [field for field in second.fields if field.tally]
    assert [field.id for field in tallied] == [
        "paslon_1", "paslon_2", "paslon_3", "suara_tidak_sah",
    ]  # fmt: skip
    for field in tallied:
        assert [len(row) for row in field.tally] == [12] * 5
        assert [len(row) for row in field.row_sums] == [2] * 5
    assert [field.id for field in second.fields if field.words is None] == DATE


def test_cdigital_rules() -> None:
    both = _rules(TWO)
    expected = [
        f"hard  jumlah-{row.replace('_', '-')}: {row}_l + {row}_p = {row}_j" for row in COUNTED
    ]
    for group in ("pemilih", "pengguna"):
        for c in "lpj":
            kinds = " + ".join(f"{group}_{kind}_{c}" for kind in ("dpt", "dpph", "dptb"))
            expected.append(f"hard  {group}-total-{c}: {kinds} = {group}_total_{c}")
    for kind in ("dpt", "dpph", "dptb"):
        for c in "lpj":
            sides = f"pengguna_{kind}_{c} <= pemilih_{kind}_{c}"
            expected.append(f"hard  pengguna-dalam-{kind}-{c}: {sides}")
    for c in "lpj":
        sides = f"disabilitas_{c} <= pemilih_disabilitas_{c}"
        expected.append(f"hard  disabilitas-dalam-pemilih-{c}: {sides}")
    expected += [
        "hard  surat-suara-diterima: ss_digunakan + ss_rusak + ss_sisa = ss_diterima",
        "warn  cadangan-surat-suara: pemilih_dpt_j + 2 % reserve = ss_diterima",
        "warn  batas-pemilih: pemilih_dpt_j <= 300",
        "warn  disabilitas-dalam-pengguna: disabilitas_j <= pengguna_total_j",
    ]
    assert both == expected
    votes = [
        "hard  suara-sah: paslon_1 + paslon_2 + paslon_3 = suara_sah",
        "hard  suara-total: suara_sah + suara_tidak_sah = suara_total",
        "hard  suara-total-surat-suara: suara_total = ss_digunakan",
        "hard  suara-total-pengguna: suara_total = pengguna_total_j",
    ]
    assert _rules(THREE) == [*expected[:-3], *votes, *expected[-3:]]


def test_cdigital_titles_tell_the_pages_apart() -> None:
    assert _words(THREE, 1) == [
        "PRESIDEN DAN WAKIL PRESIDEN REPUBLIK INDONESIA TAHUN 2024",
        "MODEL C.HASIL-PPWP",
        "Halaman 1 dari 2",
    ]
    assert _words(THREE, 2) == [
        "PASANGAN CALON PRESIDEN DAN WAKIL PRESIDEN",
        "MODEL C.HASIL-PPWP",
        "Halaman 2 dari 2",
    ]


def test_tables_for_three_paslon_stand_higher_than_for_two() -> None:
    for field in THREE.page(1).fields:
        lower = TWO.fields[field.id]
        for box, other in zip(field.digit_boxes, lower.digit_boxes, strict=True):
            assert (box.x, box.width, box.height) == (other.x, other.width, other.height)
            assert other.y - box.y == pytest.approx(HIGHER, abs=0.011)


def test_cdigital_has_a_cell_for_each_saksi() -> None:
    saksi = {form.id: form.page(1).private[7:] for form in (TWO, THREE)}
    assert [len(cells) for cells in saksi.values()] == [2, 3]
    for cells in saksi.values():
        assert cells[0].x == pytest.approx(55.0)
        assert cells[-1].right == pytest.approx(545.67, abs=0.02)
    assert len(THREE.page(2).private) == 10


@pytest.fixture(scope="module")
def c1_geometry(dev_data: Path) -> list[dict[str, Any]]:
    text = (dev_data / "forms" / "c1-ppwp-2019-hal2.geometry.json").read_text()
    fields: list[dict[str, Any]] = json.loads(text)["fields"]
    return fields


def _apart(rect: Rect, measured: list[float]) -> float:
    """The largest distance of an edge from the measured one, in millimetres."""
    edges = (rect.x, rect.y, rect.right, rect.bottom)
    return max(abs(edge - value * C1_PIXEL) for edge, value in zip(edges, measured, strict=True))


@pytest.mark.dev_data
def test_c1_places_are_those_measured(c1_geometry: list[dict[str, Any]]) -> None:
    boxes: dict[str, FieldSpec] = C1.fields
    seen = 0
    for entry in c1_geometry:
        if entry["kind"] == "digit_box":
            box = boxes[entry["field"]].digit_boxes[entry["pos"]]
            assert _apart(box, entry["rect"]) < 0.15, entry["id"]
            seen += 1
        elif entry["kind"] == "words":
            words = boxes[entry["field"]].words
            assert words is not None
            # The left edge was measured to two pixels, everything else to half a pixel.
            assert _apart(words, entry["rect"]) < 0.5, entry["id"]
        elif entry["kind"] == "signature":
            assert min(_apart(cell, entry["rect"]) for cell in C1.page(2).private) < 0.15
    assert seen == 23
