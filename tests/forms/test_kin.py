"""The reference layouts of the Pilkada: every office and number of paslon, from two files."""

from collections import Counter
from importlib import resources

import pytest

from authoring.__main__ import file_text, kin_forms
from authoring.kin import ALL, BY_HAND, OFFICES, PASLON, Kin
from digitizer.domain.form import FormSpec
from digitizer.forms import list_forms, load_form, load_forms

DRAWN_UP = [kin for kin in ALL if kin != BY_HAND]


def both(kin: Kin) -> tuple[FormSpec, FormSpec]:
    """The plano and the SALINAN that are shipped."""
    return load_form(f"c-hasil-kwk-{kin.key}"), load_form(f"c-hasil-salinan-kwk-{kin.key}")


@pytest.mark.parametrize("kin", DRAWN_UP, ids=lambda kin: kin.key)
def test_the_files_are_what_is_drawn_up(kin: Kin) -> None:
    for form, source in kin_forms(kin):
        file = resources.files("digitizer.forms") / f"{form.id}.toml"
        assert file.read_text(encoding="utf-8") == file_text(form, source), "run `make forms`"


def test_there_is_one_of_each() -> None:
    kwk = [name for name in list_forms() if "-kwk-" in name]
    assert len(kwk) == 2 * len(OFFICES) * len(PASLON) == 18
    assert all(load_form(name).reference_layout for name in kwk)


@pytest.mark.parametrize("kin", ALL, ids=lambda kin: kin.key)
def test_it_asks_for_every_paslon_and_adds_them_up(kin: Kin) -> None:
    by_hand = both(BY_HAND)[0]
    votes = [f"paslon_{number}" for number in kin.numbers]
    for form in both(kin):
        assert [f.id for f in form.fields.values() if f.role == "votes"] == votes
        others = [name for name in form.fields if name not in votes]
        assert others == [name for name in by_hand.fields if not name.startswith("paslon_")]
        for rule, known in zip(form.rules, by_hand.rules, strict=True):
            if rule.id == "suara-sah":
                assert list(rule.terms) == votes
            else:
                assert rule == known
        spelled = " + ".join(f"IV.{number}" for number in kin.numbers)
        assert form.fields["suara_sah"].label == f"V.A Jumlah seluruh suara sah ({spelled})"
        for number, name in enumerate(votes, 1):
            label = f"IV.{number} Jumlah suara sah pasangan calon {number}"
            assert form.fields[name].label == label


@pytest.mark.parametrize("kin", ALL, ids=lambda kin: kin.key)
def test_it_says_its_office_its_number_and_its_pages(kin: Kin) -> None:
    others = {office.upper() for office in OFFICES} - {kin.office.upper()}
    for form in both(kin):
        assert form.title.endswith(f"{kin.office.title()} 2024, {PASLON[kin.paslon]} paslon")
        for page in form.pages:
            words = " ".join(text.text for text in page.texts)
            assert f"{PASLON[kin.paslon].upper()} PASLON" in words
            assert kin.office.upper() in words
            assert not others & set(words.upper().replace("-", " ").split())
            assert f"{page.number} dari {len(form.pages)}" in words
            assert len(page.private) == 7 + 2 * kin.paslon


def test_every_paslon_has_room_for_as_many_strokes_and_digits() -> None:
    known = both(BY_HAND)[0].fields["paslon_1"]
    for kin in ALL:
        plano, salinan = both(kin)
        for number in kin.numbers:
            field = plano.fields[f"paslon_{number}"]
            for name in ("digit_boxes", "bubbles", "tally", "row_sums"):
                assert len(getattr(field, name)) == len(getattr(known, name))
            box = salinan.fields[f"paslon_{number}"].digit_boxes[0]
            assert (box.width, box.height) == (9.4, 16.0)


def _titles(form: FormSpec) -> list[tuple[str, ...]]:
    return [
        tuple(" ".join(text.text for text in strip) for strip in page.printed_titles)
        for page in form.pages
    ]


def test_titles_tell_every_page_from_every_other() -> None:
    said = Counter(titles for form in load_forms() for titles in _titles(form))
    for kin in ALL:
        for form in both(kin):
            assert [said[titles] for titles in _titles(form)] == [1] * len(form.pages)


def test_the_number_of_each_tag_is_printed_beside_it() -> None:
    for kin in ALL:
        for page in both(kin)[0].pages:
            assert page.tag is not None
            assert str(page.tag.id) in {text.text for text in page.texts}
