"""From the bytes of a form file to a `FormSpec`, or to an error that says where the fault is."""

import hashlib
import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from digitizer.domain.form import FormSpec
from digitizer.errors import FormFileError
from digitizer.forms.schema import FormFile

SUFFIX: Final = ".toml"
HINT: Final = "mend the file and run `digitizer forms check FILE`; docs/forms.md describes it"


def _folder() -> Traversable:
    return resources.files("digitizer.forms")


@cache
def list_forms() -> tuple[str, ...]:
    """The ids of the forms shipped with the product, in alphabetical order."""
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)))


@cache
def load_form(form_id: str) -> FormSpec:
    """One shipped form, read once.

    Raises:
        FormFileError: no form of this id is shipped, or its file is wrong.
    """
    if form_id not in list_forms():
        raise FormFileError(
            f"no form {form_id!r} is shipped; there are {', '.join(list_forms())}",
            "name one of these, or give a form file of your own",
        )
    name = form_id + SUFFIX
    form = parse_form((_folder() / name).read_bytes(), name)
    if form.id != form_id:
        raise FormFileError(
            f"{name}: id: found {form.id!r}, needed {form_id!r} as in the name", HINT
        )
    return form


def load_forms() -> tuple[FormSpec, ...]:
    """Every shipped form, in the order of `list_forms`."""
    return tuple(load_form(form_id) for form_id in list_forms())


def load_form_file(path: Path) -> FormSpec:
    """A form from a file of your own, read afresh on each call.

    Raises:
        FormFileError: the file cannot be read, or is wrong; the message names file, key and cause.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormFileError(
            f"{path}: cannot be read: {error.strerror}", "check the path"
        ) from error
    return parse_form(data, str(path))


check_form = load_form_file


def parse_form(data: bytes, name: str) -> FormSpec:
    """Turn the bytes of a form file into a form; `name` is what errors call the file.

    The form's version is the number that the file declares and the first twelve hex digits of the
    file's sha256, so it changes with every byte and still says which revision was meant.
    """
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise FormFileError(f"{name}: not UTF-8 text at byte {error.start}", HINT) from error
    except tomllib.TOMLDecodeError as error:
        raise FormFileError(f"{name}: not TOML: {error}", HINT) from error
    try:
        file = FormFile.model_validate(table)
    except ValidationError as error:
        raise _form_file_error(error, table, name) from error
    digest = hashlib.sha256(data).hexdigest()[:12]
    try:
        return file.to_spec(version=f"{file.version}-{digest}")
    except ValueError as error:
        raise FormFileError(f"{name}: {error}", HINT) from error


def _form_file_error(error: ValidationError, table: dict[str, Any], name: str) -> FormFileError:
    faults = error.errors(include_url=False)
    first = faults[0]
    match first["type"]:
        case "missing":
            cause = "this key is missing"
        case "extra_forbidden":
            cause = "unknown key"
        case "value_error":
            cause = str(first["ctx"]["error"])
        case _:
            cause = f"{first['msg'][0].lower()}{first['msg'][1:]}, found {first['input']!r}"
    key = _key(first["loc"], table)
    message = f"{name}: {key}: {cause}" if key else f"{name}: {cause}"
    others = len(faults) - 1
    more = f"{others} more fault{'s' * (others > 1)} in the file; " if others else ""
    return FormFileError(message, more + HINT)


def _key(loc: tuple[int | str, ...], table: dict[str, Any]) -> str:
    """The key as written in TOML, lists counted from 0, each entry that has an id with its id."""
    key = ""
    node: Any = table
    for step in loc:
        if isinstance(step, int):
            node = node[step]
            key += f"[{step}]"
            if isinstance(node, dict) and isinstance(node.get("id"), str):
                key += f"({node['id']})"
        else:
            node = node.get(step) if isinstance(node, dict) else None
            key += f".{step}" if key else step
    return key
