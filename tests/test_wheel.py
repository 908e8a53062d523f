"""The wheel carries screens, forms and weights, and runs from a folder that is not the checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


def test_it_carries_what_the_product_needs_at_run_time(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "digitizer/forms/c-hasil-ppwp-2024.toml",
        "digitizer/vision/weights/digits.onnx",
        "digitizer/vision/weights/digits-second.onnx",
        "digitizer/vision/weights/digits.json",
        "digitizer/vision/weights/turus.onnx",
        "digitizer/vision/weights/words.onnx",
        "review_ui/templates/base.html",
        "review_ui/i18n/catalogue.toml",
    ):
        assert needed in names
    assert any(name.startswith("digitizer/store/migrations/versions/") for name in names)
    assert any(name.startswith("review_ui/static/") and name.endswith(".js") for name in names)
    left_out = ("tests/", "samples/", "benchmarks/", "authoring/")
    assert not any(name.startswith(left_out) for name in names)
    assert "review_ui/jsconfig.json" not in names


def test_it_reads_a_photo_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    photo = ROOT / "samples" / "photos" / "6411032001002-hal2.jpg"
    done = subprocess.run(
        [sys.executable, "-P", "-c", CODE, str(photo)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(target)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    where, *lines = done.stdout.splitlines()
    assert Path(where).is_relative_to(target)
    assert json.loads(lines[0])["verdict"] == "clear"


CODE = """
import sys, digitizer
print(digitizer.__file__)
from digitizer.cli import app
app(["read", "--json", sys.argv[1]])
"""
