"""The forms that this process knows: those shipped with the product, and those of its installation.

A form of an installation is a fact in its database (`own_forms`), and processes that look at
photos know no database: so each process is told what there is, and told again when it changes.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from digitizer.domain.form import FormSpec
from digitizer.errors import FormFileError
from digitizer.forms.load import (
    SUFFIX,
    load_form_file,
    parse_form,
    shipped_form,
    shipped_ids,
    shipped_text,
)


class _Shelf:
    """What this process was told last; replaced as a whole, since threads look while it is told."""

    def __init__(self) -> None:
        self.files: Mapping[str, str] = MappingProxyType({})
        self.forms: Mapping[str, FormSpec] = MappingProxyType({})


_shelf: Final = _Shelf()


def know_forms(files: Mapping[str, str]) -> tuple[FormFileError, ...]:
    """Know the form files of the installation, by id, in place of those that were known before.

    What this release cannot read is not known, and told: a newer one may have written it. A page
    without a number, which an older one may have let in, does not make the others unknown.
    """
    faults: list[FormFileError] = []
    forms: dict[str, FormSpec] = {}
    for name, text in sorted(files.items()):
        if name in shipped_ids():
            continue  # a later release ships what was of the installation before
        try:
            forms[name] = parse_form(text.encode(), name + SUFFIX, finished=False)
        except FormFileError as error:
            faults.append(error)
    _shelf.forms = MappingProxyType(forms)
    _shelf.files = MappingProxyType(dict(files))
    return tuple(faults)


def own_files() -> Mapping[str, str]:
    """The form files of the installation, as this process was told."""
    return _shelf.files


def list_forms() -> tuple[str, ...]:
    """The ids of all forms that are known, in alphabetical order."""
    return tuple(sorted({*shipped_ids(), *_shelf.forms}))


def load_form(form_id: str) -> FormSpec:
    """One form by id.

    Raises:
        FormFileError: no form of this id is known, or its file is wrong.
    """
    if (own := _shelf.forms.get(form_id)) is not None:
        return own
    if form_id not in shipped_ids():
        raise FormFileError(
            f"there is no form {form_id!r}; there are {', '.join(list_forms())}",
            "name one of these, or give a form file of your own",
        )
    return shipped_form(form_id)


def named_form(named: str) -> FormSpec:
    """A form by its id, or by the path of a file of your own, which ends in `.toml`.

    Raises:
        FormFileError: there is none, or its file is wrong.
    """
    return load_form_file(Path(named)) if named.endswith(SUFFIX) else load_form(named)


def load_forms() -> tuple[FormSpec, ...]:
    """Every form that is known, in the order of `list_forms`."""
    return tuple(load_form(form_id) for form_id in list_forms())


def form_file(form_id: str) -> str:
    """The text of the file of a form.

    Raises:
        FormFileError: no form of this id is known.
    """
    form = load_form(form_id)
    return _shelf.files[form.id] if form.id in _shelf.forms else shipped_text(form.id)
