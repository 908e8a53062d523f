"""The command line's words and JSON are a contract."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from rich.text import Text
from typer.testing import CliRunner

from digitizer.cli import app
from digitizer.domain.reading import Candidate, Evidence
from digitizer.domain.settle import settle
from digitizer.errors import DigitizerError
from digitizer.forms import check_form, load_form
from digitizer.forms.render import render_pdf
from digitizer.pipeline import atlas_of, digest_photo
from digitizer.policies import load_policy
from digitizer.report import photo_report, spoken
from digitizer.vision.digits import GlyphReader
from tests.conftest import ROOT
from tests.story import own_form

SAMPLES = ROOT / "samples" / "photos"
WHITE = cv2.imencode(".png", np.full((900, 600), 255, np.uint8))[1].tobytes()
KEYS = ["file", "photo", "form", "page", "verdict", "reasons", "fields", "checks", "seconds"]
GOOD = SAMPLES / "6411032001002-hal2.jpg"
WRONG_SUM = SAMPLES / "6411042003001-hal2.jpg"


def read_json(*arguments: str | Path) -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["read", "--json", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_object_a_photo_with_every_key_of_the_contract() -> None:
    (report,) = read_json(GOOD)
    assert list(report) == KEYS
    assert report["file"] == str(GOOD)
    assert (report["form"], report["page"]) == ("c-hasil-kwk-gubernur-2024-2p", 2)
    assert len(report["photo"]) == 64
    field = report["fields"]["paslon_1"]
    assert list(field) == ["value", "as_written", "probability", "evidence"]
    assert list(field["evidence"]) == ["digits", "bubbles", "tally", "rowsums", "words"]
    assert field["evidence"]["digits"] == field["evidence"]["bubbles"] == field["value"]
    assert "tanggal" not in report["fields"]
    unknown = [check for check in report["checks"] if check["outcome"] == "unknown"]
    assert unknown, "cross-page rules are unknown on a page alone"
    assert report["verdict"] == "clear"
    assert report["reasons"] == []


def test_photos_are_settled_by_the_policy_of_the_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "ketat.toml"
    policy.write_text('name = "ketat"\nmin_sharpness = 0.99\n', encoding="utf-8")
    monkeypatch.setenv("DIGITIZER_POLICY_FILE", str(policy))
    (report,) = read_json(GOOD)
    assert [reason["code"] for reason in report["reasons"]] == ["blurred_photo"]


def test_a_paper_wrong_in_itself_is_read_as_written_and_says_so() -> None:
    (report,) = read_json(WRONG_SUM)
    assert report["verdict"] == "doubtful"
    broken = {check["rule"]: check for check in report["checks"] if check["outcome"] == "broken"}
    check = broken["suara-sah"]
    values = {name: field["value"] for name, field in report["fields"].items()}
    assert check["left"] == values["suara_sah"]
    assert check["right"] == values["paslon_1"] + values["paslon_2"] == values["suara_sah"] - 10
    messages = [reason["message"] for reason in report["reasons"]]
    sentence = (
        f"suara_sah {check['left']} is not "
        f"{values['paslon_1']} + {values['paslon_2']} = {check['right']}"
    )
    assert sentence in messages


def test_pages_together_are_settled_as_one_form_with_the_rules_between_them() -> None:
    pages = [SAMPLES / f"6411042007001-hal{page}.jpg" for page in (3, 1, 2)]
    *alone, whole = read_json("--together", *pages)
    assert [list(report) for report in alone] == [KEYS] * 3
    assert "file" not in whole
    assert (whole["form"], whole["files"]) == ("c-hasil-ppwp-2024", [str(p) for p in pages])
    assert (whole["pages"], whole["missing_pages"]) == ([1, 2, 3], [])
    unknown = [{c["rule"] for c in r["checks"] if c["outcome"] == "unknown"} for r in alone]
    assert all("suara-total-pengguna" in rules for rules in unknown)
    outcomes = {check["rule"]: check["outcome"] for check in whole["checks"]}
    assert outcomes["suara-total-pengguna"] == outcomes["suara-sah"] == "holds"
    assert len(whole["fields"]) == 28
    field = whole["fields"]["paslon_1"]
    assert field["moved_by"] is None
    assert field["candidates"][0][0] == field["value"]
    assert field["photo"] == alone[2]["photo"]
    sure = {name: f["probability"] for report in alone for name, f in report["fields"].items()}
    assert sum(f["probability"] >= sure[n] - 1e-4 for n, f in whole["fields"].items()) == 28


def test_pages_of_two_forms_together_are_two_forms(tmp_path: Path) -> None:
    reports = read_json("--together", GOOD, SAMPLES / "6411042007001-hal2.jpg")
    assert [report.get("file") is None for report in reports] == [False, False, True, True]
    assert [report["missing_pages"] for report in reports[2:]] == [[1], [1, 3]]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.jpg", b"", "not_an_image"),
        ("letter.jpg", b"Dengan hormat, terlampir foto.", "not_an_image"),
        ("cut.jpg", GOOD.read_bytes()[:40_000], "not_an_image"),
    ],
)
def test_bad_input_is_unreadable_with_a_code_and_exit_0(
    tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    (report,) = read_json(path)
    assert list(report) == KEYS
    assert report["verdict"] == "unreadable"
    assert report["reasons"][0]["code"] == code
    assert report["fields"] == {}


def test_a_photo_without_a_form_and_a_good_one_are_both_dealt_with(tmp_path: Path) -> None:
    wall = np.random.default_rng(7).integers(120, 200, (1200, 900, 3), dtype=np.uint8)
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), cv2.GaussianBlur(wall, (0, 0), 3))
    wall_report, good = read_json(path, GOOD)
    assert wall_report["verdict"] == "unreadable"
    assert wall_report["reasons"][0]["code"] in {"no_form", "too_blurred"}
    assert good["verdict"] == "clear"


def test_names_and_titles_in_square_brackets_are_printed_as_they_are() -> None:
    message = "its titles read '[/C.HASIL] [red]'"
    report = {"file": "foto [a].jpg", "form": "[x]", "page": 2, "verdict": "unreadable",
              "reasons": [{"code": "unknown_form", "message": message}], "fields": {}}  # fmt: skip
    plain = Text.from_markup(spoken(report)).plain
    assert plain.splitlines() == [
        "foto [a].jpg  unreadable  [x] page 2",
        f"  ! {message}",
    ]


def test_a_witness_that_only_guesses_says_nothing() -> None:
    form = load_form("c-hasil-kwk-gubernur-2024-2p")
    data = GOOD.read_bytes()
    outcome = digest_photo(data, atlas_of((form,)), GlyphReader.load())
    assert outcome.reading is not None
    said = {"words": Evidence("words", (Candidate(117, 0.40), Candidate(170, 0.35))),
            "tally": Evidence("tally", (Candidate(171, 0.5),))}  # fmt: skip
    fields = {
        name: replace(item, evidence=tuple(said.values())) if name == "paslon_1" else item
        for name, item in outcome.reading.fields.items()
    }
    reading = replace(outcome.reading, fields=fields)
    settled = settle([reading], form, load_policy(None))
    evidence = photo_report("a.jpg", replace(outcome, reading=reading), settled, 0.1)["fields"][
        "paslon_1"
    ]["evidence"]
    assert (evidence["words"], evidence["tally"], evidence["bubbles"]) == (None, 171, None)


def test_a_form_can_be_named_and_another_is_then_unknown() -> None:
    (report,) = read_json("--form", "c-hasil-ppwp-2024", GOOD)
    assert report["verdict"] == "unreadable"
    assert report["reasons"][0]["code"] == "unknown_form"


def test_overlays_show_every_step(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["read", "--overlay", str(tmp_path), str(GOOD)])
    assert result.exit_code == 0, result.output
    assert "paslon_1" in result.stdout
    pictures = sorted(path.name for path in tmp_path.iterdir())
    assert len(pictures) >= 3
    assert all(name.startswith(GOOD.stem) for name in pictures)


def box_crop(border: int = 40) -> np.ndarray:
    """A printed box with a seven in it, in grey levels."""
    box = np.full((60, 60), 235, np.uint8)
    cv2.rectangle(box, (5, 5), (55, 55), border, 2)
    cv2.polylines(box, [np.array([(20, 17), (41, 17), (29, 45)])], False, 60, 3, cv2.LINE_AA)
    return box


def read_digits(*crops: Path, exit_code: int = 0) -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["digits", "--json", *map(str, crops)])
    assert result.exit_code == exit_code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_digits_reads_single_boxes(tmp_path: Path) -> None:
    path = tmp_path / "blank.png"
    box = np.full((60, 60, 3), 235, np.uint8)
    cv2.rectangle(box, (5, 5), (55, 55), (40, 40, 40), 2)
    cv2.imwrite(str(path), box)
    (report,) = read_digits(path)
    assert list(report) == ["file", "glyph", "probability"]
    assert report["file"] == str(path)
    assert report["glyph"] == "_"


def drawn_as(picture: str) -> np.ndarray:
    """The same crop in another kind of picture."""
    grey = box_crop()
    match picture:
        case "colour.png" | "colour.jpg" | "colour.webp":
            return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
        case "deep.png":
            return np.asarray(grey, np.uint16) * 257
        case "opaque.png":
            return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGRA)
        case "ink-on-nothing.png":
            return np.dstack([np.zeros((60, 60, 3), np.uint8), 255 - grey])
        case "large.png":
            return cv2.resize(grey, (900, 900), interpolation=cv2.INTER_CUBIC)
        case _:
            return grey


PICTURES = (
    "grey.png", "colour.png", "colour.jpg", "colour.webp", "deep.png", "opaque.png",
    "ink-on-nothing.png", "large.png",
)  # fmt: skip


def test_a_crop_may_be_any_kind_of_picture(tmp_path: Path) -> None:
    for name in PICTURES:
        assert cv2.imwrite(str(tmp_path / name), drawn_as(name))
    reports = read_digits(*(tmp_path / name for name in PICTURES))
    assert [Path(report["file"]).name for report in reports] == list(PICTURES)
    assert {report["glyph"] for report in reports} == {"7"}


def test_a_broken_crop_says_so_and_the_others_are_read(tmp_path: Path) -> None:
    good, letter, cut = (tmp_path / name for name in ("good.png", "letter.png", "cut.png"))
    cv2.imwrite(str(good), box_crop())
    letter.write_text("Dengan hormat, terlampir kotak.")
    cut.write_bytes(good.read_bytes()[:300])
    reports = read_digits(letter, good, cut, good)
    assert [report["glyph"] for report in reports] == [None, "7", None, "7"]
    assert [report.get("error", {}).get("code") for report in reports] == [
        "not_an_image", None, "not_an_image", None,
    ]  # fmt: skip
    assert reports[1]["probability"] == reports[3]["probability"]


def test_a_missing_crop_says_so_and_ends_with_1(tmp_path: Path) -> None:
    good, missing = tmp_path / "good.png", tmp_path / "missing.png"
    cv2.imwrite(str(good), box_crop())
    reports = read_digits(missing, good, exit_code=1)
    assert reports[0]["error"]["code"] == "file_not_read"
    assert reports[1]["glyph"] == "7"
    spoken = CliRunner().invoke(app, ["digits", str(missing), str(good)])
    assert spoken.exit_code == 1
    assert "[file_not_read]" in spoken.stdout.splitlines()[0]
    assert "  7  " in spoken.stdout.splitlines()[1]


def test_forms_can_be_listed_checked_and_drawn(tmp_path: Path) -> None:
    listed = CliRunner().invoke(app, ["forms", "list"]).stdout
    assert "c-hasil-ppwp-2024" in listed
    kwk = next(line for line in listed.splitlines() if "kwk" in line)
    assert "reference layout" in kwk
    shipped = ROOT / "digitizer" / "forms" / "c-hasil-ppwp-2024.toml"
    assert CliRunner().invoke(app, ["forms", "check", str(shipped)]).exit_code == 0
    kinds = (("blank.pdf", b"%PDF"), ("blank.png", b"\x89PNG"), ("BLANK.PNG", b"\x89PNG"))
    for name, magic in kinds:
        target = tmp_path / name
        arguments = ["forms", "render", "c-hasil-ppwp-2024", "-o", str(target)]
        assert CliRunner().invoke(app, arguments).exit_code == 0
        assert target.read_bytes().startswith(magic)


@pytest.mark.parametrize("name", ["blank.jpg", "blank"])
def test_a_blank_is_drawn_as_nothing_but_pdf_and_png(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    done = CliRunner().invoke(app, ["forms", "render", "c-hasil-ppwp-2024", "-o", str(target)])
    assert isinstance(done.exception, DigitizerError)
    assert f"ends in {target.suffix!r}, needed .pdf or .png" in str(done.exception)
    assert not target.exists()


@pytest.mark.parametrize("scale", ["0", "-2", "400", "nan"])
def test_a_blank_is_not_drawn_at_any_scale(tmp_path: Path, scale: str) -> None:
    target = tmp_path / "blank.png"
    done = CliRunner().invoke(
        app,
        ["forms", "render", "c-hasil-ppwp-2024", "-o", str(target), "--pixels-per-mm", scale],
    )
    assert done.exit_code == 2
    assert not target.exists()


def test_a_blank_becomes_a_form_file_with_a_picture_of_what_was_found(tmp_path: Path) -> None:
    pdf, target, folder = tmp_path / "C Baru.pdf", tmp_path / "baru.toml", tmp_path / "gambar"
    pdf.write_bytes(render_pdf(load_form("c-hasil-ppwp-2024")))
    arguments = ["forms", "learn", str(pdf), "-o", str(target), "--overlay", str(folder)]
    done = CliRunner().invoke(app, [*arguments, "--title", "C.HASIL baru", "--year", "2029"])
    assert done.exit_code == 0, done.output
    assert "c-baru  C.HASIL baru" in done.stdout
    form = check_form(target)
    official = load_form("c-hasil-ppwp-2024")
    assert list(form.fields) == list(official.fields)
    assert (form.year, [page.tag.id for page in form.pages if page.tag]) == (2029, [101, 102, 103])
    assert sorted(path.name for path in folder.iterdir()) == [
        f"c-baru-page-{number}.png" for number in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("name", "data", "more", "said"),
    [
        ("blank.pdf", b"no PDF", [], "neither a PDF nor a picture"),
        ("torn.pdf", b"%PDF-1.7 torn", [], "the PDF cannot be opened"),
        ("fehlt.png", None, [], "cannot be read"),
        ("blank.png", b"", ["--size-mm", "A4"], "write it as 210x297"),
        ("blank.png", b"", ["--size-mm", "0x0"], "needed 50 to 2000 mm either way"),
        ("blank.png", b"", ["--size-mm", "210x29700"], "needed 50 to 2000 mm either way"),
        ("white.png", WHITE, [], "no row of digit boxes"),
    ],
)
def test_what_is_no_blank_is_refused_in_words(
    tmp_path: Path, name: str, data: bytes | None, more: list[str], said: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    done = CliRunner().invoke(app, ["forms", "learn", str(tmp_path / name), *more])
    assert done.exit_code == 1
    assert isinstance(done.exception, DigitizerError)
    assert said in str(done.exception)


def test_a_fault_is_one_sentence_with_its_code_and_no_traceback(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("id = \n")
    done = subprocess.run(
        [sys.executable, "-m", "digitizer", "forms", "check", str(wrong)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "wrong.toml" in done.stderr
    assert "[form_file]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["read", "missing.jpg"],
        ["import", "missing"],
        ["merge", "missing.zip"],
        ["compare", "import", "missing.csv"],
        ["verify", "."],
        ["purge", "--before", "x"],
        ["recap", "--foo"],
    ],
)
def test_a_call_that_is_not_understood_ends_with_2(arguments: list[str]) -> None:
    """docs/commands.md says of which commands."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "Usage: " in done.output


@pytest.mark.parametrize(
    "arguments",
    [["election", "init", "missing.toml"], ["forms", "check", "missing.toml"],
     ["restore", "missing"]],
)  # fmt: skip
def test_what_a_command_opens_itself_and_cannot_ends_with_1(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(tmp_path))
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    assert isinstance(done.exception, DigitizerError)


def test_a_form_file_is_put_in_force_and_every_fault_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "c-hasil-desa.toml"
    file.write_text(own_form(form="c-hasil-desa"))
    done = CliRunner().invoke(app, ["forms", "install", str(file)])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("c-hasil-desa: version 1-")
    # Two numbers in the same boxes, one of them under a name that a rule does not know.
    paslon = file.read_text().replace('id = "paslon_2"', 'id = "paslon_x"', 1)
    file.write_text(paslon.replace(", 346.0, 20.0, 20.0]", ", 182.0, 20.0, 20.0]"))
    wrong = CliRunner().invoke(app, ["forms", "check", str(file), "--overlay", str(tmp_path)])
    assert wrong.exit_code == 1
    assert "paslon_1 and paslon_x overlap on page 2" in wrong.stderr
    assert "rule suara-sah speaks of unknown fields: paslon_2" in wrong.stderr
    assert (tmp_path / "c-hasil-desa-page-2.png").read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "c-hasil-desa-page-1.png").exists()
    again = CliRunner().invoke(app, ["forms", "install", str(file)])
    assert again.exit_code == 1
