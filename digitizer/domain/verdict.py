"""What may be said of a form as a whole: clear, doubtful with every reason, or unreadable."""

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Final, Literal

from digitizer.errors import NO_NUMBERS, Numbers

ReasonCode = Literal[
    "moved",
    "unsure_box",
    "unsure_number",
    "marked_box",
    "unreadable_box",
    "mark_after_digit",
    "mark_and_blank",
    "blank",
    "bubbles_disagree",
    "tally_disagrees",
    "row_sums_disagree",
    "words_disagree",
    "rule_broken",
    "paper_inconsistent",
    "over_limit",
    "photos_disagree",
    "papers_disagree",
    "undecided",
    "coarse_photo",
    "blurred_photo",
    "loose_fit",
    "locations_disagree",
    "form_unsure",
    "cut_off",
    "glare_on_field",
    "shadow_on_field",
    "bent_field",
    "page_missing",
    "duplicate_elsewhere",
    "sender_objects",
    "round_unsure",
    "near_duplicate",
]

PHOTO_REASONS: Final[frozenset[ReasonCode]] = frozenset(
    {
        "coarse_photo",
        "blurred_photo",
        "loose_fit",
        "locations_disagree",
        "form_unsure",
        "cut_off",
        "glare_on_field",
        "shadow_on_field",
        "bent_field",
    }
)
"""Reasons that lie in the photo and not in the ink: a better photo would mend them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for doubt. `numbers` holds what was found and needed; wording.py words it."""

    code: ReasonCode
    field: str | None = None
    rule: str | None = None
    numbers: Numbers = dataclass_field(default_factory=lambda: NO_NUMBERS)


@dataclass(frozen=True, slots=True)
class Clear:
    """One key confirms the whole form. It never means accepted by itself."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A person must look at what the reasons name."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No number could be read from the photo: the stable code, what was found, what to do.

    `numbers` are those of `PhotoError`; a problem kept before they were has none.
    """

    problem: str
    message: str
    hint: str
    numbers: Numbers = dataclass_field(default_factory=lambda: NO_NUMBERS)


Verdict = Clear | Doubtful | Unreadable
