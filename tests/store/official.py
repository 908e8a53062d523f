"""Official results for tests of the store."""

import hashlib
from collections.abc import Mapping

from sqlmodel import Session

from digitizer.domain.election import Contest
from digitizer.domain.official import OfficialImport, OfficialTps
from digitizer.store.official_importing import OfficialFile, keep_import
from digitizer.store.official_tables import OfficialTpsRow
from tests.store.build import NOW

FIELDS = ("paslon_1", "paslon_2", "suara_sah", "suara_tidak_sah", "suara_total")


def official_numbers(session: Session, imported: OfficialImport, tps: str) -> Mapping[str, int]:
    """What an import gives of a TPS."""
    row = session.get(OfficialTpsRow, {"official_import": imported.id, "tps": tps})
    return row.numbers if row is not None else {}


def official(
    session: Session, contest: Contest, rows: Mapping[str, Mapping[str, int]], source: str = "uji"
) -> OfficialImport:
    """Import these numbers, by TPS and field."""
    file = OfficialFile(
        source=source,
        format="csv",
        sha256=hashlib.sha256(repr(sorted(rows.items())).encode()).hexdigest(),
        tps=len(rows),
        unpublished=sum(not numbers for numbers in rows.values()),
        numbers=sum(map(len, rows.values())),
        fields=FIELDS,
        not_compared={},
        paslon={},
    )
    placed = [(f"row {place}", OfficialTps(tps, n)) for place, (tps, n) in enumerate(rows.items())]
    return keep_import(session, contest, file, placed, actor="system", now=NOW)
