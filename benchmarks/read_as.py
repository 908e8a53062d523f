"""A photo read as whoever rendered it knows it; one taken for another page was not read."""

from digitizer.errors import PhotoError
from digitizer.forms import load_forms
from digitizer.pipeline import ReadPage, atlas_of, read_page
from digitizer.vision.digits import GlyphReader


def read_as(jpeg: bytes, form: str, page: int) -> ReadPage | None:
    """What was read of a photo of this page; None where it was not located as that."""
    try:
        read = read_page(jpeg, atlas_of(load_forms()), GlyphReader.load())
    except PhotoError:
        return None
    return read if (read.reading.form, read.reading.page) == (form, page) else None
