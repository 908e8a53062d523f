import json
from dataclasses import dataclass
from pathlib import Path
from shutil import copy

import numpy as np
import pytest
from numpy.typing import NDArray

from digitizer.errors import ModelError
from digitizer.vision.word_odds import SYMBOLS
from digitizer.vision.words import CARD, WordCalibration, WordReader
from tests.vision.test_word_lines import written

CALIBRATION = WordCalibration(sharpness=0.8, odd=2.0, surest=0.995)


@dataclass(frozen=True)
class Says:
    """In place of a network: for the n-th strip the n-th text, a letter a frame."""

    texts: tuple[str, ...]

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        assert len(batch) == len(self.texts)
        frames = batch.shape[3] // 4
        logits = np.full((len(batch), frames, 1 + len(SYMBOLS)), -8.0, np.float32)
        logits[:, :, 0] = 0.0
        for row, text in zip(logits, self.texts, strict=True):
            for place, symbol in enumerate(text):
                row[2 * place, 1 + SYMBOLS.index(symbol)] = 8.0
        return logits


def reader(*texts: str) -> WordReader:
    return WordReader("words-test", Says(texts), CALIBRATION)  # type: ignore[arg-type]


def test_each_area_has_its_own_answer_and_one_without_ink_has_none() -> None:
    paper = np.full((60, 400, 3), 220, np.uint8)
    areas = [written("TIGA"), paper, written("DUA PULUH")]
    first, nothing, last = reader("TIGA", "DUAPULUH").read(areas)
    assert (first.letters, nothing.letters, last.letters) == ("TIGA", "", "DUAPULUH")
    assert max(first.values, key=lambda n: first.values[n]) == 3
    assert dict(nothing.values) == {}
    assert last.values[20] > 0.9


def test_two_lines_are_one_number() -> None:
    (found,) = reader("SERATUS", "DUAPULUH").read([written("SERATUS", "DUA PULUH")])
    assert found.letters == "SERATUSDUAPULUH"
    assert found.values[120] > 0.9


def test_nothing_is_surer_than_was_measured() -> None:
    (found,) = reader("LIMA").read([written("LIMA")])
    assert sum(found.values.values()) <= CALIBRATION.surest


def test_no_area_is_no_answer() -> None:
    assert reader().read([]) == ()


def test_weights_that_are_not_those_of_the_card_are_refused(tmp_path: Path) -> None:
    card = tmp_path / CARD.name
    copy(CARD, card)
    copy(CARD.with_name("words.onnx"), tmp_path)
    facts = json.loads(card.read_text())
    WordReader.load(card)
    for part, changed in (
        ("needed 000000", {"sha256": "0" * 64}),
        ("symbols is 'AB'", {"symbols": "AB"}),
        ("found no weights", {"file": "lost.onnx"}),
    ):
        card.write_text(json.dumps({**facts, **changed}))
        with pytest.raises(ModelError, match=part):
            WordReader.load(card)
