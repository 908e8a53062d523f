"""Names that several pages show: forms, fields, people and polling stations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from digitizer.domain.election import Contest
from digitizer.domain.form import FormSpec
from digitizer.domain.verdict import Unreadable
from digitizer.errors import NotFound
from digitizer.forms import list_forms, load_form
from digitizer.store.accounts import get_account
from digitizer.store.elections import contests
from digitizer.store.elections import tps as find_tps
from review_ui.i18n import Language, text
from review_ui.wording import COLUMNS, field_label, problem_text

PSEUDONYM_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """One printed row: a single number, or the L, P and L+P of one count.

    Attributes:
        label: short name of the row.
        printed: the row as the form prints it.
        fields: field ids with the column each stands in ("" for a single number).
    """

    label: str
    printed: str
    fields: tuple[tuple[str, str], ...]


def form_or_none(form_id: str | None) -> FormSpec | None:
    """A form in force by id, shipped or of this installation; None when unknown or not given."""
    return load_form(form_id) if form_id in list_forms() else None


def contest_name(contest: Contest, lang: Language) -> str:
    """The title of a contest, with its round where it is not the first."""
    if contest.round == 1:
        return contest.title
    return f"{contest.title} · {text('round.name', lang, n=contest.round)}"


def form_title(form_id: str) -> str:
    """The title of a form, or its id where no form of this id is in force."""
    form = form_or_none(form_id)
    return form.title if form is not None else form_id


def form_named(form_id: str) -> FormSpec:
    """A form in force by id, shipped or of this installation.

    Raises:
        NotFound: no form of this id is in force.
    """
    form = form_or_none(form_id)
    if form is None:
        raise NotFound(f"there is no form {form_id!r}", "open a sheet from the queue")
    return form


def told_problem(problem: Unreadable, lang: Language) -> tuple[str, str]:
    """What is wrong with an unreadable photo, and what to do; a known form by its title."""
    form = form_or_none(str(problem.numbers.get("form", "")))
    titles = {form.id: form.title} if form is not None else {}
    return problem_text(problem.problem, lang, problem.numbers, titles)


def main_form(contest: Contest) -> FormSpec | None:
    """The form whose fields name the numbers of a contest."""
    return next((form for name in contest.form_ids if (form := form_or_none(name))), None)


def field_groups(
    form: FormSpec, names: Iterable[str], lang: Language, contest: Contest
) -> tuple[FieldGroup, ...]:
    """Field ids as printed rows, in their order; L, P and L+P of one count share a row."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        base, _, column = name.rpartition("_")
        if column in COLUMNS:
            groups.setdefault(base, []).append((name, COLUMNS[column]))
        else:
            groups.setdefault(name, []).append((name, ""))
    return tuple(
        FieldGroup(
            label=group_label(form, base, members[0][0], lang, contest),
            printed=form.fields[members[0][0]].label.rpartition(", ")[0]
            if members[0][1]
            else form.fields[members[0][0]].label,
            fields=tuple(members),
        )
        for base, members in groups.items()
    )


def group_label(form: FormSpec, base: str, first: str, lang: Language, contest: Contest) -> str:
    """The short name of a printed row."""
    return field_label(base, lang, contest.candidates, printed=form.fields[first].label)


def pseudonym(session: Session, account_id: str) -> str:
    """What others see of an account: its label, else the beginning of its random id."""
    account = get_account(session, account_id)
    return account.label if account and account.label else account_id[:PSEUDONYM_LENGTH]


def known_tps(session: Session, typed: str) -> str | None:
    """The 13-digit code that somebody typed, with or without dots; None for nothing.

    Raises:
        NotFound: the election has no such TPS.
    """
    code = re.sub(r"[\s.]", "", typed)
    if not code:
        return None
    if find_tps(session, code) is None:
        raise NotFound(
            f"the election has no TPS {typed!r}",
            "write the 13 digits of its code",
            code="unknown_tps",
        )
    return code


def known_contest(session: Session, typed: str) -> str | None:
    """A contest by id; None for automatic.

    Raises:
        NotFound: there is no such contest.
    """
    if not typed:
        return None
    if typed not in {item.id for item in contests(session)}:
        raise NotFound(
            f"there is no contest {typed!r}", "choose one of the list", code="unknown_contest"
        )
    return typed
