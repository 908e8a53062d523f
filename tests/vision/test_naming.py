"""Naming a confirmed layout: what its titles say decides, and at what size they must say it."""

import numpy as np
import pytest

from digitizer.errors import PageNotLocated
from digitizer.forms import load_form
from digitizer.forms.render import render_image
from digitizer.vision import naming
from digitizer.vision.confirm import Placed
from digitizer.vision.mesh import Mesh
from digitizer.vision.naming import Named, name_page
from digitizer.vision.registration import Agreement, Registered
from digitizer.vision.sight import Candidate, Sight
from digitizer.vision.tesseract import PrintReader, Word
from digitizer.vision.titles import Titles
from tests.vision.pages import PPWP, photo_of

KWK = "c-hasil-kwk-gubernur-2024-2p"
TITLE = "IV. DATA RINCIAN PEROLEHAN SUARA PASANGAN CALON PRESIDEN DAN WAKIL PRESIDEN"
MODEL = "MODEL C.HASIL-PPWP"
NUMBER = "Halaman 2 dari 3"
LARGE, SMALL = 3.0, 0.6
"""Photo pixels a millimetre at which titles can and cannot be read."""

SIGHT = Sight.of(photo_of(np.full((1200, 900, 3), 255, np.uint8)))


def placed(form_id: str, scale: float, support: float = 1.0) -> Placed:
    form = load_form(form_id)
    page = form.page(2)
    at = np.array([(x, y) for y in range(50, 900, 50) for x in range(50, 600, 50)], np.float64)
    agrees = np.ones((len(at), 2), np.bool_)
    agrees[: round(len(at) * (1 - support))] = False
    ones = np.ones((len(at), 2))
    candidate = Candidate(form, page, np.diag([scale, scale, 1.0]), None, 0.0, "print")
    agreement = Agreement(at, ones, agrees, np.zeros_like(ones))
    return Placed(candidate, Registered(Mesh.flat(page.size), agreement))


def named(monkeypatch: pytest.MonkeyPatch, strips: tuple[str, ...], *places: Placed) -> Named:
    """What a page is called whose strips read so, each word with a confidence of 50."""
    read = Titles(tuple(tuple(Word(w, 0.0, 50.0) for w in strip.split()) for strip in strips))
    monkeypatch.setattr(naming, "read_titles", lambda *_: read)
    return name_page(SIGHT, places, PrintReader(None), render_image)


def test_titles_that_were_read_name_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    found = named(monkeypatch, (TITLE, MODEL, NUMBER), placed(PPWP, LARGE))
    assert (found.identity, found.rivals) == ("title", ())


def test_the_office_alone_leaves_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    assert named(monkeypatch, (TITLE, "", ""), placed(PPWP, LARGE)).identity == "layout"


@pytest.mark.parametrize("strip", ["DATA", TITLE.replace("PRESIDEN", "")])
def test_large_titles_without_their_office_are_those_of_another_form(
    monkeypatch: pytest.MonkeyPatch, strip: str
) -> None:
    with pytest.raises(PageNotLocated) as caught:
        named(monkeypatch, (strip, "", ""), placed(PPWP, LARGE))
    assert caught.value.problem == "unknown_form"
    assert caught.value.numbers["variant"] == "title"


def test_titles_too_small_to_read_leave_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    assert named(monkeypatch, ("DATA", "", ""), placed(PPWP, SMALL)).identity == "layout"


def test_another_office_denies_at_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    other = TITLE.replace("PRESIDEN", "GUBERNUR")
    with pytest.raises(PageNotLocated):
        named(monkeypatch, (other, "", ""), placed(PPWP, SMALL))


def test_where_nothing_was_read_the_layout_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    assert named(monkeypatch, ("", "", ""), placed(PPWP, LARGE)).identity == "layout"


def test_without_titles_a_row_that_hardly_agrees_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form with one row more agrees everywhere but there."""
    with pytest.raises(PageNotLocated) as caught:
        named(monkeypatch, ("", "", ""), placed(PPWP, LARGE, 0.94))
    assert caught.value.problem == "unknown_form"
    numbers = caught.value.numbers
    assert (numbers["variant"], numbers["needed"]) == ("row", 28)
    assert 0 <= int(numbers["found"]) < 28


def test_without_titles_another_year_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "other_year", lambda *_: "2034")
    with pytest.raises(PageNotLocated) as caught:
        named(monkeypatch, ("", "", ""), placed(PPWP, SMALL))
    assert caught.value.problem == "unknown_form"
    assert caught.value.numbers == {"variant": "year", "form": PPWP, "page": 2, "found": "2034"}
    assert named(monkeypatch, (TITLE, MODEL, NUMBER), placed(PPWP, LARGE)).identity == "title"


def test_titles_that_were_read_outweigh_a_row_hidden_by_a_bend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = named(monkeypatch, (TITLE, MODEL, NUMBER), placed(PPWP, LARGE, 0.94))
    assert found.identity == "title"


def test_only_a_page_that_fits_nearly_as_well_is_a_rival(monkeypatch: pytest.MonkeyPatch) -> None:
    best = placed(PPWP, SMALL)
    close, far = placed(KWK, SMALL, 0.97), placed(KWK, SMALL, 0.9)
    assert named(monkeypatch, ("", "", ""), best, close).rivals == (f"{KWK} page 2",)
    assert named(monkeypatch, ("", "", ""), best, far).rivals == ()
