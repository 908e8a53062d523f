"""A few forms are looked for first, and none of them is taken for what it is not."""

import tomllib
from collections.abc import Collection
from dataclasses import replace

import cv2
import pytest

from digitizer import pipeline
from digitizer.domain.form import FormSpec
from digitizer.errors import PageNotLocated
from digitizer.forms import form_of, load_forms
from digitizer.forms.load import shipped_text
from digitizer.forms.render import render_image
from digitizer.pipeline import atlas_of, locate_expected
from digitizer.vision.blank import Atlas
from digitizer.vision.locate import PageLocation, locate_page
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


def test_of_two_forms_with_the_same_titles_neither_is_sure_unless_one_is_expected(
    atlas: Atlas,
) -> None:
    copy = next(form for form in atlas.forms if form.id == KWK_COPY)
    twin = replace(copy, id="c-hasil-salinan-lain")
    both = Atlas((copy, twin), atlas.draw)
    shown = photo(KWK_COPY)
    found = locate_expected(shown, both, ())
    assert found.identity == "layout"
    assert len(found.rivals) == 1
    for name in (copy.id, twin.id):
        sure = locate_expected(shown, both, (name,))
        assert (sure.form.id, sure.identity, sure.rivals) == (name, "title", ())


def own_form(name: str, office: str) -> FormSpec:
    """A form of an installation: a shipped layout with words that no form of KPU prints."""
    written = shipped_text(KWK_COPY).replace("GUBERNUR DAN WAKIL GUBERNUR", office)
    return form_of(tomllib.loads(written.replace("GUBERNUR", office)) | {"id": name}, name)


def test_words_that_tell_two_own_forms_apart_count_whichever_is_expected(atlas: Atlas) -> None:
    desa, dusun = own_form("own-desa", "KEPALA DESA"), own_form("own-dusun", "KEPALA DUSUN")
    own = Atlas((*atlas.forms, desa, dusun), atlas.draw)
    for shown in (desa, dusun):
        page = render_image(shown, 1, 2200 / shown.page(1).size.height)
        sheet = cv2.copyMakeBorder(page, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=(90, 110, 120))
        seen = decode_photo(cv2.imencode(".jpg", sheet)[1].tobytes())
        for expected in (desa, dusun):
            found = locate_expected(seen, own, (expected.id,))
            assert (found.form.id, found.identity, found.rivals) == (shown.id, "title", ())


def test_what_is_expected_gets_a_glance_and_all_forms_a_thorough_look(
    atlas: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A photo of another form would cost a quarter of a minute of processor time otherwise."""
    looks: list[tuple[int, bool]] = []

    def watched(
        shown: Photo, among: Atlas, expected: Collection[str], *, at_a_glance: bool = False
    ) -> PageLocation:
        looks.append((len(among.forms), at_a_glance))
        return locate_page(shown, among, expected, at_a_glance=at_a_glance)

    monkeypatch.setattr(pipeline, "locate_page", watched)
    assert locate_expected(photo("c1-ppwp-2019", 2), atlas, (KWK, KWK_COPY)).page.number == 2
    assert looks == [(2, True), (len(atlas.forms), False)]
