import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitizer.vision.word_lines import HEIGHT, STEP, WIDEST, word_lines


def written(*lines: str, size: float = 1.0, wide: int = 900) -> NDArray[np.uint8]:
    """Lines of plain letters on paper, as high as they need."""
    pitch = round(44 * size)
    area = np.full((pitch * max(1, len(lines)) + 14, wide, 3), 235, np.uint8)
    for row, text in enumerate(lines):
        at = (20, round((row + 0.8) * pitch))
        cv2.putText(area, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (60, 40, 30), 2, cv2.LINE_AA)
    return area


@pytest.mark.parametrize("size", [0.5, 1.0, 2.0])
def test_a_line_has_one_height_however_large_it_was_written(size: float) -> None:
    (line,) = word_lines(written("SERATUS DUA", size=size))
    assert line.strip.shape[0] == HEIGHT
    assert line.strip.shape[1] % STEP == 0
    rows = np.flatnonzero((line.strip > 0.5).any(axis=1))
    assert rows[0] == pytest.approx(7, abs=2)
    assert rows[-1] == pytest.approx(32, abs=2)


def test_two_lines_are_two_from_top_to_bottom() -> None:
    first, second = word_lines(written("SERATUS DUA", "PULUH TIGA"))
    assert first.rows.stop <= second.rows.start
    alone = word_lines(written("SERATUS DUA"))[0]
    assert abs(first.strip.shape[1] - alone.strip.shape[1]) <= 2 * STEP


def test_paper_is_no_line() -> None:
    assert word_lines(np.full((60, 400, 3), 200, np.uint8)) == ()


def test_the_lines_of_a_table_are_not_what_is_written() -> None:
    area = written("LIMA")
    area[:3], area[-2:], area[:, :2] = 0, 0, 0
    (line,) = word_lines(area)
    (plain,) = word_lines(written("LIMA"))
    assert line.strip.shape == pytest.approx(plain.strip.shape, abs=2 * STEP)


def test_paper_between_words_is_cut_short() -> None:
    area = written("LIMA")
    far = written("LIMA")
    cv2.putText(far, "BELAS", (700, 35), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (60, 40, 30), 2)
    cv2.putText(area, "BELAS", (130, 35), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (60, 40, 30), 2)
    near, apart = word_lines(area)[0].strip, word_lines(far)[0].strip
    assert apart.shape[1] <= near.shape[1] + 30


def test_a_very_long_line_is_pressed_together() -> None:
    (line,) = word_lines(written("DELAPANRATUSDELAPANPULUHDELAPAN" * 3, size=0.6, wide=1800))
    assert line.strip.shape[1] <= WIDEST + STEP
