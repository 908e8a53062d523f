"""Policies from files: the thresholds of an installation, checked before they are used."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter, ValidationError

from digitizer.domain.policy import Policy
from digitizer.errors import SettingsError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MEASURES: Final = ("_pixels", "_mm")
"""Thresholds in units of their own; all others are shares."""


def load_policy(file: Path | None) -> Policy:
    """The policy of a TOML file, whose keys are those of `Policy`; without a file the shipped one.

    What the file does not name stays as shipped. It must give a `name` of its own, since results
    are kept with the name of the policy they rest on.

    Raises:
        SettingsError: the file cannot be read, or a key or value in it is not one of a policy.
    """
    if file is None:
        return Policy()
    try:
        facts: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"the policy {file} cannot be read: {error}", "see docs/policy.md for what it holds"
        ) from error
    if not facts.get("name") or facts["name"] == Policy().name:
        raise SettingsError(
            f"the policy {file} has no name of its own", 'begin it with name = "..."'
        )
    if unknown := [*_unknown(facts, Policy)]:
        raise SettingsError(
            f"the policy {file} names {', '.join(unknown)}, which no policy has",
            "see docs/policy.md for what it holds",
        )
    try:
        policy = TypeAdapter(Policy).validate_python(facts)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"the policy {file} has {key} = {first['input']!r}: {first['msg']}",
            "see docs/policy.md for what it holds",
        ) from None
    for key, value in _values(policy):
        if (needed := _range_missed(key, value)) is not None:
            raise SettingsError(
                f"the policy {file} has {key} = {value}, needed {needed}",
                "see docs/policy.md for what it means",
            )
    return policy


def _values(group: "DataclassInstance", within: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a policy by its key in the file."""
    for item in fields(group):
        value = getattr(group, item.name)
        if isinstance(value, int | float):
            yield within + item.name, value
        elif not isinstance(value, str):
            yield from _values(value, f"{item.name}.")


def _range_missed(key: str, value: float) -> str | None:
    """What a threshold must be, where it is not: beyond it nothing would be doubtful, or all."""
    if key.endswith(MEASURES):
        return None if 0 <= value < inf else "0 or more"
    if key == "most_steps":
        return None if value >= 1 else "1 or more"
    if "." in key:
        # How often something goes wrong on paper: what never does could not be weighed.
        return None if 0 < value <= 1 else "more than 0, and 1 at most"
    return None if 0 <= value <= 1 else "a share between 0 and 1"


def _unknown(facts: Mapping[str, Any], kind: type) -> Iterator[str]:
    """Keys that the policy, or a group of it, does not have."""
    known = {item.name: item for item in fields(kind)}
    for key, value in facts.items():
        if key not in known:
            yield key
        elif isinstance(value, dict) and isinstance(group := known[key].default_factory, type):
            yield from (f"{key}.{name}" for name in _unknown(value, group))
