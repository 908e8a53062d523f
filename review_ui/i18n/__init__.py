"""Every word of the screens in both languages, from one catalogue."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, get_args

Language = Literal["id", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

MISSING: Final = "–"
"""Shown in place of a number that a text names and the caller does not give."""

SCRIPT_PREFIXES: Final = (
    "desk.",
    "rule.",
    "correcting.",
    "state.",
    "corners.",
    "glyphs.",
    "keying.",
    "number.",
    "undo.",
    "upload.",
    "phone.",
    "login.submit",
    "remark.",
)
"""The words that modules in the browser need."""

PAGE_PREFIXES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"designer.html": ("designer.",)}
)
"""What the modules of one page need beside them, by its template."""


@cache
def catalogue() -> Mapping[str, Mapping[Language, str]]:
    """Every text by key and language, read once.

    Raises:
        ValueError: a text does not come in exactly the languages of `LANGUAGES`.
    """
    table = tomllib.loads((Path(__file__).parent / "catalogue.toml").read_text("utf-8"))
    texts: dict[str, Mapping[Language, str]] = {}
    for group, entries in table.items():
        for name, entry in entries.items():
            if set(entry) != set(LANGUAGES):
                raise ValueError(f"text {group}.{name} has languages {sorted(entry)}")
            texts[f"{group}.{name}"] = MappingProxyType(entry)
    return MappingProxyType(texts)


def text(key: str, lang: Language, **numbers: object) -> str:
    """The text of a key with its numbers; raises KeyError for a key that is not there."""
    return catalogue()[key][lang].format_map(defaultdict(lambda: MISSING, numbers))


def script_words(lang: Language, template: str = "") -> dict[str, str]:
    """The texts that modules on a page need, with their `{numbers}` still open."""
    wanted = (*SCRIPT_PREFIXES, *PAGE_PREFIXES.get(template, ()))
    return {key: entry[lang] for key, entry in catalogue().items() if key.startswith(wanted)}


def language(*wishes: str | None) -> Language:
    """The first wish that is one of our languages, else Indonesian."""
    return next((known for wish in wishes for known in LANGUAGES if known == wish), "id")
