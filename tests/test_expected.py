"""A few forms are looked for first, and none of them is taken for what it is not."""

import pytest

from digitizer.errors import PageNotLocated
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of, locate_expected
from digitizer.vision.blank import Atlas
from digitizer.vision.photo import Photo, decode_photo
from tests.synth import made_photo

KWK, KWK_COPY = "c-hasil-kwk-gubernur-2024-2p", "c-hasil-salinan-kwk-gubernur-2024-2p"
PPWP, PPWP_COPY = "c-hasil-ppwp-2024", "c-hasil-salinan-ppwp-2024"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return atlas_of(load_forms())


def photo(form: str, page: int = 1, seed: int = 71) -> Photo:
    return decode_photo(made_photo(form, page, "easy", seed).shot.jpeg)


@pytest.mark.parametrize("form", [KWK, KWK_COPY, PPWP, PPWP_COPY])
def test_whatever_is_expected_the_page_is_what_it_is(atlas: Atlas, form: str) -> None:
    shown = photo(form)
    for expected in ((KWK, KWK_COPY), (PPWP, PPWP_COPY), ("c-tidak-ada",), ()):
        found = locate_expected(shown, atlas, expected)
        assert (found.form.id, found.page.number) == (form, 1)
        assert found.identity in ("tag", "title")


def test_what_is_expected_is_found_without_a_look_at_the_others(atlas: Atlas) -> None:
    few = Atlas(atlas.forms, atlas.draw)
    assert locate_expected(photo(KWK_COPY), few, (KWK, KWK_COPY)).form.id == KWK_COPY
    assert {form for form, _ in few._drawn} <= {KWK, KWK_COPY}


def test_what_is_no_form_at_all_is_refused_as_ever(atlas: Atlas) -> None:
    shown = photo("c1-ppwp-2019", 2)
    few = atlas.among((KWK, KWK_COPY, PPWP, PPWP_COPY))
    with pytest.raises(PageNotLocated):
        locate_expected(shown, few, (KWK, KWK_COPY))
