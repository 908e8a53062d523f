"""What the ink says of a number, all its witnesses taken together.

The digit boxes are the number; bubbles, turus, row sums and words are other writings of it by the
same hand. A witness that reads v makes v likelier by the odds that it would read v if v were
written, against reading it by chance. Witnesses are not independent: a crew that miscounted wrote
the same wrong count in turus and row sums. Those are weighed as one family that may be wrong
together (a naive Bayes model with a shared error: Kuncheva, Combining Pattern Classifiers, 4.4).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Final, Literal

from digitizer.domain.glyph import ALPHABET, BLANK, DIGITS, UNREADABLE, GlyphScores
from digitizer.domain.reading import Candidate, Evidence, FieldReading

NUMBERS: Final = 300
"""Numbers that a witness may read by chance: about as many voters as a TPS has."""

FAINTEST: Final = 1e-6
"""A glyph, or a spelling, less likely than this is not followed."""

Witness = Literal["bubbles", "words", "tally", "rowsums"]
"""The sources beside the digit boxes, which are the number itself."""

COPY: Final[tuple[Witness, ...]] = ("bubbles", "words")
COUNT: Final[tuple[Witness, ...]] = ("tally", "rowsums")


@dataclass(frozen=True, slots=True)
class WitnessModel:
    """How often the writings of one number differ on paper.

    Attributes:
        bubbles, words, tally, rowsums: that it shows another number than the one it stands for.
        miscount: that turus and row sums together stand for another count than the digits.
    """

    bubbles: float = 0.005
    words: float = 0.01
    tally: float = 0.01
    rowsums: float = 0.01
    miscount: float = 0.02

    def slip(self, witness: Witness) -> float:
        """How often one witness shows another number."""
        match witness:
            case "bubbles":
                return self.bubbles
            case "words":
                return self.words
            case "tally":
                return self.tally
            case "rowsums":
                return self.rowsums


def options_of(
    reading: FieldReading, model: WitnessModel, *, plausible: float
) -> tuple[Candidate, ...]:
    """What the digit boxes may say, weighed by all witnesses; most likely first, summing to 1.

    No value is among them that the boxes themselves do not say with at least `plausible`: a witness
    or a rule may choose among what the ink may say and never beyond it.

    Args:
        reading: the number as it was read.
        model: how often the writings of a number differ.
        plausible: the least probability, by the digit boxes alone, of a value worth weighing.
    """
    ink = {v: p for v, p in ink_of_boxes(reading.glyphs).items() if p >= plausible}
    others = [item for item in reading.evidence if item.source != "digits"]
    weights = dict(ink)
    if others:
        shown = {c.value for item in others for c in item.candidates if c.value is not None}
        support: dict[int | None, float] = {
            value: _support(value, others, model) for value in shown
        }
        unshown = _support(None, others, model)
        # A witness says nothing of ink that is no number.
        support[None] = 1.0
        weights = {value: p * support.get(value, unshown) for value, p in ink.items()}
    total = sum(weights.values())
    if total <= 0:
        return (Candidate(None, 1.0),)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0] is None, item[0] or 0))
    return tuple(Candidate(value, weight / total) for value, weight in ranked)


def ink_of_boxes(glyphs: Iterable[GlyphScores]) -> Mapping[int | None, float]:
    """Probabilities of the values that a row of boxes may spell; None is no number at all.

    The sum over all spellings, box by box, of what `number.spell` makes of each: spellings that
    come to the same are one from there on, so a row of unreadable scrawl costs no more.
    """
    so_far: dict[_Spelled, float] = {"struck": 1.0}
    for box in glyphs:
        likely = [one for one in zip(ALPHABET, box.probabilities, strict=True) if one[1] > FAINTEST]
        after: dict[_Spelled, float] = {}
        for spelled, weight in so_far.items():
            for glyph, probability in likely:
                longer = _spelled_on(spelled, glyph)
                after[longer] = after.get(longer, 0.0) + weight * probability
        so_far = {spelled: weight for spelled, weight in after.items() if weight > FAINTEST}
    values: dict[int | None, float] = {}
    for spelled, weight in so_far.items():
        value = spelled if isinstance(spelled, int) else 0 if spelled == "struck" else None
        values[value] = values.get(value, 0.0) + weight
    return values


_Spelled = int | Literal["struck", "blank", "none"]
"""What boxes spell so far: marks only, without or with a blank one, a number, or none ever."""


def _spelled_on(spelled: _Spelled, glyph: str) -> _Spelled:
    if glyph == UNREADABLE or spelled == "none":
        return "none"
    if glyph in DIGITS:
        return 10 * spelled + int(glyph) if isinstance(spelled, int) else int(glyph)
    if isinstance(spelled, int):
        return "none"
    return "blank" if glyph == BLANK else spelled


def _support(value: int | None, evidence: Iterable[Evidence], model: WitnessModel) -> float:
    """How much likelier the other witnesses are if this value was written than by chance.

    None stands for a value that none of them shows.
    """
    held = {item.source: item for item in evidence}
    copies = prod(_odds(value, held[s], model.slip(s)) for s in COPY if s in held)
    counts = [(held[s], model.slip(s)) for s in COUNT if s in held]
    together = prod(_odds(value, *item) for item in counts)
    said = {c.value for item, _ in counts for c in item.candidates if c.value is not None}
    # What the count would be by chance: the mean over all numbers, of which few were read at all.
    likely = sum(prod(_odds(u, *item) for item in counts) for u in said)
    never = prod(_odds(None, *item) for item in counts)
    by_chance = (likely + (NUMBERS - len(said)) * never) / NUMBERS
    return copies * ((1 - model.miscount) * together + model.miscount * by_chance)


def _odds(value: int | None, item: Evidence, slip: float) -> float:
    """Odds of what one witness shows, if this value was written, against chance.

    None stands for a value that the witness does not show at all; `slip` is how often it shows
    another number.
    """
    shown = {c.value: c.probability for c in item.candidates}
    nothing = max(shown.get(None, 0.0), 1 - sum(shown.values()))
    right = 0.0 if value is None else shown.get(value, 0.0)
    return (1 - slip) * NUMBERS * right + slip * (1 - nothing) + nothing
