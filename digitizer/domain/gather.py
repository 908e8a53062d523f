"""From the readings of single pages to one reading of the form they belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from digitizer.domain.form import FormSpec
from digitizer.domain.reading import FieldReading, PageReading


@dataclass(frozen=True, slots=True)
class FormReading:
    """All pages of one form of one TPS, at most one reading a page.

    Attributes:
        pages: by page number; the last reading given for a page is the one that counts.
        fields: the fields of all those pages.
        disputed: fields that two photos of the same page spell differently.
    """

    form: FormSpec
    pages: Mapping[int, PageReading]
    fields: Mapping[str, FieldReading]
    disputed: tuple[str, ...] = ()

    @property
    def missing_pages(self) -> tuple[int, ...]:
        """Numbers of the pages that hold counted numbers and of which no photo was read."""
        return tuple(
            page.number
            for page in self.form.pages
            if page.number not in self.pages and any(field.counted for field in page.fields)
        )


def gather(form: FormSpec, readings: Sequence[PageReading]) -> FormReading:
    """Put page readings together, oldest first; a later photo of a page replaces an earlier one.

    The earlier reading is not lost: where both spell a field and differ, the field is `disputed`.

    Raises:
        ValueError: a reading is of another form.
    """
    pages: dict[int, PageReading] = {}
    disputed: list[str] = []
    for reading in readings:
        if reading.form != form.id:
            raise ValueError(f"a reading of form {reading.form} among those of {form.id}")
        if (earlier := pages.get(reading.page)) is not None:
            disputed += [
                name
                for name, field in reading.fields.items()
                if name in earlier.fields and earlier.fields[name].as_written != field.as_written
            ]
        pages[reading.page] = reading
    fields = {
        name: field
        for number in sorted(pages)
        for name, field in pages[number].fields.items()
        if name in form.fields
    }
    return FormReading(
        form, MappingProxyType(pages), MappingProxyType(fields), tuple(dict.fromkeys(disputed))
    )
