"""`digitizer verify`: whether a proof bundle holds, without a database or a network."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from digitizer.commands.progress import progress_bar
from digitizer.domain.listing import NOTICE
from digitizer.proof import Report, verify_bundle


def verify(
    file: Annotated[Path, typer.Argument(help="The bundle.", exists=True, dir_okay=False)],
    key: Annotated[
        str | None, typer.Option(help="Fingerprint of the key that must have signed it.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="A head noted earlier, which the history must contain.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a proof bundle and say exactly what differs; exits 1 when anything does.

    Totals are counted anew from the events. What a bundle proves, and what it does not without
    --key and --head, is told in docs/proof.md.
    """
    with progress_bar("verifying") as progress:
        task = progress.add_task("verifying", total=None)
        report = verify_bundle(
            file, key=key, head=head, progress=lambda done: progress.update(task, completed=done)
        )
        progress.update(task, completed=report.events, total=report.events)
    if as_json:
        typer.echo(json.dumps(asdict(report) | {"holds": report.holds}, ensure_ascii=False))
    else:
        for line in told(report, head):
            typer.echo(line)
    if not report.holds:
        raise typer.Exit(1)


def told(report: Report, head: str | None) -> list[str]:
    """A report, line by line."""
    lines = [f"- {fault}" for fault in report.faults]
    if report.count > len(lines):
        lines.append(f"- and {report.count - len(lines)} more")
    lines += [f"? {note}" for note in report.notes]
    if report.notes:
        lines.append("? a clock was set back, or somebody wrote later than is said: ask which")
    if report.simulated:
        lines.append("SIMULASI")
    lines += [
        f"tallies that count: {report.tallies}, events: {report.events}, photos: {report.photos}",
        f"head: {report.head or 'none'}",
        f"signed by: {report.signer or 'nobody'}",
    ]
    if not report.compared:
        lines.append("signer not compared: give --key with a fingerprint that you were told")
    if head is None:
        lines.append("no earlier head compared: give --head with one that was noted before")
    lines.append("it holds" if report.holds else f"IT DOES NOT HOLD: {report.count} differences")
    return [*lines, NOTICE]
