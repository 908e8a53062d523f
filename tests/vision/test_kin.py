"""Pages that print the same but for a few words: which one it is, titles and TPS say."""

from collections.abc import Sequence

import pytest

from authoring.kin import ALL, Kin
from digitizer.forms import load_form, load_forms
from digitizer.pipeline import atlas_of, locate_expected
from digitizer.vision.blank import Atlas
from digitizer.vision.locate import locate_page
from digitizer.vision.photo import Photo, decode_photo
from tests.synth import Tier, made_photo

pytestmark = pytest.mark.slow

How = tuple[Tier, int]
READ: How = ("easy", 502)
UNREAD: How = ("medium", 501)
"""A photo whose titles are read, and one so small that the program reads none of them."""

BUPATI = [f"c-hasil-salinan-kwk-bupati-2024-{number}p" for number in (2, 3, 4)]


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return atlas_of(load_forms())


def salinan(kin: Kin) -> str:
    return f"c-hasil-salinan-kwk-{kin.key}"


def photo(form: str, page: int, how: How) -> Photo:
    return decode_photo(made_photo(form, page, *how).shot.jpeg)


def forms_of(names: Sequence[str]) -> set[str]:
    return {name.rpartition(" page ")[0] for name in names}


@pytest.mark.parametrize("kin", ALL, ids=lambda kin: kin.key)
def test_a_title_that_is_read_names_the_form(atlas: Atlas, kin: Kin) -> None:
    for number in (1, 2):
        found = locate_page(photo(salinan(kin), number, READ), atlas)
        assert (found.form.id, found.page.number) == (salinan(kin), number)
        assert (found.identity, found.rivals) == ("title", ())


@pytest.mark.parametrize("kin", ALL[::2], ids=lambda kin: kin.key)
def test_a_plano_is_named_by_its_tag(atlas: Atlas, kin: Kin) -> None:
    form = load_form(f"c-hasil-kwk-{kin.key}")
    for page in form.pages:
        found = locate_page(photo(form.id, page.number, ("medium", 77)), atlas)
        assert (found.form.id, found.page.number) == (form.id, page.number)
        assert (found.identity, found.rivals) == ("tag", ())


def test_a_title_that_is_not_read_leaves_every_number_of_paslon_open(atlas: Atlas) -> None:
    found = locate_page(photo(BUPATI[1], 1, UNREAD), atlas)
    assert found.identity == "layout"
    assert {*BUPATI} <= forms_of(found.rivals) | {found.form.id}


@pytest.mark.parametrize("paslon", [2, 3, 4])
def test_the_forms_of_the_tps_say_how_many_paslon_there_are(atlas: Atlas, paslon: int) -> None:
    expected = (f"c-hasil-kwk-bupati-2024-{paslon}p", f"c-hasil-salinan-kwk-bupati-2024-{paslon}p")
    found = locate_expected(photo(BUPATI[1], 1, UNREAD), atlas, expected)
    assert found.form.id == expected[1]
    assert not forms_of(found.rivals) & {*BUPATI}


def test_of_which_office_a_page_is_they_do_not_say(atlas: Atlas) -> None:
    """The votes for Bupati are not taken for those for Gubernur because these are expected."""
    found = locate_expected(
        photo(BUPATI[0], 1, UNREAD), atlas, ("c-hasil-salinan-kwk-gubernur-2024-2p",)
    )
    assert found.form.id in BUPATI or found.rivals


def test_pages_of_one_layout_are_drawn_once(atlas: Atlas) -> None:
    fresh = Atlas(atlas.forms, atlas.draw)
    locate_page(photo("c-hasil-salinan-kwk-walikota-2024-4p", 1, READ), fresh)
    drawn = [page for form, page in fresh._drawn if "salinan-kwk" in form]
    assert sorted(drawn) == [1, 2, 2, 2]
    groups = [len(group) for group in fresh.layouts if "salinan-kwk" in group[0][0].id]
    assert sorted(groups) == [3, 3, 3, 9]
