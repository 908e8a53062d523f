"""`digitizer export`: verified tallies as a file, whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO, cast, get_args

import typer

from digitizer.commands.progress import progress_bar
from digitizer.errors import SettingsError
from digitizer.exporting import Kind, export_rows
from digitizer.installation import open_installation
from digitizer.settings import read_settings


def export_tallies(
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    kind: Annotated[
        str | None,
        typer.Option("--format", help="csv or json; else the ending of the file says it."),
    ] = None,
    contest: Annotated[
        str | None, typer.Option(help="Only the office of this contest, in all its rounds.")
    ] = None,
    superseded: Annotated[
        bool, typer.Option("--superseded", help="Also tallies after which a TPS votes again.")
    ] = False,
) -> None:
    """Write the verified tallies that count, and note in the history that they left."""
    chosen = kind or output.suffix.lstrip(".")
    if chosen not in get_args(Kind):
        needed = " or ".join(get_args(Kind))
        raise SettingsError(f"format is {chosen!r}, needed {needed}", "see export --help")
    installation = open_installation(read_settings())
    with progress_bar("exporting") as progress, whole_file(output) as file:
        task = progress.add_task("exporting", total=None)
        exported = export_rows(
            installation.engine, cast("Kind", chosen), file,
            contest=contest, superseded=superseded, actor="system", now=datetime.now(UTC),
            progress=lambda done: progress.update(task, completed=done),
        )  # fmt: skip
        progress.update(task, completed=exported.rows, total=exported.rows)
    typer.echo(f"{exported.rows} verified tallies in {output}")


@contextmanager
def whole_file(output: Path) -> Iterator[BinaryIO]:
    """A file beside `output` that takes its name once it is whole; after a failure none is left."""
    unfinished = output.with_name(output.name + ".part")
    try:
        with unfinished.open("w+b") as file:
            yield file
        unfinished.replace(output)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
