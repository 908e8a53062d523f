"""Every code the product can say has words in both languages, with its numbers."""

import ast
import re
from collections.abc import Iterator
from string import Formatter
from typing import NamedTuple, get_args

import pytest

from digitizer.domain.advice import Advice, AdviceCode
from digitizer.domain.election import Role
from digitizer.domain.form import FormSpec
from digitizer.domain.number import NumberProblem
from digitizer.domain.verdict import Reason, ReasonCode
from digitizer.errors import Conflict, DigitizerError, Numbers, PageNotLocated, PhotoProblem
from digitizer.forms import load_form, load_forms
from digitizer.store.sheets import State
from review_ui import STATIC, TEMPLATES
from review_ui.i18n import LANGUAGES, Language, catalogue, language, text
from review_ui.wording import (
    advice_text,
    error_text,
    field_labels,
    names_of,
    percent,
    problem_text,
    reason_hint,
    reason_text,
    shown_numbers,
)
from tests.conftest import ROOT

NUMBERS: dict[str, dict[str, int | float | str]] = {
    "moved": {"as_written": "117", "top": 117, "value": 111, "probability": 0.99,
              "target": "suara_sah"},
    "unsure_number": {"as_written": "117", "probability": 0.9, "needed": 0.998},
    "paper_inconsistent": {"probability": 0.97},
    "papers_disagree": {"as_written": "117", "other": "111", "title": "C.HASIL SALINAN"},
    "undecided": {},
    "unsure_box": {"box": 2, "glyph": "7", "probability": 0.93, "needed": 0.995},
    "marked_box": {"box": 2, "glyph": "7"},
    "unreadable_box": {"as_written": "1?3"},
    "mark_after_digit": {"as_written": "1X4"},
    "mark_and_blank": {"as_written": "X__"},
    "blank": {"as_written": "___"},
    "bubbles_disagree": {"digits": "X61", "bubbles": 67, "probability": 0.99},
    "tally_disagrees": {"digits": "X61", "tally": 66, "probability": 0.99},
    "row_sums_disagree": {"digits": "X61", "rowsums": 62, "probability": 0.99},
    "words_disagree": {"digits": "X61", "words": 67, "probability": 0.99},
    "rule_broken": {
        "target": "suara_sah", "terms": "paslon_1 + paslon_2", "left": 123, "right": 113,
        "sum": "61 + 52", "relation": "equals",
    },
    "over_limit": {"target": "paslon_1", "left": 164, "right": 961, "sum": "961"},
    "photos_disagree": {},
    "coarse_photo": {"page": 2, "found": 9.5, "needed": 14.0},
    "blurred_photo": {"page": 1, "found": 0.05, "needed": 0.1},
    "loose_fit": {"page": 1, "found": 3.2, "needed": 2.0},
    "locations_disagree": {"page": 2, "method": "print", "rivals": "corners: page 3"},
    "form_unsure": {"page": 2},
    "cut_off": {"page": 2},
    "glare_on_field": {"page": 2, "found": 2, "needed": 0},
    "shadow_on_field": {"page": 2, "found": 9, "needed": 15},
    "bent_field": {"page": 2, "found": 4.5, "needed": 3.6},
    "page_missing": {"page": 2},
    "sender_objects": {"note": "tertulis 112"},
    "duplicate_elsewhere": {"tps": "64.11.03.2001.002"},
    "round_unsure": {"round": 2},
    "near_duplicate": {"page": 2, "tps": "64.11.03.2001.002", "likeness": 97,
                       "reading": "a" * 32, "other": "b" * 32},
}  # fmt: skip


NOT_SAID = {
    *(
        ("over_limit", "sum"),
        ("moved", "as_written"),
        ("blank", "as_written"),
        ("glare_on_field", "page"),
    ),
    *(("shadow_on_field", "page"), ("bent_field", "page")),
}

PHOTO_ERRORS = {"PhotoError", "PhotoRefused", "PageNotLocated", "PageUnreadable", "Unreadable"}


def all_errors(kind: type[DigitizerError] = DigitizerError) -> list[type[DigitizerError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in all_errors(child))]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", get_args(ReasonCode))
def test_every_reason_has_words_with_its_numbers(code: ReasonCode, lang: Language) -> None:
    form = load_form("c-hasil-kwk-gubernur-2024-2p")
    labels = field_labels(form, lang, ("Paslon 1", "Paslon 2"))
    said = reason_text(Reason(code, "paslon_1", "suara-sah", NUMBERS[code]), lang, labels)
    assert "–" not in said
    assert "paslon_" not in said
    for name in ("found", "page", "as_written", "left", "right", "sum", "box", "digits", "tps"):
        if name in NUMBERS[code] and (code, name) not in NOT_SAID:
            assert shown_numbers(NUMBERS[code], lang)[name] in said
    assert "–" not in reason_hint(Reason(code), lang)
    assert text(f"doubt.{code}", lang)


def test_at_most_rules_say_more_than() -> None:
    numbers = {**NUMBERS["rule_broken"], "relation": "at_most", "terms": "paslon_1", "sum": "123"}
    said = reason_text(Reason("rule_broken", None, "r", numbers), "en", {"paslon_1": "A"})
    assert "more than" in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_problem_error_state_role_and_number_problem_has_words(lang: Language) -> None:
    for problem in get_args(PhotoProblem):
        assert all(words and "–" not in words for words in problem_text(problem, lang))
        assert not names_of(f"problem.{problem}")
    for advice in get_args(AdviceCode):
        assert all(advice_text(Advice(advice), lang))
    for kind in all_errors():
        assert f"error.{kind.code}" in catalogue() or f"problem.{kind.code}" in catalogue()
    for state in get_args(State):
        assert text(f"queue.{state}", lang)
    for role in get_args(Role):
        assert text(f"role.{role}", lang)
    for number in get_args(NumberProblem):
        assert text(f"number.{number}", lang)


class Site(NamedTuple):
    """Where a photo's problem is made: its file and line, code, variant and names of numbers."""

    place: str
    problem: str
    variant: str | None
    names: frozenset[str]


def raise_sites() -> Iterator[Site]:
    """Every problem with a code of its own in the source; those passed on have a variable."""
    for path in sorted((ROOT / "digitizer").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in PHOTO_ERRORS or not isinstance(node.args[0], ast.Constant):
                continue
            given = [*node.args[3:], *(k.value for k in node.keywords if k.arg == "numbers")]
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            assert given, f"{place} gives no numbers"
            assert isinstance(given[0], ast.Dict), f"{place} gives numbers that are not spelled out"
            pairs = {
                key.value: value
                for key, value in zip(given[0].keys, given[0].values, strict=True)
                if isinstance(key, ast.Constant)
            }
            variant = pairs["variant"]
            yield Site(
                place,
                str(node.args[0].value),
                str(variant.value) if isinstance(variant, ast.Constant) else None,
                frozenset(str(name) for name in pairs),
            )


def variants_of(problem: str) -> set[str]:
    names = {key.removeprefix("problem.") for key in catalogue() if key.startswith("problem.")}
    return {
        name.removeprefix(f"{problem}_")
        for name in names
        if name.startswith(f"{problem}_") and not name.endswith("hint")
    }


def test_every_problem_that_is_raised_gives_every_number_its_sentences_name() -> None:
    sites = list(raise_sites())
    assert len(sites) > 15
    for site in sites:
        assert site.problem in get_args(PhotoProblem), site.place
        for variant in variants_of(site.problem) if site.variant is None else {site.variant}:
            assert variant in variants_of(site.problem), f"{site.place}: {variant}"
            missing = names_of(f"problem.{site.problem}_{variant}") - site.names
            assert not missing, f"{site.place} does not give {missing}"


INCOMPLETE: Numbers = {
    "variant": "corners", "form": "kwk", "page": 2, "found": 2, "needed": 4,
    "missing": "top_left bottom_right",
}  # fmt: skip


def test_a_problem_is_told_with_its_numbers_and_names() -> None:
    assert problem_text("page_incomplete", "en", INCOMPLETE, {"kwk": "C.HASIL-KWK"}) == (
        "C.HASIL-KWK page 2: 2 of 4 corner marks seen, not seen: top left, bottom right.",
        "Retake with the corner top left, bottom right in the picture too and no finger over it.",
    )
    fields: Numbers = {
        "variant": "fields",
        "page": 2,
        "found": 3,
        "needed": 5,
        "fields": "suara_sah",
    }
    assert "Suara sah" in problem_text("page_incomplete", "id", fields)[0]
    megabytes: Numbers = {"variant": "bytes", "found": 31.25, "needed": 30}
    assert "31,25 MB" in problem_text("too_large", "id", megabytes)[0]


@pytest.mark.parametrize("numbers", [{}, {"variant": "corners", "found": 2}, {"variant": "new"}])
def test_a_problem_kept_without_its_numbers_is_told_plainly(numbers: Numbers) -> None:
    plain = (text("problem.page_incomplete", "id"), text("problem.page_incomplete_hint", "id"))
    assert problem_text("page_incomplete", "id", numbers) == plain


def test_an_error_about_a_photo_is_told_with_its_numbers() -> None:
    error = PageNotLocated("page_incomplete", "found 2", "retake", INCOMPLETE)
    assert error_text(error, "id") == problem_text("page_incomplete", "id", INCOMPLETE)


def test_an_unknown_code_is_told_as_its_class() -> None:
    error = Conflict("x", code="never_heard_of")
    assert error_text(error, "en") == (
        text("error.conflict", "en"), text("error.conflict_hint", "en")
    )  # fmt: skip


def test_both_languages_name_the_same_numbers() -> None:
    for key, entry in catalogue().items():
        named = {lang: {name for _, name, _, _ in Formatter().parse(words) if name}
                 for lang, words in entry.items()}  # fmt: skip
        assert named["id"] == named["en"], key


def test_every_key_used_by_a_template_or_module_exists() -> None:
    used = {
        match
        for path in (*TEMPLATES.glob("*.html"), *STATIC.glob("*.js"))
        for match in re.findall(r"\bt\(\"([a-z_]+\.[a-z_]+)\"", path.read_text("utf-8"))
    }
    assert used - set(catalogue()) == set()
    assert len(used) > 80


@pytest.mark.parametrize("form", load_forms(), ids=lambda form: form.id)
def test_every_counted_field_has_a_short_name(form: FormSpec) -> None:
    labels = field_labels(form, "id")
    counted = [name for name, spec in form.fields.items() if spec.counted]
    assert all(len(labels[name]) <= 26 for name in counted)
    assert len({labels[name] for name in counted}) == len(counted)


def test_certainty_is_never_rounded_up() -> None:
    assert percent(0.99999, "en") == ">99.9 %"
    assert percent(0.93, "id") == "93,0 %"


def test_language_is_the_first_that_we_have() -> None:
    assert language(None, "fr", "en") == "en"
    assert language(None) == "id"
