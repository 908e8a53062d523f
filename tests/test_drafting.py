"""Blanks of strangers are looked at in a child, and whatever they are is told in words."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from digitizer.errors import DigitizerError
from digitizer.forms import load_form, parse_form
from digitizer.forms.render import render_pdf
from digitizer.sandbox import Drafting
from tests.story import OWN, own_form

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drafting() -> Iterator[Drafting]:
    with Drafting() as opened:
        yield opened


def learn(drafting: Drafting, *files: bytes) -> str:
    return drafting.learn(files, paper=None, name=OWN, title="Desa", year=2029).text


def white(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (width, height), 255).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"%PDF-1.7 and no more", "the PDF cannot be opened"),
        (b"neither", "neither a PDF nor a picture"),
        (b"", "neither a PDF nor a picture"),
        (white(1500, 2100), "no row of digit boxes was found"),
    ],
)
def test_what_is_no_blank_is_told_and_the_next_is_looked_at(
    drafting: Drafting, data: bytes, told: str
) -> None:
    with pytest.raises(DigitizerError, match=told):
        learn(drafting, data)


def test_a_blank_is_learned_drawn_and_told_page_by_page(drafting: Drafting) -> None:
    form = load_form("c-hasil-kwk-gubernur-2024-2p")
    learned = drafting.learn([render_pdf(form)], paper=None, name=OWN, title="Desa", year=2029)
    found = parse_form(learned.text.encode(), OWN)
    assert (found.id, found.title, found.year) == (OWN, "Desa", 2029)
    assert set(found.fields) == set(form.fields)
    assert [picture[:4] for picture in learned.pictures] == [b"\x89PNG"] * 2
    drawn = drafting.draw(learned.text)
    assert drawn.pdf.startswith(b"%PDF")
    assert len(drawn.pictures) == 2


def test_a_draft_with_a_page_without_a_number_is_drawn_all_the_same(drafting: Drafting) -> None:
    empty = "\n[[page]]\nnumber = 9\nsize_mm = [210.0, 297.0]\nfield = []\n"
    assert len(drafting.draw(own_form() + empty).pictures) == 3


def test_a_wrong_file_and_a_wrong_photo_are_told(drafting: Drafting) -> None:
    with pytest.raises(DigitizerError, match="not TOML"):
        drafting.draw("id = ")
    with pytest.raises(DigitizerError, match="this key is missing"):
        drafting.read('id = "x"', b"photo")
    outcome = drafting.read(own_form(), b"no picture")
    assert outcome.problem is not None
    assert outcome.problem.problem == "not_an_image"
