"""The offices and numbers of paslon for which there is a form, and what changes in words."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from digitizer.domain.form import FormSpec, PageSpec, RuleSpec

OFFICES: Final = ("gubernur", "bupati", "walikota")
PASLON: Final = {2: "dua", 3: "tiga", 4: "empat"}

FIRST_TAG: Final = 601
"""Ids from here on are ours, outside those that the forms of Pemilu 2024 carry (101-599)."""


@dataclass(frozen=True, slots=True)
class Kin:
    """One of the forms: an office and how many paslon stand for it."""

    office: str
    paslon: int

    @property
    def key(self) -> str:
        """The end of the form's id."""
        return f"{self.office}-2024-{self.paslon}p"

    def words(self, text: str) -> str:
        """What is printed on this form where that of two paslon for Gubernur prints `text`."""
        for write in (str, str.upper, str.title):
            text = text.replace(write("gubernur"), write(self.office))
            text = re.sub(rf"\b{write('dua')} {write('paslon')}\b", self._many(write), text)
        return text.replace("IV.1 + IV.2", " + ".join(f"IV.{n}" for n in self.numbers))

    @property
    def numbers(self) -> range:
        """The numbers of the paslon."""
        return range(1, self.paslon + 1)

    def _many(self, write: Callable[[str], str]) -> str:
        return f"{write(PASLON[self.paslon])} {write('paslon')}"

    def rules(self, rules: tuple[RuleSpec, ...]) -> tuple[RuleSpec, ...]:
        """The rules of the form, every paslon in the sum of suara sah."""
        terms = tuple(f"paslon_{number}" for number in self.numbers)
        return tuple(
            replace(rule, terms=terms) if rule.id == "suara-sah" else rule for rule in rules
        )


BY_HAND: Final = Kin("gubernur", 2)
ALL: Final = tuple(Kin(office, paslon) for office in OFFICES for paslon in PASLON)


def of_kin(form: FormSpec, kin: Kin, pages: tuple[PageSpec, ...]) -> FormSpec:
    """The form of a kin with these pages, whose words are still those of `form`."""
    return replace(
        form,
        id=form.id.removesuffix(BY_HAND.key) + kin.key,
        title=kin.words(form.title),
        version="1",
        pages=tuple(_worded(page, kin) for page in pages),
        rules=kin.rules(form.rules),
    )


def _worded(page: PageSpec, kin: Kin) -> PageSpec:
    return replace(
        page,
        fields=tuple(replace(field, label=kin.words(field.label)) for field in page.fields),
        texts=tuple(replace(text, text=kin.words(text.text)) for text in page.texts),
    )


def of_pages(page: PageSpec, number: int, count: int) -> PageSpec:
    """A page that calls itself another one of so many."""

    def words(text: str) -> str:
        return re.sub(r"\b(Halaman|Hal) \d dari \d", rf"\1 {number} dari {count}", text)

    texts = tuple(replace(text, text=words(text.text)) for text in page.texts)
    return replace(page, number=number, texts=texts)


def renumbered(number: int) -> Callable[[str], str]:
    """Words of the second paslon as those of another."""

    def words(text: str) -> str:
        text = re.sub(r"^2$", str(number), text)
        text = re.sub(r"^paslon_2$", f"paslon_{number}", text)
        return text.replace("IV.2 ", f"IV.{number} ").replace("calon 2", f"calon {number}")

    return words
