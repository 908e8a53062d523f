"""One import: a file or a folder is read whole, checked, and kept with its event, or not at all.

What was read waits in a temporary file until it is known to be right: only keeping it makes others
who write wait.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BufferedReader
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final, Literal, cast

from sqlalchemy import Engine

from digitizer.domain.election import NATIONAL, Contest
from digitizer.domain.official import OfficialFormat, OfficialImport, OfficialTps
from digitizer.errors import OfficialRefused
from digitizer.forms import list_forms, load_form
from digitizer.official.documents import (
    Document,
    folder_documents,
    keyed_documents,
    zip_documents,
)
from digitizer.official.kpu import kpu_tps
from digitizer.official.reading import Findings, Shape
from digitizer.official.table import csv_rows
from digitizer.store.engine import read_session, write_session
from digitizer.store.official import latest_import, votes_of
from digitizer.store.official_importing import OfficialFile, Placed, keep_import
from digitizer.store.recap_sums import batches

SOURCE_LETTERS: Final = 200

Phase = Literal["reading", "keeping", "comparing"]
Progress = Callable[[Phase, int], object]
"""Is told how many TPS, or rows, a phase is done with."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is imported, by whom.

    Attributes:
        source: where the results are from, as the importer names it.
        paslon: our number of each paslon by the id of the KPU.
        actor: id of an account, or "system".
    """

    contest: Contest
    source: str
    paslon: Mapping[str, int]
    actor: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of it; not new is what the latest import says already."""

    official: OfficialImport
    is_new: bool


def import_file(
    engine: Engine,
    asked: Asked,
    file: BinaryIO,
    name: str,
    progress: Progress = lambda _phase, _done: None,
) -> Imported:
    """Import a ZIP of one JSON file a TPS, JSON keyed by TPS code, or a CSV; its bytes say which.

    Raises:
        OfficialRefused: with every fault found; nothing is kept then.
    """
    sha256 = hashlib.file_digest(cast("BufferedReader", file), "sha256").hexdigest()
    file.seek(0)
    shape, findings = _shape(asked), Findings()
    kind: OfficialFormat = "kpu"
    if zipfile.is_zipfile(file):
        file.seek(0)
        rows = _of_documents(zip_documents(file, findings), shape, findings)
    elif _begins_as_json(file):
        rows = _of_documents(keyed_documents(file, name, findings), shape, findings)
    else:
        kind = "csv"
        if asked.paslon:
            findings.wrong("--paslon", "a CSV names our fields itself, needed none")
        rows = csv_rows(file, name, shape, findings)
    return _import(engine, asked, kind, rows, findings, lambda: sha256, progress)


def import_folder(
    engine: Engine,
    asked: Asked,
    folder: Path,
    progress: Progress = lambda _phase, _done: None,
) -> Imported:
    """Import a folder of JSON files named by their TPS, in folders or not.

    The SHA-256 of a folder is that of a list of its files: a line each, with the file's SHA-256,
    two blanks and its name, files before folders, both by name.

    Raises:
        OfficialRefused: with every fault found; nothing is kept then.
    """
    shape, findings, listed = _shape(asked), Findings(), hashlib.sha256()

    def seen(name: str, data: bytes) -> None:
        listed.update(f"{hashlib.sha256(data).hexdigest()}  {name}\n".encode())

    rows = _of_documents(folder_documents(folder, findings, seen), shape, findings)
    return _import(engine, asked, "kpu", rows, findings, listed.hexdigest, progress)


def fields_of(contest: Contest) -> tuple[str, ...]:
    """Ids of the numbers on the forms of a contest, in their order; none without a definition."""
    shipped = set(list_forms())
    forms = [load_form(name) for name in contest.form_ids if name in shipped]
    found = (name for form in forms for name, spec in form.fields.items() if spec.counted)
    return tuple(dict.fromkeys(found))


def _shape(asked: Asked) -> Shape:
    fields = fields_of(asked.contest)
    hint = "give the import again; nothing was kept"
    if not fields:
        raise OfficialRefused(
            f"no form of contest {asked.contest.id} is defined, so its numbers have no names",
            "define its form first, see `digitizer forms`",
        )
    if not 0 < len(asked.source.strip()) <= SOURCE_LETTERS:
        raise OfficialRefused(
            f"the source has {len(asked.source.strip())} letters, needed 1 to {SOURCE_LETTERS}",
            "say where the results are from",
        )
    for theirs, ours in asked.paslon.items():
        if f"paslon_{ours}" not in fields:
            known = ", ".join(name[7:] for name in fields if name.startswith("paslon_"))
            raise OfficialRefused(
                f"--paslon {theirs}={ours}: found paslon {ours}, needed one of {known}", hint
            )
    if len(set(asked.paslon.values())) != len(asked.paslon):
        raise OfficialRefused("--paslon gives two of their ids the same number of ours", hint)
    return Shape(fields, asked.paslon)


def _begins_as_json(file: BinaryIO) -> bool:
    file.seek(0)
    begins = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    return begins.startswith((b"{", b"["))


def _of_documents(
    documents: Iterable[Document], shape: Shape, findings: Findings
) -> Iterator[Placed]:
    for place, code, said in documents:
        if (row := kpu_tps(code, said, place, shape, findings)) is not None:
            yield place, row


def _import(
    engine: Engine,
    asked: Asked,
    kind: OfficialFormat,
    rows: Iterable[Placed],
    findings: Findings,
    sha256: Callable[[], str],
    progress: Progress,
) -> Imported:
    with TemporaryFile("w+", encoding="utf-8") as spool:
        for batch in batches(rows):
            _check_codes(engine, asked.contest, batch, findings)
            for place, row in batch:
                findings.count(row)
                spool.write(json.dumps([place, row.tps, row.numbers, row.psu, row.ts]) + "\n")
            progress("reading", findings.tps)
        _check_whole(asked, findings)
        spool.seek(0)
        file = OfficialFile(
            source=asked.source.strip(),
            format=kind,
            sha256=sha256(),
            tps=findings.tps,
            unpublished=findings.unpublished,
            numbers=findings.numbers,
            fields=tuple(name for name in fields_of(asked.contest) if name in findings.fields),
            not_compared=dict(sorted(findings.not_compared.items())),
            paslon=asked.paslon,
        )
        with write_session(engine) as session:
            before = latest_import(session, asked.contest)
            official = keep_import(
                session, asked.contest, file, _spooled(spool),
                actor=asked.actor, now=asked.now,
                keeping=partial(progress, "keeping"), comparing=partial(progress, "comparing"),
            )  # fmt: skip
            session.commit()
    return Imported(official, before is None or before.id != official.id)


def _spooled(spool: IO[str]) -> Iterator[Placed]:
    for line in spool:
        place, *row = json.loads(line)
        yield place, OfficialTps(*row)


def _check_codes(
    engine: Engine, contest: Contest, batch: Iterable[Placed], findings: Findings
) -> None:
    """A TPS that votes elsewhere is a mistake; one that no list has is a fact, and is told."""
    area = "" if contest.area == NATIONAL else contest.area
    with read_session(engine) as session:
        standing = votes_of(session, contest, [row.tps for _, row in batch])
    for place, row in batch:
        if not row.tps.startswith(area):
            findings.wrong(
                place, f"TPS {row.tps} is not in area {area}, in which {contest.id} is voted for"
            )
        elif standing.get(row.tps) == "votes_not":
            findings.wrong(place, f"TPS {row.tps} does not vote in {contest.id}")


def _check_whole(asked: Asked, findings: Findings) -> None:
    if not findings.tps and not findings.faults:
        findings.wrong(asked.source, "it names no TPS, needed one at least")
    absent = sorted(asked.paslon.keys() - findings.paslon_ids)
    if absent and findings.paslon_ids:
        findings.wrong(
            "--paslon",
            f"no chart has paslon id {', '.join(absent)}; "
            f"found {', '.join(sorted(findings.paslon_ids))}",
        )
    findings.stop()
