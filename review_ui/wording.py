"""Facts in a person's language: reasons, problems, advice, errors and the names of numbers."""

from collections.abc import Mapping, Sequence
from string import Formatter
from types import MappingProxyType
from typing import Final

from digitizer.domain.advice import Advice
from digitizer.domain.form import FormSpec
from digitizer.domain.reconcile import WITNESSES
from digitizer.domain.rules import DPT_RULE, LIMIT_RULE
from digitizer.domain.verdict import Reason
from digitizer.errors import NO_NUMBERS, DigitizerError, Numbers, PhotoError
from review_ui.i18n import MISSING, Language, catalogue, text

COLUMNS: Final = {"l": "L", "p": "P", "j": "L+P"}
"""The three columns of a row that counts men, women and both, by the end of the field's id."""

OVER_LIMIT: Final = {LIMIT_RULE: "reason.over_limit", DPT_RULE: "reason.over_limit_dpt"}
"""Sentences for the limits of the TPS, by rule; those that forms state share one."""

NO_TITLES: Final[Mapping[str, str]] = MappingProxyType({})


def reason_text(reason: Reason, lang: Language, labels: Mapping[str, str]) -> str:
    """Why a form is doubtful, with its numbers.

    Args:
        reason: any reason of the triage.
        lang: of the text.
        labels: short names by field id, from `field_labels`.
    """
    numbers = shown_numbers(reason.numbers, lang)
    if isinstance(found := reason.numbers.get("probability"), float):
        numbers["percent"] = percent(found, lang)
    key = f"reason.{reason.code}"
    if reason.code == "rule_broken":
        target = numbers.get("target", "")
        numbers["target"] = labels.get(target, target)
        names = numbers.get("terms", "").split(" + ")
        numbers["terms"] = " + ".join(labels.get(name, name) for name in names)
        if numbers.get("relation") == "at_most":
            key = "reason.rule_broken_at_most"
        elif len(names) == 1:
            key = "reason.rule_broken_single"
    if reason.code == "moved":
        target = numbers.get("target", "")
        numbers["target"] = labels.get(target, reason.rule or MISSING)
        key = "reason.moved_witness" if reason.rule == WITNESSES else key
    field = labels.get(reason.field, reason.field) if reason.field else MISSING
    if reason.code == "over_limit":
        names = numbers.get("terms", "").split(" + ")
        field = " + ".join(labels.get(name, name) for name in names if name) or field
        key = OVER_LIMIT.get(reason.rule or "", "reason.over_limit_form")
    if reason.code == "sender_objects" and not (reason.field and numbers.get("note")):
        key = f"{key}_silent" if reason.field else f"{key}_photo"
    if reason.code == "papers_disagree":
        numbers["form"] = str(reason.numbers.get("title", MISSING))
    return text(key, lang, **{"field": field, "rule": reason.rule or MISSING, **numbers})


def reason_hint(reason: Reason, lang: Language) -> str:
    """What to do about a reason for doubt."""
    return text(f"reason.{reason.code}_hint", lang)


def problem_text(
    problem: str,
    lang: Language,
    numbers: Numbers = NO_NUMBERS,
    titles: Mapping[str, str] = NO_TITLES,
) -> tuple[str, str]:
    """What is wrong with an unreadable photo, and what to do about it.

    Args:
        problem: the code.
        lang: of the text.
        numbers: of the problem. Photos refused before numbers were kept have none: they get the
            plain sentence of their code.
        titles: of forms, by id.
    """
    shown = shown_numbers(numbers, lang, titles)
    variant = f"problem.{problem}_{numbers.get('variant', '')}"
    if variant not in catalogue() or not names_of(variant) <= set(shown):
        variant = f"problem.{problem}"
    hint = f"{variant}_hint" if f"{variant}_hint" in catalogue() else f"problem.{problem}_hint"
    return text(variant, lang, **shown), text(hint, lang, **shown)


def advice_text(
    advice: Advice, lang: Language, titles: Mapping[str, str] = NO_TITLES
) -> tuple[str, str]:
    """What a preview shows, and what to do before the photo is taken; `titles` of forms, by id."""
    shown = shown_numbers(advice.numbers, lang, titles)
    key = f"advice.{advice.code}"
    return text(key, lang, **shown), text(f"{key}_hint", lang, **shown)


def names_of(key: str) -> frozenset[str]:
    """The numbers that a text and its hint name."""
    words = [catalogue()[name]["id"] for name in (key, f"{key}_hint") if name in catalogue()]
    parts = [name for text in words for _, name, _, _ in Formatter().parse(text)]
    return frozenset(name for name in parts if name)


def shown_numbers(
    numbers: Numbers, lang: Language, titles: Mapping[str, str] = NO_TITLES
) -> dict[str, str]:
    """Numbers as a person reads them: a comma for Indonesian decimals, and names for ids."""
    shown: dict[str, str] = {}
    for name, value in numbers.items():
        if isinstance(value, float):
            decimal = f"{value:.3f}".rstrip("0").rstrip(".")
            shown[name] = decimal.replace(".", ",") if lang == "id" else decimal
        elif name == "form":
            shown[name] = titles.get(str(value), str(value))
        elif name == "missing":
            shown[name] = ", ".join(text(f"corner.{item}", lang) for item in str(value).split())
        elif name == "fields":
            shown[name] = ", ".join(field_label(item, lang) for item in str(value).split())
        else:
            shown[name] = str(value)
    return shown


def error_text(error: DigitizerError, lang: Language) -> tuple[str, str]:
    """What went wrong and what to do, by the error's code.

    A code without wording of its own is told as its class is, so that a new code is never mute.
    """
    if isinstance(error, PhotoError):
        return problem_text(error.problem, lang, error.numbers)
    for code in (error.code, *(getattr(kind, "code", "") for kind in type(error).__mro__)):
        for group in ("error", "problem"):
            if f"{group}.{code}" in catalogue():
                return text(f"{group}.{code}", lang), text(f"{group}.{code}_hint", lang)
    return text("error.error", lang), text("error.error_hint", lang)


def percent(probability: float, lang: Language) -> str:
    """A probability for people; never rounded up to certainty.

    >>> percent(0.9996, "id")
    '>99,9 %'
    """
    shown = ">99.9" if probability > 0.999 else f"{100 * probability:.1f}"
    return f"{shown.replace('.', ',') if lang == 'id' else shown} %"


def field_labels(form: FormSpec, lang: Language, candidates: Sequence[str] = ()) -> dict[str, str]:
    """A short name for every field of a form; the printed row where there is no shorter one.

    Args:
        form: whose fields are named.
        lang: of the names.
        candidates: of the contest, by paslon number.
    """
    return {
        name: field_label(name, lang, candidates, printed=spec.label)
        for name, spec in form.fields.items()
    }


def field_label(
    name: str, lang: Language, candidates: Sequence[str] = (), *, printed: str = ""
) -> str:
    """A short name for one field id; `printed` is used where there is no shorter one."""
    if name.startswith("paslon_") and name[7:].isdigit():
        number = int(name[7:])
        if 1 <= number <= len(candidates):
            return candidates[number - 1]
        return text("field.paslon", lang, n=number)
    base, _, column = name.rpartition("_")
    if column in COLUMNS and f"field.{base}" in catalogue():
        return f"{text(f'field.{base}', lang)} {COLUMNS[column]}"
    return text(f"field.{name}", lang) if f"field.{name}" in catalogue() else printed or name
