"""Every threshold in one place; the steps before only measure."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Final

from digitizer.domain.posterior import PaperModel
from digitizer.domain.risk import Proof
from digitizer.domain.witnesses import WitnessModel


@dataclass(frozen=True, slots=True)
class Policy:
    """Every threshold of the verdict, recorded with each result by its `name`.

    Attributes:
        min_spelled_probability: a glyph less likely is not spelled at all: `?`, never a guess.
        min_glyph_probability: of the boxes of a doubtful number, those read with less are named.
        min_field_probability: a number whose top reading has less, with all witnesses and rules
            weighed, is doubtful.
        min_moved_probability: a number moves off its top reading only to a value with at least
            so much; the form is doubtful all the same.
        min_plausible: a value that the digit boxes say with less is no candidate at all.
        min_photo_probability: a second photo that spells another number is heard when so sure.
        min_bubble_probability: bubbles that contradict the digits count only when this sure.
        min_tally_probability: likewise for turus and for the sum of their rows.
        min_words_probability: likewise for the number in words.
        min_box_pixels: a digit box smaller than this in the photo makes the page doubtful.
        min_sharpness: likewise for the blur of the printed box borders.
        max_reprojection_error_mm: likewise for the fit of the corner marks.
        max_residual_boxes: a field one of whose box borders lies farther from the page's mesh
            than this share of its smallest box is doubtful: it may be another border.
        max_glare: a field of whose boxes a larger share is burnt out is doubtful.
        max_shade: a field to which a shadow leaves less than the rest of the light is doubtful.
        min_likeness: two photos for two TPS whose ink is as alike as this (correlation) make both
            forms doubtful.
        paper: how often crews write a wrong number.
        witnesses: how often the writings of one number differ.
        most_steps: more than these are not followed to prove a probability; the form is undecided.
    """

    name: str = "all-witnesses-1"
    min_spelled_probability: float = 0.85
    min_glyph_probability: float = 0.999
    min_field_probability: float = 0.998
    min_moved_probability: float = 0.9995
    min_plausible: float = 1e-4
    min_photo_probability: float = 0.9
    min_bubble_probability: float = 0.9
    min_tally_probability: float = 0.98
    min_words_probability: float = 0.98
    min_box_pixels: float = 14.0
    min_sharpness: float = 0.1
    max_reprojection_error_mm: float = 2.0
    max_residual_boxes: float = 0.12
    max_glare: float = 0.0
    max_shade: float = 0.85
    min_likeness: float = 0.77
    paper: PaperModel = field(default_factory=PaperModel)
    witnesses: WitnessModel = field(default_factory=WitnessModel)
    most_steps: int = 12_000

    @property
    def key(self) -> str:
        """Name and thresholds in short: two policies with one key settle alike."""
        thresholds = json.dumps(asdict(self), sort_keys=True).encode()
        return f"{self.name}-{hashlib.sha256(thresholds).hexdigest()[:8]}"


PROOF: Final = Proof(numbers=1904, wrong=0, risk=1 / 400)
"""Counts on real ink at the shipped `min_field_probability`; a test counts them again."""
