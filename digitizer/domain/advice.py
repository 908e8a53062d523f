"""What a camera's preview shows, and the one thing to do next before the photo is taken."""

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Literal

from digitizer.domain.form import Corner
from digitizer.errors import NO_NUMBERS, Numbers

AdviceCode = Literal[
    "ready",
    "too_large",
    "too_dark",
    "too_blurred",
    "corners_missing",
    "glare",
    "come_closer",
    "unknown_form",
    "tag_hidden",
    "part_of_sheet",
    "sheet_seen",
    "nothing_seen",
]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next. `numbers` holds what was found and needed; review_ui/ words it."""

    code: AdviceCode
    numbers: Numbers = dataclass_field(default_factory=lambda: NO_NUMBERS)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a preview shows. Nothing here is a reading, and no photo is refused for it.

    Attributes:
        form, page: by the tag; None where no known tag is seen.
        tag: number of the tag seen, known or not.
        seen: corner marks of the page that are seen, in the order of the form.
        missing: those that are not; both are empty without a known tag.
        pixels_per_mm: on the page, in the photo as it will be decoded; None where no page was
            placed.
        light: grey of the lightest paper, 0 to 255.
        sharpness: share of their contrast that strong edges keep; None without edges.
        glare: digit boxes that are burnt out.
        advice: the one thing to do next.
    """

    form: str | None
    page: int | None
    tag: int | None
    seen: tuple[Corner, ...]
    missing: tuple[Corner, ...]
    pixels_per_mm: float | None
    light: float
    sharpness: float | None
    glare: int
    advice: Advice
