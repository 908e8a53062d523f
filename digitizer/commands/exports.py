"""`digitizer export`: verified tallies as a file, whole or not at all."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, cast, get_args

import typer

from digitizer.bundling import bundle
from digitizer.commands.exchange import write_exchange
from digitizer.commands.progress import progress_bar, whole_file
from digitizer.errors import SettingsError
from digitizer.exporting import Kind, export_recap, export_rows
from digitizer.installation import open_installation
from digitizer.settings import read_settings

USES: Final[Mapping[str, Collection[str]]] = MappingProxyType(
    {
        "a list (csv, json)": ("--format", "--contest", "--superseded"),
        "a workbook (xlsx)": ("--format", "--contest", "--area"),
        "a bundle": ("--contest", "--with-photos", "--with-notes"),
        "an exchange file": (),
    }
)
"""Which options each kind of file is made by."""


def export_tallies(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write.")
    ] = None,
    bundle_to: Annotated[
        Path | None,
        typer.Option("--bundle", help="Write a proof bundle (ZIP) instead; see `verify`."),
    ] = None,
    exchange_to: Annotated[
        Path | None,
        typer.Option(
            "--exchange", help="Write all there is for another installation instead; see `merge`."
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--format", help="csv, json or xlsx; else the ending of the file says it."),
    ] = None,
    contest: Annotated[
        str | None, typer.Option(help="Only the office of this contest, in all its rounds.")
    ] = None,
    area: Annotated[
        str, typer.Option(help="Of xlsx: code of the area whose parts are the columns.")
    ] = "",
    superseded: Annotated[
        bool, typer.Option("--superseded", help="Also tallies after which a TPS votes again.")
    ] = False,
    with_photos: Annotated[
        bool, typer.Option("--with-photos", help="Into a bundle: the public copies of all photos.")
    ] = False,
    with_notes: Annotated[
        bool,
        typer.Option("--with-notes", help="Let notes of people out that old events hold."),
    ] = False,
) -> None:
    """Write the verified tallies that count, and note in the history that they left.

    csv and json list them by TPS; xlsx adds one area up in the shape of D.HASIL.
    """
    if sum(item is not None for item in (output, bundle_to, exchange_to)) != 1:
        raise SettingsError(
            "what to write is not told", "give one of -o FILE, --bundle FILE, --exchange FILE"
        )
    told = {
        "--format": kind is not None,
        "--contest": contest is not None,
        "--area": bool(area),
        "--superseded": superseded,
        "--with-photos": with_photos,
        "--with-notes": with_notes,
    }
    given = [option for option, is_told in told.items() if is_told]
    if exchange_to is not None:
        _refuse_unused(given, "an exchange file")
        write_exchange(exchange_to)
    elif bundle_to is not None:
        _refuse_unused(given, "a bundle")
        _write_bundle(bundle_to, contest, with_photos=with_photos, with_notes=with_notes)
    elif output is not None:
        chosen = kind or output.suffix.lstrip(".")
        if chosen == "xlsx":
            _refuse_unused(given, "a workbook (xlsx)")
            _write_recap(output, contest, area)
        else:
            _check_kind(chosen)
            _refuse_unused(given, "a list (csv, json)")
            _write_list(output, chosen, contest, superseded=superseded)


def _refuse_unused(given: Collection[str], what: str) -> None:
    """A file that leaves out what was asked of it would be taken for what was asked."""
    for option in given:
        if option not in USES[what]:
            users = " or ".join(name for name, used in USES.items() if option in used)
            needed = ", ".join(USES[what]) or "no option"
            raise SettingsError(
                f"found {option} for {what}, which takes {needed}",
                f"leave it out, or write {users}",
            )


def _check_kind(kind: str) -> None:
    if kind not in get_args(Kind):
        needed = ", ".join(get_args(Kind))
        raise SettingsError(f"format is {kind!r}, needed {needed} or xlsx", "see export --help")


def _write_recap(output: Path, contest: str | None, area: str) -> None:
    if contest is None:
        raise SettingsError("a workbook is of one contest", "name it with --contest")
    installation = open_installation(read_settings())
    with whole_file(output) as file:
        exported = export_recap(
            installation.engine, file, contest=contest, wilayah=area, actor="system",
            now=datetime.now(UTC),
        )  # fmt: skip
    typer.echo(f"the sums of {exported.rows} verified tallies in {output}")


def _write_list(output: Path, kind: str, contest: str | None, *, superseded: bool) -> None:
    installation = open_installation(read_settings())
    with progress_bar("exporting") as progress, whole_file(output) as file:
        task = progress.add_task("exporting", total=None)
        exported = export_rows(
            installation.engine, cast("Kind", kind), file,
            contest=contest, superseded=superseded, actor="system", now=datetime.now(UTC),
            progress=lambda done: progress.update(task, completed=done),
        )  # fmt: skip
        progress.update(task, completed=exported.rows, total=exported.rows)
    typer.echo(f"{exported.rows} verified tallies in {output}")


def _write_bundle(
    output: Path, contest: str | None, *, with_photos: bool, with_notes: bool
) -> None:
    installation = open_installation(read_settings())
    with progress_bar("exporting") as progress, whole_file(output) as file:
        task = progress.add_task("exporting", total=None)
        made = bundle(
            installation.engine, installation.photos, installation.settings.data_dir, file,
            contest=contest, with_photos=with_photos, with_notes=with_notes,
            now=datetime.now(UTC),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip
        progress.update(task, completed=made.events, total=made.events)
    typer.echo(
        f"{made.tallies} verified tallies, {made.events} events, {made.photos} photos in {output}"
    )
    typer.echo(f"key:  {made.signer}")
    typer.echo(f"head: {made.head}")
