"""What a form is: pages, fields, rules and print, as data. Everything is in millimetres."""

from dataclasses import dataclass
from functools import cached_property

from digitizer.domain.form_faults import FormFault, form_faults
from digitizer.domain.page import (
    Corner,
    Fiducial,
    FieldRole,
    FieldSpec,
    MarkShape,
    PageSpec,
    PrintedCircle,
    PrintedLine,
    PrintedText,
    TagSpec,
)
from digitizer.domain.rule_spec import Relation, RuleSpec, Severity

__all__ = [
    "Corner",
    "Fiducial",
    "FieldRole",
    "FieldSpec",
    "FormFault",
    "FormSpec",
    "MarkShape",
    "PageSpec",
    "PrintedCircle",
    "PrintedLine",
    "PrintedText",
    "Relation",
    "RuleSpec",
    "Severity",
    "TagSpec",
    "form_faults",
]


@dataclass(frozen=True)
class FormSpec:
    """A whole form, or the pages of it that are known. Valid once made: nobody checks again.

    Attributes:
        version: changes whenever a place or a rule does; readings keep the one they were made with.
            The number that its file declares, a dash, and what tells this file from all others.
        reference_layout: True when the official print was not at hand and this is our own layout;
            every screen that names the form then says so.
    """

    id: str
    title: str
    year: int
    version: str
    pages: tuple[PageSpec, ...]
    rules: tuple[RuleSpec, ...]
    reference_layout: bool = False

    def __post_init__(self) -> None:
        for fault in form_faults(self.id, self.pages, self.rules):
            raise ValueError(fault.message)

    @property
    def number(self) -> int:
        """The version as its file declares it."""
        return int(self.version.partition("-")[0])

    @cached_property
    def fields(self) -> dict[str, FieldSpec]:
        """Every field by id, in page order."""
        return {field.id: field for page in self.pages for field in page.fields}

    @cached_property
    def page_of(self) -> dict[str, int]:
        """The page number of every field."""
        return {field.id: page.number for page in self.pages for field in page.fields}

    def page(self, number: int) -> PageSpec:
        """The page with this printed number; raises IndexError when the form has no such page."""
        for page in self.pages:
            if page.number == number:
                return page
        raise IndexError(f"form {self.id} has no page {number}")
