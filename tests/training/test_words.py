"""What the training of number words promises without torch."""

from pathlib import Path
from shutil import copy

import numpy as np
import pytest
import reportlab

from digitizer.domain.number_words import number_of_words
from digitizer.training.word_areas import area_lines, draw_area
from digitizer.training.word_hands import PARTS, font_files, write_words
from digitizer.training.word_texts import Written, draw_text, symbols_of
from digitizer.vision.word_lines import HEIGHT, word_lines
from digitizer.vision.word_odds import OTHER, SYMBOLS

VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"


@pytest.fixture
def fonts(tmp_path: Path) -> Path:
    """As many families as it takes to keep one aside; here all look the same."""
    for name in "abcde":
        (tmp_path / name).mkdir()
        copy(VERA, tmp_path / name / f"{name}-Regular.ttf")
    return tmp_path


def test_a_family_of_fonts_is_in_one_part_alone(fonts: Path) -> None:
    (fonts / "b" / "files").mkdir()
    copy(VERA, fonts / "b" / "files" / "b-latin-400-normal.woff")
    parts = {part: {file.name for file in font_files(fonts, part)} for part in PARTS}
    assert {name[0] for name in parts["learnt"]} == set("ace")
    assert parts["calibrating"] == {"b-Regular.ttf", "b-latin-400-normal.woff"}
    assert parts["unseen"] == {"d-Regular.ttf"}


def test_a_folder_without_fonts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found no fonts"):
        font_files(tmp_path, "learnt")


def test_a_text_says_which_signs_are_to_be_read_in_it() -> None:
    rng = np.random.default_rng(2)
    texts = [draw_text(rng) for _ in range(400)]
    for written in texts:
        assert set(written.symbols) <= set(SYMBOLS)
        letters = [one for one in written.text if one.isalnum()]
        assert len(written.symbols) == len(letters)
    numbers = [written for written in texts if number_of_words(written.symbols) is not None]
    assert 0.6 < len(numbers) / len(texts) < 0.85
    assert any(OTHER in written.symbols for written in texts)
    assert symbols_of("Lima7") == "LIMA" + OTHER


def test_words_are_written_one_after_the_other(fonts: Path) -> None:
    files = font_files(fonts, "learnt")
    rng = np.random.default_rng(4)
    short = write_words(Written("LIMA", "LIMA"), files, rng)
    long = write_words(Written("LIMA PULUH LIMA", "LIMAPULUHLIMA"), files, rng)
    assert short.max() > 0.9
    assert long.shape[1] / long.shape[0] > 2 * short.shape[1] / short.shape[0]


def test_what_the_product_cuts_out_of_an_area_is_what_was_written(fonts: Path) -> None:
    files = font_files(fonts, "learnt")
    rng = np.random.default_rng(8)
    read, without = 0, 0
    for _ in range(80):
        for strip, symbols in area_lines(files, rng, 0.3):
            assert strip.shape[0] == HEIGHT
            read, without = read + bool(symbols), without + (not symbols)
    assert read >= 60
    assert without >= 1


def test_the_rows_that_are_written_on_are_known(fonts: Path) -> None:
    files = font_files(fonts, "learnt")
    rng = np.random.default_rng(11)
    apart = []
    for _ in range(40):
        area, rows, symbols = draw_area(files, rng, 0.2)
        lines = word_lines(area)
        if len(symbols) > 3 and len(lines) == 1:
            apart.append(abs(lines[0].rows.start - rows.start) / (rows.stop - rows.start))
    assert np.median(apart) < 0.2
