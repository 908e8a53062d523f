"""Forms of an installation: saved as facts in its database, known to every process that uses it."""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.domain.form import FormSpec, TagSpec
from digitizer.errors import FormRefused
from digitizer.forms import know_forms, load_forms, parse_form, shipped_ids
from digitizer.store.engine import read_session
from digitizer.store.form_files import (
    forms_in_force,
    forms_seal,
    read_again_for,
    save_form_file,
)

_log: Final = logging.getLogger(__name__)

CHECK_S: Final = 2.0
"""A process that is asked something looks so often for what others have saved."""


class _Seen:
    """What the database of this process held when it was looked at last."""

    def __init__(self) -> None:
        self.seal: tuple[Any, ...] | None = None
        self.looked = -CHECK_S


_seen: Final = _Seen()
_turn: Final = threading.Lock()


def refresh_forms(session: Session, *, at_once: bool = False) -> None:
    """Know what is in force now; looks every `CHECK_S` at most, unless it is to be at once."""
    now = monotonic()
    if not at_once and now - _seen.looked < CHECK_S:
        return
    _seen.looked = now
    seal = forms_seal(session)
    if seal == _seen.seal and not at_once:
        return
    _know(session, seal)


def forms_of_now(engine: Engine) -> tuple[Any, ...]:
    """Know what is in force at this moment; gives a seal that is another once more is saved.

    One at a time and each with a look of its own, lest one that looked earlier has the last word.
    """
    with _turn, read_session(engine) as session:
        seal = forms_seal(session)
        if seal != _seen.seal:
            _know(session, seal)
    return seal


def _know(session: Session, seal: tuple[Any, ...]) -> None:
    for fault in know_forms(forms_in_force(session)):
        _log.error("a form file is not understood", extra={"reason": fault.message})
    _seen.seal = seal


@dataclass(frozen=True, slots=True)
class Installed:
    """A form that is in force, and how many photos are read once more for it."""

    form: FormSpec
    again: int


def install_form(session: Session, text: str, account: str, now: datetime) -> Installed:
    """Keep a form file, in force from now on, once it is seen to be right; the caller commits.

    Other processes know it within `CHECK_S`, this one when it asks (`refresh_forms`). Readings that
    were made with an earlier file keep its version; of photos that nobody has confirmed they are
    made anew.

    Raises:
        FormFileError: the file is wrong.
        FormRefused: its id is that of a form that is shipped, or it carries the tag of another.
        Conflict: its version is not higher than the one in force.
    """
    form = parse_form(text.encode(), "the form file")
    if form.id in shipped_ids():
        raise FormRefused(
            f"the form file: id: {form.id!r} is shipped with the product",
            "give your form an id of its own, and name that in the election file",
        )
    _refuse_known_tags(form)
    if save_form_file(session, form.id, form.number, text, account, now):
        again = read_again_for(session, form.id, form.version, now)
    else:
        again = 0
    return Installed(form, again)


def _refuse_known_tags(form: FormSpec) -> None:
    """A tag names one page: of two forms that carry the same, one would be read as the other."""
    for other in load_forms():
        for page in other.pages if other.id != form.id else ():
            for own in form.pages:
                if page.tag and own.tag and _name(page.tag) == _name(own.tag):
                    raise FormRefused(
                        f"the form file: page {own.number} carries tag {own.tag.id}, "
                        f"as page {page.number} of {other.id} does",
                        "if the paper is that form, name that form in the election file; "
                        "else look at the tag again",
                    )


def _name(tag: TagSpec) -> tuple[str, int]:
    return tag.dictionary, tag.id
