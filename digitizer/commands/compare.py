"""`digitizer compare`: official results in, and where they are not what was verified here."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlmodel import Session

from digitizer.commands.progress import whole_file
from digitizer.domain.comparison_sum import OUTCOMES, ComparisonSum
from digitizer.domain.election import Contest
from digitizer.domain.listing import NOTICE
from digitizer.domain.official import OfficialImport
from digitizer.errors import NotFound
from digitizer.installation import open_installation
from digitizer.official import Asked, Imported, import_file, import_folder, paslon_numbers
from digitizer.official.exporting import export_comparison
from digitizer.settings import read_settings
from digitizer.store.comparisons import PlaceComparison, comparison_of, comparisons_below
from digitizer.store.elections import get_contest, get_election
from digitizer.store.engine import read_session
from digitizer.store.official import latest_import

app = typer.Typer(no_args_is_help=True, help="Hold what was verified against official results.")

ContestId = Annotated[str, typer.Option("--contest", help="The contest, by its id.")]


@app.command("import")
def import_official(
    path: Annotated[
        Path,
        typer.Argument(
            help="A folder or ZIP of one JSON file a TPS, JSON by TPS code, or a CSV.", exists=True
        ),
    ],
    contest: ContestId,
    source: Annotated[str, typer.Option(help="Where the results are from, and of when.")],
    paslon: Annotated[
        list[str] | None,
        typer.Option(help="ID=NUMBER: which of our paslon an id of the KPU is; once for each."),
    ] = None,
) -> None:
    """Keep official results as facts and compare; a file with a fault is not kept at all."""
    engine = open_installation(read_settings()).engine
    with read_session(engine) as session:
        asked = Asked(
            get_contest(session, contest), source, paslon_numbers(paslon or ()),
            "system", datetime.now(UTC),
        )  # fmt: skip
    with _progress() as progress:
        tasks: dict[str, Any] = {}

        def told(phase: str, done: int) -> None:
            if phase not in tasks:
                tasks[phase] = progress.add_task(phase, total=None)
            progress.update(tasks[phase], completed=done)

        if path.is_dir():
            imported = import_folder(engine, asked, path, told)
        else:
            with path.open("rb") as file:
                imported = import_file(engine, asked, file, path.name, told)
        for task in tasks.values():
            progress.update(task, total=progress.tasks[task].completed)
    _say_import(imported)
    with read_session(engine) as session:
        typer.echo(_in_one_line(comparison_of(session, asked.contest)))


@app.command("show")
def show(
    contest: ContestId,
    wilayah: Annotated[str, typer.Option(help="Code of an area; the whole without it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say how far the verified numbers of an area agree with the latest import."""
    with read_session(open_installation(read_settings()).engine) as session:
        found = get_contest(session, contest)
        imported = latest_import(session, found)
        if imported is None:
            raise NotFound(
                f"no official results of {contest} were imported",
                "import them first, see `digitizer compare import --help`",
            )
        whole = comparison_of(session, found, wilayah)
        below = comparisons_below(session, found, wilayah)
        if as_json:
            data = _data(session, found, wilayah, imported, whole, below)
            typer.echo(json.dumps(data, ensure_ascii=False))
            return
    typer.echo(f"{found.title} {wilayah or '(whole)'}, import {imported.number}: {imported.source}")
    typer.echo(_in_one_line(whole))
    console = Console(markup=False, emoji=False)
    console.print(_numbers_table(imported, whole))
    console.print(_places_table(below))
    typer.echo(NOTICE)


@app.command("export")
def export(
    contest: ContestId,
    output: Annotated[Path, typer.Option("-o", "--output", help="The CSV file to write.")],
) -> None:
    """Write every number that differs or that one side lacks, and note that it left."""
    engine = open_installation(read_settings()).engine
    with _progress() as progress, whole_file(output) as file:
        task = progress.add_task("exporting", total=None)
        exported = export_comparison(
            engine, contest, file, actor="system", now=datetime.now(UTC),
            progress=lambda done: progress.update(task, completed=done),
        )  # fmt: skip
        progress.update(task, completed=exported.rows, total=exported.rows)
    typer.echo(f"{exported.rows} differences in {output}")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(), console=Console(stderr=True),
    )  # fmt: skip


def _say_import(imported: Imported) -> None:
    said = imported.official
    known = "" if imported.is_new else " (known already, nothing changed)"
    typer.echo(
        f"import {said.number} of {said.contest}: {said.tps} TPS, {said.unpublished} of them not "
        f"published yet, {said.numbers} numbers, sha256 {said.sha256}{known}"
    )
    for name, tps in said.not_compared.items():
        typer.echo(f"not compared: {name} ({tps} TPS)")


def _in_one_line(sums: ComparisonSum) -> str:
    told = {
        "equal": sums.equal,
        f"differ ({sums.explained} explained by a D.HASIL correction)": sums.differing,
        "lack a number on one side": sums.incomplete,
        "only here": sums.only_ours,
        "only there": sums.only_theirs,
        "on neither side": sums.neither,
        "not in the list of TPS": sums.unlisted,
    }
    counts = ", ".join(f"{count} {what}" for what, count in told.items())
    return f"{sums.compared} of {sums.expected} TPS are on both sides: {counts}"


def _numbers_table(imported: OfficialImport, sums: ComparisonSum) -> Table:
    names = ("number", "TPS", "ours", "theirs", "differ.", "TPS diff.", "all ours", "all theirs")
    table = _table(names, texts=1)
    for name in imported.fields:
        if (item := sums.numbers.get(name)) is not None:
            cells = (
                item.compared,
                item.ours_compared,
                item.theirs_compared,
                item.difference,
                item.differing,
                item.ours,
                item.theirs,
            )
            table.add_row(name, *map(str, cells))
    return table


def _places_table(below: Sequence[PlaceComparison]) -> Table:
    names = ("equal", "differ", "incompl.", "ours", "theirs", "neither", "unlist.")
    table = _table(("code", "name", *names), texts=2)
    for place in below:
        counts = (str(place.sums.tps(outcome)) for outcome in OUTCOMES)
        table.add_row(place.code, place.name, *counts)
    return table


def _table(names: Sequence[str], *, texts: int) -> Table:
    """A table that fits a terminal of 80 letters; its first columns hold texts."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for place, name in enumerate(names):
        is_text = place < texts
        table.add_column(name, justify="left" if is_text else "right", no_wrap=not is_text)
    return table


def _data(
    session: Session,
    contest: Contest,
    wilayah: str,
    imported: OfficialImport,
    whole: ComparisonSum,
    below: Sequence[PlaceComparison],
) -> dict[str, Any]:
    election = get_election(session)
    return {
        "notice": NOTICE,
        "simulated": bool(election and election.simulated),
        "contest": contest.id,
        "wilayah": wilayah,
        "import": {
            "id": imported.id, "number": imported.number, "source": imported.source,
            "at": imported.at.isoformat(), "sha256": imported.sha256,
            "numbers_sha256": imported.numbers_sha256, "tps": imported.tps,
            "unpublished": imported.unpublished, "numbers": imported.numbers,
            "not_compared": dict(imported.not_compared), "paslon": dict(imported.paslon),
        },
        "comparison": _sums(whole),
        "children": [
            {"code": place.code, "name": place.name, "level": place.level, **_sums(place.sums)}
            for place in below
        ],
    }  # fmt: skip


def _sums(sums: ComparisonSum) -> Mapping[str, Any]:
    return {
        "expected": sums.expected,
        "compared": sums.compared,
        **{outcome: sums.tps(outcome) for outcome in OUTCOMES},
        "explained": sums.explained,
        "numbers": {
            name: {**item._asdict(), "difference": item.difference}
            for name, item in sums.numbers.items()
        },
    }
