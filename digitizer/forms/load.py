"""From the bytes of a form file to a `FormSpec`, or to an error that says where the fault is."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from digitizer.domain.form import FormFault, FormSpec, PageSpec, form_faults
from digitizer.domain.geometry import Rect
from digitizer.errors import FormFileError
from digitizer.forms.schema import FormFile

SUFFIX: Final = ".toml"
HINT: Final = "mend the file and run `digitizer forms check FILE`; docs/forms.md describes it"


@dataclass(frozen=True, slots=True)
class FileFault:
    """One thing that is wrong with a form file.

    Attributes:
        code: "missing", "unknown_key" or "value", or as `domain.form.FormFault`.
        key: where it stands, as steps from the top; empty where parts contradict each other.
        message: key and cause.
        page, places, names: as `domain.form.FormFault`.
    """

    code: str
    key: tuple[int | str, ...]
    message: str
    page: int | None = None
    places: tuple[Rect, ...] = ()
    names: tuple[str, ...] = ()


def _folder() -> Traversable:
    return resources.files("digitizer.forms")


@cache
def shipped_ids() -> tuple[str, ...]:
    """The ids of the forms shipped with the product, in alphabetical order."""
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)))


def shipped_text(form_id: str) -> str:
    """The file of a shipped form."""
    return (_folder() / f"{form_id}{SUFFIX}").read_text(encoding="utf-8")


@cache
def shipped_form(form_id: str) -> FormSpec:
    """One shipped form, read once.

    Raises:
        FormFileError: its file is wrong.
    """
    name = form_id + SUFFIX
    form = parse_form((_folder() / name).read_bytes(), name)
    if form.id != form_id:
        raise FormFileError(
            f"{name}: id: found {form.id!r}, needed {form_id!r} as in the name", HINT
        )
    return form


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


def parse_form(data: bytes, name: str, *, finished: bool = True) -> FormSpec:
    """Turn the bytes of a form file into a form; `name` is what errors call the file.

    The form's version is the number that the file declares and the first twelve hex digits of the
    file's sha256, so it changes with every byte and still says which revision was meant.

    Args:
        data: the file.
        name: what errors call it.
        finished: whether every page must have a number to read; one of a draft may have none yet.

    Raises:
        FormFileError: the file is wrong.
    """
    form = form_of(table_of(data, name), name, hashlib.sha256(data).hexdigest()[:12])
    if finished and (empty := next(_empty_pages(form.pages), None)):
        raise FormFileError(f"{name}: {empty.message}", HINT)
    return form


def table_of(data: bytes, name: str) -> dict[str, Any]:
    """What stands in a form file, right or not.

    Raises:
        FormFileError: it is no TOML.
    """
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise FormFileError(f"{name}: not UTF-8 text at byte {error.start}", HINT) from error
    except tomllib.TOMLDecodeError as error:
        raise FormFileError(f"{name}: not TOML: {error}", HINT) from error


def drawable_pages(table: Mapping[str, Any]) -> tuple[PageSpec, ...]:
    """The pages that can be drawn, though they may contradict themselves; none where keys are wrong
    anywhere.
    """
    try:
        return tuple(page.to_spec() for page in FormFile.model_validate(table).page)
    except ValidationError:
        return ()


def form_of(table: Mapping[str, Any], name: str, digest: str = "draft") -> FormSpec:
    """Turn what stands in a form file into a form whose version ends in `digest`.

    Raises:
        FormFileError: the first fault, with its key.
    """
    try:
        file = FormFile.model_validate(table)
        return file.to_spec(version=f"{file.version}-{digest}")
    except ValueError as error:
        found = faults_of(table)
        others = len(found) - 1
        more = f"{others} more fault{'s' * (others > 1)} in the file; " if others else ""
        raise FormFileError(f"{name}: {found[0].message}", more + HINT) from error


def faults_of(table: Mapping[str, Any]) -> tuple[FileFault, ...]:
    """All that is wrong with what stands in a form file: what its keys may not hold, or, where each
    is what it must be, where they contradict each other.
    """
    try:
        file = FormFile.model_validate(table)
    except ValidationError as error:
        return tuple(_fault(item, table) for item in error.errors(include_url=False))
    pages = tuple(page.to_spec() for page in file.page)
    rules = tuple(rule.to_spec() for rule in file.rule)
    return tuple(
        FileFault(fault.code, (), fault.message, fault.page, fault.places, fault.names)
        for fault in (*form_faults(file.id, pages, rules), *_empty_pages(pages))
    )


def _empty_pages(pages: Sequence[PageSpec]) -> Iterator[FormFault]:
    """Pages without a number to read; their blank may be drawn and worked on, no photo is read."""
    for page in pages:
        if not page.fields:
            message = (
                f"page {page.number} has no field, needed one at least; add it, or take the page "
                "out: the others keep their numbers"
            )
            yield FormFault("page_empty", message, page.number)


def _fault(told: ErrorDetails, table: Mapping[str, Any]) -> FileFault:
    code = "value"
    match told["type"]:
        case "missing":
            code, cause = "missing", "this key is missing"
        case "extra_forbidden":
            code, cause = "unknown_key", "unknown key"
        case "value_error":
            cause = str(told["ctx"]["error"])
        case _:
            cause = f"{told['msg'][0].lower()}{told['msg'][1:]}, found {told['input']!r}"
    key = _key(told["loc"], table)
    return FileFault(code, tuple(told["loc"]), f"{key}: {cause}" if key else cause)


def _key(loc: Sequence[int | str], table: Mapping[str, Any]) -> str:
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
