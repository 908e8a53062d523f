"""`digitizer doctor`: what is wrong here, and what to do about it."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.status import Status

from digitizer.doctor import Finding, Visit, examine
from digitizer.errors import SettingsError
from digitizer.settings import read_settings

WORDS: Final = {"good": "ok  ", "warning": "warn", "bad": "BAD "}


def look(
    every: Annotated[
        bool, typer.Option("--all", help="Every photo, picture and event, not a sample.")
    ] = False,
    recount: Annotated[
        bool, typer.Option("--recount", help="Make every sum of the recap again, and compare.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at everything that could go wrong; nothing is changed.

    Exits 1 when something is bad. Each finding says what was found, what was needed, what to do.
    """
    with Status("looking", console=Console(stderr=True)) as status:
        findings: list[Finding] = []
        for finding in _findings(status, every=every, recount=recount):
            findings.append(finding)
            if not as_json:
                for line in told(finding):
                    typer.echo(line)
    well = not any(finding.grade == "bad" for finding in findings)
    if as_json:
        found = {"well": well, "findings": [asdict(finding) for finding in findings]}
        typer.echo(json.dumps(found, ensure_ascii=False))
    if not well:
        raise typer.Exit(1)


def told(finding: Finding) -> list[str]:
    """A finding in one line, or in three where something is to be done."""
    lines = [f"{WORDS[finding.grade]}  {finding.check}: {finding.found}"]
    if finding.grade != "good":
        lines += [f"      needed: {finding.needed}", f"      mend: {finding.mend}"]
    return lines


def _findings(status: Status, *, every: bool, recount: bool) -> Iterator[Finding]:
    try:
        settings = read_settings()
    except SettingsError as error:
        yield Finding("settings", "bad", error.message, "a setting that can be used", error.hint)
        return
    visit = Visit(settings, datetime.now(UTC), every=every, recount=recount)
    yield from examine(visit, lambda check: status.update(f"looking at {check}"))
