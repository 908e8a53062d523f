"""The status page in words: what is well, what is not, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from digitizer import __version__
from digitizer.api.figures import decimal
from digitizer.api.pages import grouped, local_time
from digitizer.api.standings import Seen
from digitizer.store.overview import (
    FEW_PHOTOS,
    OLD_BACKUP,
    PHOTO_BYTES,
    SLOW,
    STUCK,
    Hour,
)
from review_ui.i18n import MISSING, Language, text

Tone = Literal["good", "warn", "bad"]

SHOWN_HEAD: Final = 16
SHOWN_ID: Final = 8
BAR: Final = 4
"""Width of a bar of the chart, in its own units; two stand side by side in each hour."""
HEIGHT: Final = 40


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that is not as it should be, and what to do."""

    tone: Tone
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the chart: heights in units of the drawing, numbers and hour in words."""

    x: int
    sent_height: float
    read_height: float
    hour: str
    sent: str
    read: str


@dataclass(frozen=True, slots=True)
class WorkerView:
    """One worker in words."""

    name: str
    alive: bool
    last: str


@dataclass(frozen=True, slots=True)
class StatusView:
    """Everything on the page, in the language of the request."""

    warnings: tuple[Concern, ...]
    waiting: str
    oldest: str
    bars: tuple[Bar, ...]
    width: int
    most: str
    sent: str
    read: str
    workers: tuple[WorkerView, ...]
    facts: tuple[tuple[str, str], ...]


def status_view(seen: Seen, zone: str, lang: Language) -> StatusView:
    """How the installation stands."""
    line, hours = seen.standing.line, seen.hours
    return StatusView(
        warnings=tuple(_warnings(seen, lang)),
        waiting=grouped(line.length, lang),
        oldest=ago(seen.at - line.oldest, lang) if line.oldest else MISSING,
        bars=bars(hours, zone, lang),
        width=3 * BAR * len(hours),
        most=grouped(_most(hours), lang),
        sent=grouped(sum(hour.sent for hour in hours), lang),
        read=grouped(sum(hour.read for hour in hours), lang),
        workers=tuple(
            WorkerView(
                f"{worker.machine} · {worker.id[-SHOWN_ID:]}",
                not worker.silent,
                ago(seen.at - worker.sign, lang),
            )
            for worker in seen.workers
        ),
        facts=tuple(
            (text(f"status.{name}", lang), words) for name, words in _facts(seen, zone, lang)
        ),
    )


def bars(hours: tuple[Hour, ...], zone: str, lang: Language) -> tuple[Bar, ...]:
    """The chart, each hour as high as its photos."""
    scale = HEIGHT / max(1, _most(hours))
    return tuple(
        Bar(
            x=3 * BAR * number,
            sent_height=round(scale * hour.sent, 2),
            read_height=round(scale * hour.read, 2),
            hour=local_time(hour.start, zone)[11:16],
            sent=grouped(hour.sent, lang),
            read=grouped(hour.read, lang),
        )
        for number, hour in enumerate(hours)
    )


def ago(age: timedelta, lang: Language) -> str:
    """An age to the minute, the hour or the day.

    >>> ago(timedelta(minutes=90), "id")
    '1 jam 30 menit'
    """
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 60:
        return text("status.minutes", lang, n=minutes)
    if minutes < 48 * 60:
        return text("status.hours", lang, h=minutes // 60, m=minutes % 60)
    return text("status.days", lang, n=minutes // (24 * 60))


def size(number: int, lang: Language) -> str:
    """Bytes in GB, small ones in MB.

    >>> size(1_500_000_000, "id")
    '1,5 GB'
    """
    unit, scale = ("GB", 1e9) if number >= 1e9 else ("MB", 1e6)
    return f"{decimal(number / scale, lang)} {unit}"


def _warnings(seen: Seen, lang: Language) -> Iterator[Concern]:
    now = seen.standing

    def warn(tone: Tone, name: str, **numbers: str) -> Concern:
        return Concern(
            tone, text(f"status.{name}", lang, **numbers), text(f"status.{name}_mend", lang)
        )

    age = seen.at - now.line.oldest if now.line.oldest else timedelta()
    if all(worker.silent for worker in seen.workers):
        yield warn("bad" if now.line.length else "warn", "no_worker")
    if age > SLOW:
        yield warn("bad" if age > STUCK else "warn", "slow", age=ago(age, lang))
    if seen.disk_free < FEW_PHOTOS * PHOTO_BYTES:
        yield warn("bad", "disk_full", free=size(seen.disk_free, lang))
    if now.backup is None:
        yield warn("warn", "never_backed_up")
    elif now.backup.lacking:
        yield warn("bad", "backup_lacks", n=grouped(now.backup.lacking, lang))
    elif seen.at - now.backup.taken_at > OLD_BACKUP:
        yield warn("warn", "backup_old", age=ago(seen.at - now.backup.taken_at, lang))


def _facts(seen: Seen, zone: str, lang: Language) -> Iterator[tuple[str, str]]:
    now = seen.standing
    yield "taken", grouped(now.uploads, lang)
    yield "verified", grouped(now.verifications, lang)
    yield "disputed", grouped(now.sheets.get("disputed", 0), lang)
    used = decimal(100 * (1 - seen.disk_free / seen.disk_size), lang)
    yield "disk", text("status.disk_is", lang, free=size(seen.disk_free, lang), used=used)
    yield "database", f"{seen.database}, {size(now.database_bytes, lang)}"
    yield "store", text("status.folder" if seen.store == "file" else "status.bucket", lang)
    yield "backup", _moment(now.backup.taken_at, seen.at, zone, lang) if now.backup else MISSING
    head = now.head
    shown = f"{head.head[:SHOWN_HEAD]} · {local_time(head.at, zone)}" if head else MISSING
    yield "head", shown
    yield "version", __version__
    yield "model", now.model or MISSING


def _moment(at: datetime, now: datetime, zone: str, lang: Language) -> str:
    return f"{local_time(at, zone)} ({ago(now - at, lang)})"


def _most(hours: tuple[Hour, ...]) -> int:
    return max((max(hour.sent, hour.read) for hour in hours), default=0)
