"""What the machine read on one page: the ink as glyphs, and every witness of each number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from digitizer.domain.glyph import UNREADABLE, GlyphScores
from digitizer.domain.number import Number, spell

Source = Literal["digits", "bubbles", "tally", "rowsums", "words"]
Method = Literal["tag_and_corners", "tag_and_some_corners", "corners", "print", "person"]
"""How a page was located: by its tag with all four corner marks, by its tag with fewer, by corner
marks alone, or by the print itself; or a person said which page it is, and nothing was located."""
IdentifiedBy = Literal["tag", "title", "layout", "person"]
"""What says which form and page it is: the tag, the printed title, only that the print fits, or a
person."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that a source may say, with its probability; None where it says nothing."""

    value: int | None
    probability: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One witness of a number: the values its ink may say, most likely first.

    `as_written` spells the top reading as that source shows it (a bubble column without a filled
    bubble is `_`, one with several is `?`), or is None where the source is not spelled by columns.
    """

    source: Source
    candidates: tuple[Candidate, ...]
    as_written: str | None = None

    @property
    def top(self) -> Candidate | None:
        """The most likely candidate, or None when the source says nothing at all."""
        return self.candidates[0] if self.candidates else None


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One number as the machine read it.

    `as_written` spells the most likely glyph of every digit box, leftmost first; `glyphs` keeps all
    their probabilities, so that alternatives and doubts can be shown later.
    """

    field: str
    as_written: str
    glyphs: tuple[GlyphScores, ...]
    evidence: tuple[Evidence, ...]

    @property
    def number(self) -> Number:
        """What the boxes spell."""
        return spell(self.as_written)

    @property
    def probability(self) -> float:
        """The probability of the least certain box.

        The minimum, since a mean hides the one bad glyph.
        """
        return min(scores.probability for scores in self.glyphs)

    def spelled(self, min_probability: float) -> str:
        """What the boxes say with every glyph less likely than `min_probability` left open as `?`.

        Nobody is shown a guess as if it had been read.
        """
        return "".join(
            glyph if scores.probability >= min_probability else UNREADABLE
            for glyph, scores in zip(self.as_written, self.glyphs, strict=True)
        )

    def by(self, source: Source) -> Evidence | None:
        """The evidence of one source, or None when the form or the page does not have it."""
        return next((item for item in self.evidence if item.source == source), None)


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the photo is where it matters; measured here, judged by the policy.

    Attributes:
        pixels_per_mm: resolution of the photo on the page.
        box_pixels: the shorter side of a typical digit box, in photo pixels.
        sharpness: share of its contrast that a stroke of a pen keeps, 0 (blurred away) to 1.
        brightness: median grey of the paper, 0 to 255.
        light: grey of the page's lightest paper, 0 to 255.
        glare: share of the digit boxes in view that are burnt out.
    """

    pixels_per_mm: float
    box_pixels: float
    sharpness: float
    brightness: float
    light: float = 255.0
    glare: float = 0.0


@dataclass(frozen=True, slots=True)
class FieldQuality:
    """How well the photo shows one field; measured here, judged by the policy.

    Attributes:
        residual_mm: farthest that a printed box border lies from where the page's mesh puts it;
            None where no border was found.
        glare: share of the field's digit boxes that are burnt out: white, without a border.
        shade: share of the light of the page's lightest paper that is missing here.
        whole: whether all digit boxes lie inside the picture.
    """

    residual_mm: float | None
    glare: float
    shade: float
    whole: bool


@dataclass(frozen=True, slots=True)
class PageReading:
    """Everything the machine read on one photo of one page. Kept for ever, never changed.

    Attributes:
        photo: sha256 of the photo's bytes.
        form, form_version, page: which form file the places came from, and which page it is.
        fields: by field id, in the order of the form.
        method, reprojection_error_mm, turns: how the page was placed, how well its marks fit, and
            by how many clockwise quarter turns the picture must be turned to stand upright.
        model: name of the digit model that read it.
        field_quality: by field id; empty in readings made before it was measured.
        identity: what says which page it is.
        rivals: what other methods of placing the page said instead, one short text each.
        ink_hash: nearly the same on every photo of this paper (`domain.likeness`), in hex; None
            where too little is written, and in readings made before it was measured.
    """

    photo: str
    form: str
    form_version: str
    page: int
    fields: Mapping[str, FieldReading]
    quality: Quality
    method: Method
    reprojection_error_mm: float
    turns: int
    model: str
    field_quality: Mapping[str, FieldQuality] = field(default_factory=lambda: MappingProxyType({}))
    identity: IdentifiedBy = "tag"
    rivals: tuple[str, ...] = ()
    ink_hash: str | None = None
