"""The order of a later round as a file: what is voted on again, where, and between whom."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from digitizer.store.toml_file import Faults, Table, read_toml
from digitizer.store.tps_list import read_rows

KEYS: Final = ("election", "contest")
CONTEST_KEYS: Final = (
    "id", "repeats", "round", "title", "candidates", "form_ids", "since", "tps",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderedRound:
    """A later round as its file describes it; None is as in the round before.

    Attributes:
        repeats: id of a contest of the same office, of whichever round.
        since: photos sent from this day on are taken for this round; None is from the order on.
        codes: of TPS, or of wilayah for all TPS in them; none is the whole area of the office.
    """

    id: str
    repeats: str
    round: int
    title: str | None
    candidates: tuple[str, ...] | None
    form_ids: tuple[str, ...] | None
    since: date | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderFile:
    """Later rounds of an election as a file orders them; `name` is that of the file."""

    name: str
    election: str
    rounds: tuple[OrderedRound, ...]


def read_order_file(path: Path) -> OrderFile:
    """Read an order from a TOML file; `tps` there is a list of codes, or a CSV of them.

    Whether it fits the election is for `orders.order_rounds` to say.

    Raises:
        SettingsError: with every fault found: file, key or line, and cause.
    """
    faults = Faults()
    table = Table(read_toml(path, "the file of an order"), path.name, faults)
    table.only(*KEYS)
    election = table.text("election")
    rounds = tuple(_round(item, path.parent) for item in table.tables("contest"))
    for repeated, times in Counter(item.id for item in rounds).items():
        if times > 1:
            table.wrong("contest.id", f"{repeated!r} is given {times} times")
    faults.stop()
    return OrderFile(path.name, election, rounds)


def _round(item: Table, folder: Path) -> OrderedRound:
    item.only(*CONTEST_KEYS)

    def texts(key: str) -> tuple[str, ...] | None:
        return item.texts(key) if key in item.data else None

    since = item.data.get("since")
    if since is not None and (not isinstance(since, date) or isinstance(since, datetime)):
        item.fault("since", "a day, such as 2025-04-19")
        since = None
    return OrderedRound(
        id=item.text("id"),
        repeats=item.text("repeats"),
        round=item.positive("round"),
        title=item.text("title") if "title" in item.data else None,
        candidates=texts("candidates"),
        form_ids=texts("form_ids"),
        since=since,
        codes=_codes(item, folder),
    )


def _codes(item: Table, folder: Path) -> tuple[str, ...]:
    """The TPS and wilayah in which is voted again; none where the key is left out."""
    found = item.data.get("tps")
    if found is None:
        return ()
    if isinstance(found, str) and found.strip():
        codes = tuple(row["code"] for _, row in read_rows(folder / found, item.faults))
        if not codes:
            item.faults.add(found, "file", "it names no TPS")
        return codes
    return item.texts("tps")
