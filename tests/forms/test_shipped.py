"""The forms that are shipped say what the official blanks and the law of the count say."""

import json
import zipfile
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from digitizer.domain.form import FormSpec
from digitizer.domain.geometry import Rect
from digitizer.forms import describe_form, list_forms, load_form, load_forms
from digitizer.forms.load import parse_form

PPWP = "c-hasil-ppwp-2024"
KWK = "c-hasil-kwk-gubernur-2024-2p"
MM = 25.4 / 72

COMMON_RULES = """\
hard  jumlah-pemilih-dpt: pemilih_dpt_l + pemilih_dpt_p = pemilih_dpt_j
hard  jumlah-pengguna-dpt: pengguna_dpt_l + pengguna_dpt_p = pengguna_dpt_j
hard  jumlah-pengguna-{moved}: pengguna_{moved}_l + pengguna_{moved}_p = pengguna_{moved}_j
hard  jumlah-pengguna-{ktp}: pengguna_{ktp}_l + pengguna_{ktp}_p = pengguna_{ktp}_j
hard  jumlah-pengguna-total: pengguna_total_l + pengguna_total_p = pengguna_total_j
hard  jumlah-disabilitas: disabilitas_l + disabilitas_p = disabilitas_j
hard  pengguna-total-l: pengguna_dpt_l + pengguna_{moved}_l + pengguna_{ktp}_l = pengguna_total_l
hard  pengguna-total-p: pengguna_dpt_p + pengguna_{moved}_p + pengguna_{ktp}_p = pengguna_total_p
hard  pengguna-total-j: pengguna_dpt_j + pengguna_{moved}_j + pengguna_{ktp}_j = pengguna_total_j
hard  pengguna-dalam-dpt-l: pengguna_dpt_l <= pemilih_dpt_l
hard  pengguna-dalam-dpt-p: pengguna_dpt_p <= pemilih_dpt_p
hard  pengguna-dalam-dpt-j: pengguna_dpt_j <= pemilih_dpt_j
hard  surat-suara-diterima: ss_digunakan + ss_rusak + ss_sisa = ss_diterima
hard  suara-sah: {paslon} = suara_sah
hard  suara-total: suara_sah + suara_tidak_sah = suara_total
hard  suara-total-surat-suara: suara_total = ss_digunakan
hard  suara-total-pengguna: suara_total = pengguna_total_j
warn  cadangan-surat-suara: pemilih_dpt_j + {reserve} % reserve = ss_diterima
warn  batas-pemilih: pemilih_dpt_j <= {cap}
warn  disabilitas-dalam-pengguna: disabilitas_j <= pengguna_total_j"""


def test_listed() -> None:
    assert {KWK, PPWP} < set(list_forms())
    assert list(list_forms()) == sorted(list_forms())
    assert tuple(form.id for form in load_forms()) == list_forms()
    assert load_form(PPWP) is load_form(PPWP)


@pytest.mark.parametrize(
    ("form_id", "words"),
    [
        (PPWP, {"moved": "dptb", "ktp": "dpk", "reserve": "2", "cap": "300"}),
        (KWK, {"moved": "dpph", "ktp": "dptb", "reserve": "2.5", "cap": "600"}),
    ],
)
def test_rules(form_id: str, words: dict[str, str]) -> None:
    form = load_form(form_id)
    numbers = [name for name in form.fields if name.startswith("paslon_")]
    expected = COMMON_RULES.format(paslon=" + ".join(numbers), **words)
    described = describe_form(form).partition("  rules\n")[2]
    assert [line.strip() for line in described.splitlines()] == expected.splitlines()


def test_every_field_has_a_role_that_fits_its_name() -> None:
    roles = {
        "pemilih": "voters",
        "pengguna": "voters",
        "disabilitas": "voters",
        "ss": "ballots",
        "paslon": "votes",
        "suara": "total",
        "tanggal": "metadata",
        "bulan": "metadata",
        "tahun": "metadata",
    }
    for form in load_forms():
        for field in form.fields.values():
            assert field.role == roles[field.id.partition("_")[0]]


def test_same_number_same_id_on_both_forms() -> None:
    ppwp, kwk = set(load_form(PPWP).fields), set(load_form(KWK).fields)
    columns = "lpj"
    assert ppwp - kwk == {"paslon_3", *(f"pengguna_dpk_{c}" for c in columns)}
    assert kwk - ppwp == {f"pengguna_dpph_{c}" for c in columns}


def test_tags_name_one_page_each() -> None:
    tags = Counter(
        (page.tag.dictionary, page.tag.id)
        for form in load_forms()
        for page in form.pages
        if page.tag is not None
    )
    assert sorted(number for _, number in tags) == [101, 102, 103, *range(601, 625)]
    assert set(tags.values()) == {1}


def test_reference_layout_is_named_as_such() -> None:
    kwk = load_form(KWK)
    assert kwk.reference_layout
    assert "reference layout, not the official print" in describe_form(kwk)
    assert not load_form(PPWP).reference_layout


def test_reference_layout_has_room_to_write() -> None:
    kwk = load_form(KWK)
    for field in kwk.fields.values():
        if field.counted:
            assert all(min(box.width, box.height) >= 18 for box in field.digit_boxes)
    for paslon in ("paslon_1", "paslon_2"):
        field = kwk.fields[paslon]
        strokes = 5 * sum(len(row) for row in field.tally)
        assert strokes == 600
        assert len(field.row_sums) == len(field.tally)
        assert field.guides
        assert field.words is not None


@pytest.fixture(scope="module")
def geometry(dev_data: Path) -> dict[str, Any]:
    text = (dev_data / "forms" / "c-hasil-ppwp-2024.geometry.json").read_text()
    measured: dict[str, Any] = json.loads(text)
    return measured


def _places(form: FormSpec) -> dict[str, tuple[int, Rect]]:
    """Every place of a form under the id that the measured geometry gives it."""
    found: dict[str, tuple[int, Rect]] = {}
    for page in form.pages:
        for field in page.fields:
            for index, box in enumerate(field.digit_boxes, 1):
                found[f"{field.id}.d{index}"] = (page.number, box)
            for index, column in enumerate(field.bubbles, 1):
                for digit, bubble in enumerate(column):
                    found[f"{field.id}.b{index}.{digit}"] = (page.number, bubble)
            for row, cells in enumerate(field.tally, 1):
                for column_number, cell in enumerate(cells, 1):
                    found[f"{field.id}.tally.r{row}c{column_number}"] = (page.number, cell)
            for row, cells in enumerate(field.row_sums, 1):
                for index, cell in enumerate(cells, 1):
                    found[f"{field.id}.rowsum.r{row}.d{index}"] = (page.number, cell)
            if field.words is not None:
                found[f"{field.id}.words"] = (page.number, field.words)
    return found


def _apart(rect: Rect, measured: list[float]) -> float:
    """The largest distance of an edge from the measured one, in millimetres."""
    edges = (rect.x, rect.y, rect.right, rect.bottom)
    return max(abs(edge - value * MM) for edge, value in zip(edges, measured, strict=True))


@pytest.mark.dev_data
def test_ppwp_places_are_those_of_the_official_blank(geometry: dict[str, Any]) -> None:
    kinds = {"digit_box", "bubble", "tally_cell", "rowsum_box", "words"}
    measured = {entry["id"]: entry for entry in geometry["fields"] if entry["kind"] in kinds}
    places = _places(load_form(PPWP))
    assert places.keys() == measured.keys()
    for name, (page, rect) in places.items():
        assert page == measured[name]["page"], name
        assert _apart(rect, measured[name]["rect"]) < 0.01, name


@pytest.mark.dev_data
def test_ppwp_private_cells_cover_names_and_signatures(geometry: dict[str, Any]) -> None:
    for page in load_form(PPWP).pages:
        measured = [
            cell
            for entry in geometry["fields"]
            if entry["kind"] == "signature" and entry["page"] == page.number
            for cell in (entry["rect"], entry.get("name_cell"))
            if cell is not None
        ]
        assert len(page.private) == len(measured) == 13
        for cell in measured:
            assert min(_apart(rect, cell) for rect in page.private) < 0.01


@pytest.mark.dev_data
def test_ppwp_header_holds_every_place_line(geometry: dict[str, Any]) -> None:
    for page in load_form(PPWP).pages:
        assert page.header is not None
        for entry in geometry["fields"]:
            if entry["kind"] == "text_line" and entry["id"].startswith(f"p{page.number}."):
                x0, y0, x1, y1 = (value * MM for value in entry["rect"])
                assert page.header.x < x0
                assert page.header.y < y0
                assert page.header.right > x1
                assert page.header.bottom > y1


@pytest.mark.dev_data
def test_ppwp_marks_are_those_of_the_official_blank(geometry: dict[str, Any]) -> None:
    names = {"top_left": "TL", "top_right": "TR", "bottom_right": "BR", "bottom_left": "BL"}
    for page in load_form(PPWP).pages:
        for mark in page.fiducials:
            x, y = geometry["fiducials"]["corners"][names[mark.corner]]["touch_point"]
            assert abs(mark.point.x - x * MM) < 0.01
            assert abs(mark.point.y - y * MM) < 0.01
        assert page.tag is not None
        assert page.tag.id == geometry["marker"]["ids"][str(page.number)]
        assert _apart(page.tag.rect, geometry["marker"]["rect"]) < 0.01


def test_forms_load_from_a_zipped_wheel(tmp_path: Path) -> None:
    """A wheel need not be unpacked: the files are read as resources, never by path."""
    wheel = tmp_path / "wheel.zip"
    folder = resources.files("digitizer.forms")
    with zipfile.ZipFile(wheel, "w") as archive:
        for form_id in list_forms():
            archive.writestr(f"forms/{form_id}.toml", (folder / f"{form_id}.toml").read_bytes())
    for form_id in list_forms():
        data = (zipfile.Path(wheel) / "forms" / f"{form_id}.toml").read_bytes()
        assert parse_form(data, form_id) == load_form(form_id)
