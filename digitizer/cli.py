"""The `digitizer` command. Its words and what it prints as JSON are a contract; see docs/."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from digitizer import __version__
from digitizer.commands import compare, election, forms, server
from digitizer.commands.backup import restore_backup, write_backup
from digitizer.commands.digits import digits
from digitizer.commands.doctor import look
from digitizer.commands.exchange import merge_files
from digitizer.commands.exports import export_tallies
from digitizer.commands.faults import FAULTS, fault_of
from digitizer.commands.labels import write_labels
from digitizer.commands.policy import policy
from digitizer.commands.purge import purge_before
from digitizer.commands.recap import recap
from digitizer.commands.verify import verify
from digitizer.demo import demo
from digitizer.domain.reading import PageReading
from digitizer.domain.settle import settle
from digitizer.errors import DigitizerError
from digitizer.forms import load_forms, named_form
from digitizer.pipeline import ReadPage, atlas_of, digest_photo
from digitizer.policies import load_policy
from digitizer.report import form_report, photo_report, spoken
from digitizer.settings import read_settings
from digitizer.vision.digits import GlyphReader
from digitizer.vision.overlay import save_overlays

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Read photos of C.HASIL forms; people confirm every number before it counts.",
)
app.add_typer(forms.app, name="forms")
app.add_typer(election.election_app, name="election")
app.add_typer(election.accounts_app, name="accounts")
app.add_typer(compare.app, name="compare")
app.command("digits")(digits)
app.command("policy")(policy)
app.command("import")(election.import_photos)
app.command("recap")(recap)
app.command("export")(export_tallies)
app.command("merge")(merge_files)
app.command("verify")(verify)
app.command("labels")(write_labels)
app.command("backup")(write_backup)
app.command("restore")(restore_backup)
app.command("doctor")(look)
app.command("purge")(purge_before)
app.command("serve")(server.serve)
app.command("work")(server.work)
app.command("demo")(demo)

Photos = Annotated[
    list[Path], typer.Argument(help="Photos of one page each.", exists=True, dir_okay=False)
]


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Print the version when asked."""
    if show:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def read(
    photos: Photos,
    form: Annotated[
        str | None, typer.Option(help="Read as this form only: an id of `forms list`, or a file.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a photo, one a line.")
    ] = False,
    together: Annotated[
        bool, typer.Option(help="Also settle all pages as one form, with the rules between them.")
    ] = False,
    overlay: Annotated[
        Path | None, typer.Option(help="Folder for a picture of what every step saw.")
    ] = None,
) -> None:
    """Read photos and print what the ink says, how sure that is, and what is in doubt.

    Exits 0 when every file was dealt with, readable or not.
    """
    specs = load_forms() if form is None else (named_form(form),)
    atlas, reader = atlas_of(specs), GlyphReader.load()
    by_id = {spec.id: spec for spec in specs}
    in_force = load_policy(read_settings().policy_file)
    console = Console(emoji=False)
    pages: dict[str, list[tuple[str, PageReading]]] = {}

    def say(report: Mapping[str, Any]) -> None:
        if as_json:
            typer.echo(json.dumps(report, ensure_ascii=False))
        else:
            console.print(spoken(report))

    for path in photos:
        data = path.read_bytes()
        started = time.perf_counter()
        stages: list[ReadPage] = []
        outcome = digest_photo(data, atlas, reader, stages.append)
        settled = None
        if outcome.reading is not None:
            settled = settle([outcome.reading], by_id[outcome.reading.form], in_force)
            pages.setdefault(outcome.reading.form, []).append((str(path), outcome.reading))
        seconds = time.perf_counter() - started
        if overlay is not None:
            for seen in stages:
                save_overlays(overlay, path.stem, seen.page, seen.cells, seen.reading)
        say(photo_report(str(path), outcome, settled, seconds))
    for form_id, read_pages in pages.items() if together else ():
        whole = settle([reading for _, reading in read_pages], by_id[form_id], in_force)
        say(form_report([file for file, _ in read_pages], whole))


def main() -> None:
    """Run the command; what is no bug of it ends as one sentence, not a traceback."""
    try:
        app()
    except DigitizerError as error:
        _end_by(error)
    except FAULTS as error:
        if (fault := fault_of(error)) is None:
            raise
        _end_by(fault)


def _end_by(error: DigitizerError) -> NoReturn:
    typer.echo(f"digitizer: {error} [{error.code}]", err=True)
    sys.exit(1)
