"""What a look at one thing found, and what every look needs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine

from digitizer.settings import Settings

Check = Literal[
    "settings",
    "disk",
    "model",
    "tesseract",
    "photo_store",
    "database",
    "migrations",
    "clock",
    "node_key",
    "photos",
    "forms",
    "chain",
    "recap",
    "workers",
    "line",
    "backup",
]
"""In the order in which things are looked at; docs/running.md says what each means."""

Grade = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        grade: `bad` is to be mended before votes are trusted to it, `warning` is to be known.
        found: what is there.
        needed: what should be there instead; empty where it is good.
        mend: what to do; likewise.
    """

    check: Check
    grade: Grade
    found: str
    needed: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at an installation.

    Attributes:
        every: look at every photo and every event, not at a sample.
        recount: make every sum of the recap again.
    """

    settings: Settings
    now: datetime
    every: bool
    recount: bool


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """The same with its database open."""

    visit: Visit
    engine: Engine

    @property
    def settings(self) -> Settings:
        """Of the installation."""
        return self.visit.settings
