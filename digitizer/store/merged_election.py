"""Rounds that were ordered, and official results that were imported, on another node."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col, delete

from digitizer.domain.election import Contest
from digitizer.store.elections import get_contest
from digitizer.store.merged_state import Merging, insert, sealed
from digitizer.store.official import numbers_sha256
from digitizer.store.official_tables import OfficialImportRow, OfficialTpsRow
from digitizer.store.tables import ContestFormRow, ContestRow, ContestTpsRow, ElectionRow


def write_contests(merging: Merging) -> tuple[Contest, ...]:
    """Bring elections and contests up to date; gives the contests that are others than before.

    Of two orders of one round the later one holds, as a whole.
    """
    session = merging.session
    for (name,), row in merging.rows("election").items():
        election = session.get_one(ElectionRow, name)
        election.created_at = row["created_at"]
        session.add(election)
    session.flush()
    changed = [
        name
        for (name,), row in sorted(
            merging.rows("contest").items(), key=lambda item: (item[1]["round"], item[0])
        )
        if _write_contest(session, name, row, merging.whole.rows("round_tps").get((name,)))
    ]
    return tuple(get_contest(session, name) for name in changed)


def _write_contest(
    session: Session, name: str, said: Mapping[str, Any], listed: Mapping[str, Any] | None
) -> bool:
    row = {key: value for key, value in said.items() if key != "form_ids"}
    codes = sorted(listed["tps"]) if listed is not None else []
    kept = session.get(ContestRow, name)
    if kept is None:
        session.add(ContestRow(id=name, **row))
        session.flush()
    else:
        same = all(getattr(kept, key) == value for key, value in row.items())
        if same and (said["form_ids"], codes) == (_forms(session, name), _codes(session, name)):
            return False
        for key, value in row.items():
            setattr(kept, key, value)
        session.add(kept)
        session.flush()
        session.exec(delete(ContestFormRow).where(col(ContestFormRow.contest) == name))
        session.exec(delete(ContestTpsRow).where(col(ContestTpsRow.contest) == name))
    forms = enumerate(said["form_ids"])
    insert(
        session,
        ContestFormRow,
        ({"form": form, "contest": name, "position": place} for place, form in forms),
    )
    insert(session, ContestTpsRow, ({"contest": name, "tps": code} for code in codes))
    return True


def _forms(session: Session, contest: str) -> list[str]:
    query = sql.select(col(ContestFormRow.form)).where(col(ContestFormRow.contest) == contest)
    return list(session.execute(query.order_by(col(ContestFormRow.position))).scalars())


def _codes(session: Session, contest: str) -> list[str]:
    query = sql.select(col(ContestTpsRow.tps)).where(col(ContestTpsRow.contest) == contest)
    return list(session.execute(query.order_by(col(ContestTpsRow.tps))).scalars())


def write_official(merging: Merging) -> tuple[Contest, ...]:
    """Keep imports of official results; gives the contests that are to be compared anew.

    Raises:
        MergeRefused: the numbers are not those that an import's event seals.
    """
    session = merging.session
    imports = merging.rows("official_import")
    insert(
        session,
        OfficialImportRow,
        (
            {**row, "id": name, "source": said.get("source", ""),
             "not_compared": said.get("not_compared", {})}
            for (name,), row in imports.items()
            for said in (merging.beside("official_import", (name,)),)
        ),
    )  # fmt: skip

    def numbers() -> Iterator[dict[str, Any]]:
        for line in merging.lines("official_tps"):
            if (line["official_import"],) in imports:
                yield line

    insert(session, OfficialTpsRow, numbers())
    for (name,), row in imports.items():
        found = numbers_sha256(session, name)
        sealed(found, row["numbers_sha256"], f"official results {name}")
    return tuple(
        get_contest(session, name) for name in sorted({row["contest"] for row in imports.values()})
    )
