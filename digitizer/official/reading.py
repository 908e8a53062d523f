"""What is asked of files of official results, and what was found in them so far."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from digitizer.domain.official import OfficialTps
from digitizer.errors import OfficialRefused

SHOWN_FAULTS: Final = 20
"""After so many the reading stops: a file with more is of another kind."""

MOST: Final = 999_999_999
"""Of one number. What is published may be absurd and is kept all the same; this is no number."""

_CODE: Final = re.compile(r"\d{13}|\d{2}\.\d{2}\.\d{2}\.\d{4}\.\d{3}", re.ASCII)

_NUMBER: Final = re.compile(r"\d{1,2}", re.ASCII)

Where = str
"""Where something stands: file, row and key."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the numbers may be.

    Attributes:
        fields: ids of the contest's forms, in their order.
        paslon: our number of each paslon by theirs.
    """

    fields: tuple[str, ...]
    paslon: Mapping[str, int]


@dataclass(slots=True)
class Findings:
    """What was found so far, faults among it."""

    tps: int = 0
    unpublished: int = 0
    numbers: int = 0
    fields: set[str] = field(default_factory=set)
    paslon_ids: set[str] = field(default_factory=set)
    not_compared: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def count(self, row: OfficialTps) -> None:
        """Count one TPS."""
        self.tps += 1
        self.unpublished += not row.numbers
        self.numbers += len(row.numbers)
        self.fields |= row.numbers.keys()

    def wrong(self, place: Where, cause: str) -> None:
        """Note a fault.

        Raises:
            OfficialRefused: there are so many that reading on is of no use.
        """
        self.faults.append(f"{place}: {cause}")
        if len(self.faults) >= SHOWN_FAULTS:
            self.faults.append("and perhaps more: the reading stopped here")
            self.stop()

    def stop(self) -> None:
        """End the import if anything is wrong.

        Raises:
            OfficialRefused: with every fault found.
        """
        if self.faults:
            raise OfficialRefused(
                "\n".join(self.faults), "correct this and import again; nothing was kept"
            )


def tps_code(text: str) -> str | None:
    """The 13 digits of a TPS code, written with or without dots; None for anything else.

    >>> tps_code("64.72.01.1001.005")
    '6472011001005'
    """
    return text.replace(".", "") if _CODE.fullmatch(text) else None


def shown(value: object) -> str:
    """A value as an error names it, not longer than a line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def paslon_numbers(given: Iterable[str]) -> Mapping[str, int]:
    """Our number of each paslon by theirs, from texts such as `1000001=1`.

    Raises:
        OfficialRefused: one is of another kind, or an id comes twice.
    """
    numbers: dict[str, int] = {}
    for text in given:
        theirs, _, ours = text.partition("=")
        if not theirs or theirs in numbers or not _NUMBER.fullmatch(ours):
            raise OfficialRefused(
                f"--paslon: found {shown(text)}, needed ID=NUMBER, each id once",
                "give one for each paslon, such as 1000001=1",
            )
        numbers[theirs] = int(ours)
    return numbers
