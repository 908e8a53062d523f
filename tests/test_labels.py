"""Boxes with their confirmed glyphs, from the desk to a file that the training reads."""

import errno
import io
import os
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from digitizer.cli import app
from digitizer.commands import labels
from digitizer.domain.geometry import Rect
from digitizer.vision.labelled import LabelledBox, pack
from tests.api.conftest import World, make_world, seeded
from tests.api.test_corners import reading_id
from tests.api.test_reviews import body, confirm
from tests.facts import PAGE_1, PAGE_2, png, unsure

__all__ = ["make_world", "seeded"]


@pytest.fixture
def verified(make_world: Callable[[], World], monkeypatch: pytest.MonkeyPatch) -> World:
    """A form of which one box was read 0, marked as odd, and confirmed to be 6."""
    world = make_world()
    world.read(1, PAGE_1)
    upload = world.read(2, PAGE_2 | {"paslon_1": "X01"}, boxes={("paslon_1", 1): unsure("0", "6")})
    reading = reading_id(world, upload)[0]
    marks = {"digit": "0", "marks": [{"reading": reading, "field": "paslon_1", "box": 1}]}
    assert world.client("budi").post("/glyphs", json=marks).status_code == 204
    answer = confirm(world, "rina", body(world, paslon_1="X61"))
    assert answer.json()["outcome"] == "tally"
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(world.settings.data_dir))
    return world


def written(output: Path, *options: str) -> np.lib.npyio.NpzFile:
    result = CliRunner().invoke(app, ["labels", *options, "-o", str(output)])
    assert result.exit_code == 0, result.output
    stored: np.lib.npyio.NpzFile = np.load(output)
    return stored


@pytest.mark.usefixtures("verified")
def test_every_box_of_a_verified_form_comes_with_what_was_confirmed(tmp_path: Path) -> None:
    stored = written(tmp_path / "labels.npz")
    glyphs = [glyph for text in (PAGE_1 | PAGE_2).values() for glyph in text]
    assert sorted(stored["confirmed"].tolist()) == sorted(glyphs)
    assert len(stored["labels"]) == len(glyphs)
    assert set(stored["form"].tolist()) == {1}
    (wrong,) = np.flatnonzero(stored["confirmed"] != stored["read"])
    assert stored["marked"].nonzero()[0].tolist() == [wrong]
    found = (stored["confirmed"][wrong], stored["read"][wrong], stored["labels"][wrong])
    assert found == ("6", "0", 6)
    sizes = stored["heights"].astype(int) * stored["widths"] * 3
    assert stored["offsets"].tolist() == [0, *np.cumsum(sizes).tolist()]
    assert len(stored["pixels"]) == stored["offsets"][-1]


@pytest.mark.usefixtures("verified")
def test_only_the_marked_ones_on_request(tmp_path: Path) -> None:
    stored = written(tmp_path / "odd.npz", "--marked")
    assert stored["confirmed"].tolist() == ["6"]


def test_without_anything_verified_the_file_is_empty(
    make_world: Callable[[], World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    world.read_form()
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(world.settings.data_dir))
    assert len(written(tmp_path / "none.npz")["labels"]) == 0


def test_a_box_is_cut_from_the_picture_of_its_number() -> None:
    part = Rect(0.25, 0.1, 0.25, 0.8)
    boxes = [LabelledBox(png(80, 30, 90), part, glyph, "1", False, 4) for glyph in "7X_-?"]
    stored = np.load(io.BytesIO(pack(boxes)))
    assert stored["labels"].tolist() == [7, 10, 11, 12, 12]
    assert (stored["heights"][0], stored["widths"][0]) == (24, 20)
    assert set(stored["pixels"].tolist()) == {90}


@pytest.mark.usefixtures("verified")
def test_the_file_is_its_owners_and_after_a_failure_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    written(folder / "labels.npz")
    assert stat.S_IMODE((folder / "labels.npz").stat().st_mode) == 0o600

    def full(_boxes: object) -> bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(labels, "pack", full)
    failed = CliRunner().invoke(app, ["labels", "-o", str(folder / "other.npz")])
    assert isinstance(failed.exception, OSError)
    assert [path.name for path in folder.iterdir()] == ["labels.npz"]
