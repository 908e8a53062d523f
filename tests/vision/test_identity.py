"""Which form and page a layout is: titles cut from renders, read, and judged."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import pypdfium2
import pytest

from digitizer.domain.form import FormSpec, PageSpec
from digitizer.forms import load_forms
from digitizer.forms.render import render_image
from digitizer.vision.alignment import align, likeness, words_of
from digitizer.vision.identity import TitleVerdict, judge
from digitizer.vision.ink import GreyImage
from digitizer.vision.photo import BgrImage
from digitizer.vision.tesseract import PrintReader, Tesseract, Word, find_tesseract
from digitizer.vision.titles import CAP_HEIGHT, Titles, read_titles, ready_strip

FORMS = {form.id: form for form in load_forms()}
PAGES = [(form, page) for form in FORMS.values() for page in form.pages if page.titles]
PPWP, KWK = FORMS["c-hasil-ppwp-2024"], FORMS["c-hasil-kwk-gubernur-2024-2p"]
CDIGITAL = FORMS["c-hasil-ppwp-cdigital-2024"]
CAP_PIXELS = 11


def cut_titles(flat: BgrImage, scale: float, page: PageSpec) -> list[GreyImage]:
    """The title strips of a page laid flat at so many pixels a millimetre."""
    return [
        ready_strip(
            flat[
                max(0, round(rect.y * scale)) : max(0, round(rect.bottom * scale)),
                max(0, round(rect.x * scale)) : max(0, round(rect.right * scale)),
            ],
            median(text.size for text in texts) * CAP_HEIGHT * scale,
        )
        for rect, texts in zip(page.titles, page.printed_titles, strict=True)
    ]


def identify(flat: BgrImage, page: PageSpec) -> TitleVerdict:
    scale = flat.shape[1] / page.size.width
    return judge(
        read_titles(cut_titles(flat, scale, page), PrintReader(find_tesseract())), page, PAGES
    )


def scale_of(page: PageSpec, cap_pixels: float) -> float:
    """Pixels a millimetre at which the smallest title has capitals of this height."""
    sizes = [text.size for texts in page.printed_titles for text in texts]
    return cap_pixels / (0.72 * min(sizes))


def photographed(form: FormSpec, page: PageSpec, cap_pixels: float) -> BgrImage:
    """The blank, a little blurred, in uneven light, with noise."""
    blank = render_image(form, page.number, scale_of(page, cap_pixels))
    blurred = cv2.GaussianBlur(blank, (0, 0), 0.7).astype(np.float64)
    light = np.linspace(0.6, 0.95, blank.shape[1])[None, :, None]
    noise = np.random.default_rng(7).normal(0, 5, blank.shape)
    return np.clip(blurred * light + noise, 0, 255).astype(np.uint8)


def edited(form: FormSpec, number: int, *changes: tuple[str, str]) -> FormSpec:
    """The form with other words in the print of one page: a sibling with the same layout."""
    page = form.page(number)
    texts = list(page.texts)
    for old, new in changes:
        texts = [replace(text, text=text.text.replace(old, new)) for text in texts]
    sibling = replace(page, texts=tuple(texts))
    return replace(form, pages=tuple(sibling if p is page else p for p in form.pages))


def titles(*strips: str, confidence: float = 96.0) -> Titles:
    return Titles(
        tuple(tuple(Word(word, 0.0, confidence) for word in strip.split()) for strip in strips)
    )


@pytest.mark.parametrize(
    ("form", "page"), PAGES, ids=[f"{form.id}-{page.number}" for form, page in PAGES]
)
def test_every_known_page_is_confirmed_by_its_own_titles(form: FormSpec, page: PageSpec) -> None:
    assert identify(photographed(form, page, CAP_PIXELS), page).outcome == "confirmed"


@pytest.mark.parametrize(
    ("form", "number", "changes"),
    [
        (KWK, 2, [("GUBERNUR", "WALIKOTA")]),
        (KWK, 2, [("GUBERNUR", "BUPATI")]),
        (KWK, 2, [("Halaman 2", "Halaman 1")]),
        (PPWP, 1, [("2024", "2029")]),
        (PPWP, 2, [("PRESIDEN", "GUBERNUR"), ("PPWP", "KWK")]),
        (PPWP, 3, [("PPWP", "DPRD")]),
    ],
)
def test_a_sibling_of_the_same_layout_is_contradicted(
    form: FormSpec, number: int, changes: Sequence[tuple[str, str]]
) -> None:
    sibling = edited(form, number, *changes)
    found = identify(photographed(sibling, form.page(number), CAP_PIXELS), form.page(number))
    assert found.outcome == "contradicted", found


@pytest.mark.parametrize("page", PPWP.pages, ids=lambda page: str(page.number))
def test_letters_too_small_to_read_say_nothing(page: PageSpec) -> None:
    found = identify(photographed(PPWP, page, 2.5), page)
    assert found.outcome == "illegible"


def test_without_the_program_titles_are_illegible() -> None:
    page = KWK.page(2)
    flat = render_image(KWK, 2, 2.0)
    found = judge(read_titles(cut_titles(flat, 2.0, page), PrintReader(None)), page, PAGES)
    assert found.outcome == "illegible"


def test_a_program_that_fails_has_read_nothing() -> None:
    paper = np.full((40, 40), 255, np.uint8)
    assert PrintReader(Tesseract(Path("/bin/false"), None)).read(paper) == ()
    assert PrintReader(Tesseract(Path("/does/not/exist"), None)).read(paper) == ()
    assert Tesseract(Path("/bin/false"), None).languages() == ()


TITLE = "IV. DATA RINCIAN PEROLEHAN SUARA PASANGAN CALON GUBERNUR DAN WAKIL GUBERNUR"
MODEL = "MODEL C.HASIL-KWK GUBERNUR DUA PASLON"


@pytest.mark.parametrize(
    ("strips", "outcome"),
    [
        ((TITLE, MODEL, "Halaman 2 dari 2"), "confirmed"),
        (
            (
                TITLE.replace("RNUR", "RN UR"),
                "MODEL CHAS1L-KWK GUBERMUR DUA PASLON",
                "Ha1aman 2 dari 2",
            ),
            "confirmed",
        ),
        ((TITLE, MODEL, "Halaman 1 dari 2"), "contradicted"),
        ((TITLE, MODEL, "Halaman"), "confirmed"),
        ((TITLE.replace("GUBERNUR", "WALIKOTA"), MODEL, "Halaman 2 dari 2"), "contradicted"),
        ((TITLE, MODEL.replace("GUBERNUR", "BUPATI"), "Halaman 2 dari 2"), "contradicted"),
        ((TITLE, MODEL.replace("DUA", "TIGA"), "Halaman 2 dari 2"), "contradicted"),
        ((TITLE, MODEL.replace("DUA PASLON", ""), "Halaman 2 dari 2"), "likely"),
        ((TITLE.replace("GUBERNUR", "KETUA RT"), MODEL, "Halaman 2 dari 2"), "contradicted"),
        (
            (TITLE, "MODEL C.HASIL SALINAN-KWK GUBERNUR DUA PASLON", "Halaman 2 dari 2"),
            "contradicted",
        ),
        ((TITLE, "D.HASIL-KWK", "Halaman 2 dari 2"), "unlikely"),
        ((TITLE, "", "Halaman 2 dari 2"), "likely"),
        ((TITLE.replace("GUBERNUR", ""), "", "Halaman 2 dari 2"), "unlikely"),
        (("DATA SUARA", "", "Halaman 2 dari 2"), "illegible"),
        ((TITLE, "MODEL D.HASIL-KWK GUBERNUR DUA PASLON", "Halaman 2 dari 2"), "contradicted"),
        (("", "", "Halaman 2 dari 2"), "illegible"),
    ],
)
def test_words_are_judged_in_their_places(strips: tuple[str, ...], outcome: str) -> None:
    assert judge(titles(*strips), KWK.page(2), PAGES).outcome == outcome


def test_a_page_number_must_be_seen_where_nothing_else_tells_a_rival() -> None:
    page = CDIGITAL.page(2)  # page 2 of C.HASIL-PPWP says the same, and more
    strips = [" ".join(text.text for text in texts) for texts in page.printed_titles]
    assert judge(titles(*strips), page, PAGES).outcome == "confirmed"
    strips[2] = "Halaman"
    found = judge(titles(*strips), page, PAGES)
    assert (found.outcome, found.reason) == ("likely", "not seen: 2")


def test_what_was_read_unsurely_contradicts_nothing_and_confirms_nothing() -> None:
    read = titles(TITLE, MODEL, "Halaman 1 dari 2", confidence=50.0)
    found = judge(read, KWK.page(2), PAGES)
    assert found.outcome == "likely"
    assert "1 stands where 2 is printed" in found.reason


def test_an_impossible_year_is_a_misreading() -> None:
    page = KWK.page(1)
    strips = [" ".join(text.text for text in texts) for texts in page.printed_titles]
    assert judge(titles(*strips), page, PAGES).outcome == "confirmed"
    strips[0] = strips[0].replace("2024", "7024")
    assert judge(titles(*strips), page, PAGES).outcome == "likely"
    strips[0] = strips[0].replace("7024", "2034")
    unsure = judge(titles(*strips, confidence=50.0), page, PAGES)
    assert (unsure.outcome, unsure.reason) == (
        "unlikely",
        "perhaps 2034 stands where 2024 is printed",
    )


def test_a_title_read_well_but_for_its_year_is_unlikely_the_page() -> None:
    page = KWK.page(1)
    strips = [" ".join(text.text for text in texts) for texts in page.printed_titles]
    assert (
        judge(titles(strips[0].replace("2024", ""), *strips[1:]), page, PAGES).outcome == "unlikely"
    )


def test_words_part_at_spaces_and_hyphens() -> None:
    assert words_of(["MODEL C.HASIL", "SALINAN-PPWP"]) == ("MODEL", "CHASIL", "SALINAN", "PPWP")


def test_likeness_knows_signs_that_are_taken_for_one_another() -> None:
    assert likeness("HAS1L", "HASIL") == 1
    assert likeness("LERNBAR", "LEMBAR") == 1
    assert likeness("GUBERNUR", "BUPATI") < 0.4


def test_a_word_read_in_two_parts_is_one_and_a_longer_one_is_not_cut() -> None:
    def read(text: str) -> str:
        words = [Word(word, 0.0, 90.0) for word in text.split()]
        return align(["CHASIL", "PPWP"], words).places[1].read

    assert read("C.HASIL PP WP") == "PPWP"
    assert read("C.HASIL-PPWPLN") == "PPWPLN"


@pytest.mark.dev_data
@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_official_plano_is_confirmed(dev_data: Path, number: int) -> None:
    document = pypdfium2.PdfDocument(dev_data / "forms/c-hasil-ppwp-2024.pdf")
    flat = document[number - 1].render(scale=2.5 * 25.4 / 72).to_numpy()[:, :, :3]
    assert identify(np.ascontiguousarray(flat), PPWP.page(number)).outcome == "confirmed"


@pytest.mark.dev_data
@pytest.mark.parametrize(
    ("file", "form", "number"),
    [
        ("c-hasil-salinan-ppwp-2024-hal1.png", "c-hasil-salinan-ppwp-2024", 1),
        ("c-hasil-salinan-ppwp-2024-hal2.png", "c-hasil-salinan-ppwp-2024", 2),
        ("c.hasil_pwp_3.png", "c-hasil-ppwp-cdigital-2024", 2),
        ("c1-ppwp-2019-hal2-blank.png", "c1-ppwp-2019", 2),
    ],
)
def test_official_blanks_are_confirmed(dev_data: Path, file: str, form: str, number: int) -> None:
    flat = cv2.imread(str(dev_data / "forms" / file))
    assert flat is not None
    assert identify(flat.astype(np.uint8), FORMS[form].page(number)).outcome == "confirmed"
