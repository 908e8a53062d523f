"""Official results as somebody else published them, and one import of them. Never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

OfficialFormat = Literal["kpu", "csv"]
"""How they came: the KPU's public JSON, or a CSV of TPS and field ids."""


@dataclass(frozen=True, slots=True)
class OfficialTps:
    """What an import says of one TPS.

    Attributes:
        numbers: those that are given, by field id; without any the TPS is not published yet.
        psu, ts: what was written beside them: whether it is of a re-vote, and of when it is.
    """

    tps: str
    numbers: Mapping[str, int]
    psu: str | None = None
    ts: str | None = None


@dataclass(frozen=True, slots=True)
class OfficialImport:
    """One import of official results. Of a contest the one with the highest `number` is compared.

    Attributes:
        source: where they are from, as the importer names it.
        sha256: of the bytes that were imported.
        numbers_sha256: of what was kept of them; see `store.official.numbers_sha256`.
        tps: how many TPS it names, `unpublished` of them without any number; `numbers`: in all.
        fields: the field ids that it gives at some TPS at least, in order.
        not_compared: what it gives beside them, by its own name, with the number of TPS.
        paslon: our number of each paslon by theirs.
        actor: id of the account that imported it, or "system".
    """

    id: str
    contest: str
    number: int
    source: str
    format: OfficialFormat
    sha256: str
    numbers_sha256: str
    tps: int
    unpublished: int
    numbers: int
    fields: tuple[str, ...]
    not_compared: Mapping[str, int]
    paslon: Mapping[str, int]
    actor: str
    at: datetime
