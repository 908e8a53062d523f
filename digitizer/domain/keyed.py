"""A page that a person can read and the machine cannot: its numbers are all still to be read."""

from types import MappingProxyType
from typing import Final

from digitizer.domain.form import FormSpec
from digitizer.domain.glyph import UNREADABLE, glyph_scores
from digitizer.domain.reading import FieldReading, PageReading, Quality

KEYED: Final = "keyed"
"""Stands where the name of the model stands in readings that no model made."""

NOT_MEASURED: Final = Quality(pixels_per_mm=0, box_pixels=0, sharpness=0, brightness=0)

NOTHING_READ: Final = glyph_scores({UNREADABLE: 1.0})


def unread_page(photo: str, form: FormSpec, page: int) -> PageReading:
    """A reading that says nothing of any number of a page.

    From here on it goes the way of every reading, with every number in doubt: so its form arrives
    empty, and two people must read it.

    Args:
        photo: sha256 of the photo.
        form: which it is, as a person says.
        page: likewise.
    """
    fields = {
        field.id: FieldReading(
            field.id,
            UNREADABLE * len(field.digit_boxes),
            (NOTHING_READ,) * len(field.digit_boxes),
            (),
        )
        for field in form.page(page).fields
    }
    return PageReading(
        photo=photo,
        form=form.id,
        form_version=form.version,
        page=page,
        fields=MappingProxyType(fields),
        quality=NOT_MEASURED,
        method="person",
        identity="person",
        reprojection_error_mm=0.0,
        turns=0,
        model=KEYED,
    )
