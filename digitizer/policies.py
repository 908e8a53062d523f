"""Policies from files: the thresholds of an installation, checked before they are used."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from digitizer.domain.policy import Policy
from digitizer.errors import SettingsError


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
        return TypeAdapter(Policy).validate_python(facts)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"the policy {file} has {key} = {first['input']!r}: {first['msg']}",
            "see docs/policy.md for what it holds",
        ) from None


def _unknown(facts: Mapping[str, Any], kind: type) -> Iterator[str]:
    """Keys that the policy, or a group of it, does not have."""
    known = {item.name: item for item in fields(kind)}
    for key, value in facts.items():
        if key not in known:
            yield key
        elif isinstance(value, dict) and isinstance(group := known[key].default_factory, type):
            yield from (f"{key}.{name}" for name in _unknown(value, group))
