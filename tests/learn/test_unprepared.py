"""A form for which nobody prepared: learned, saved, printed, filled, photographed and read back."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from digitizer.cli import app
from digitizer.domain.form import FormSpec
from digitizer.forms import check_form
from digitizer.synth.camera import photograph
from digitizer.synth.entries import Entry, entry_for
from digitizer.synth.fill import fill_page
from digitizer.synth.hand import draw_hand
from digitizer.synth.sheet import box_side
from digitizer.synth.writer import Writer
from tests.synth import Tier, draw

BLANK = "forms/c.hasil_dpr_s08_v2.png"

pytestmark = pytest.mark.slow


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def learned(dev_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The form file, as it was proposed."""
    folder = tmp_path_factory.mktemp("dpr")
    target = folder / "c-hasil-dpr-baru.toml"
    run("forms", "learn", dev_data / BLANK, "-o", target, "--id", "c-hasil-dpr-baru",
        "--title", "C.HASIL-DPR", "--year", "2029")  # fmt: skip
    return target


def filled(form: FormSpec, tier: Tier, seed: int) -> tuple[bytes, dict[str, Entry]]:
    """A photo of its only page with numbers that fit their boxes and turus, and what they are."""
    rng = np.random.default_rng(seed)
    writer = Writer(draw_hand(rng), rng)
    (page,) = form.pages
    entries: dict[str, Entry] = {}
    for field in page.fields:
        most = 10 ** len(field.digit_boxes) - 1
        if field.tally:
            most = min(most, 5 * sum(map(len, field.tally)))
        number = int(rng.integers(0, most + 1))
        entries[field.id] = entry_for(field, number, writer.hand.leading)
    flat = fill_page(form, page.number, entries, writer)
    params = draw(tier, rng)
    shot = photograph(flat, page.size, params=params, rng=rng, box_mm=box_side(form))
    return shot.jpeg, entries


@pytest.mark.parametrize(("tier", "seed"), [("easy", 3), ("medium", 12)])
def test_it_is_read_back_right(learned: Path, tmp_path: Path, tier: Tier, seed: int) -> None:
    form = check_form(learned)
    jpeg, entries = filled(form, tier, seed)
    photo = tmp_path / "foto.jpg"
    photo.write_bytes(jpeg)
    told = json.loads(run("read", photo, "--form", learned, "--json"))
    found = {name: field["as_written"] for name, field in told["fields"].items()}
    assert found == {name: entry.as_written for name, entry in entries.items()}
    assert len(found) == 10


def test_it_is_printed_as_it_was_learned(learned: Path, tmp_path: Path) -> None:
    assert "10 fields in 30 boxes" in run("forms", "check", learned)
    blank = tmp_path / "blank.pdf"
    run("forms", "render", learned, "-o", blank)
    assert blank.read_bytes().startswith(b"%PDF")
