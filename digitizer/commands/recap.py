"""The recap on the command line: printed, as JSON, or made again from the facts."""

import json
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from digitizer.commands.progress import waiting
from digitizer.domain.codec import recap_to_json
from digitizer.domain.election import Contest, Election
from digitizer.domain.listing import NOTICE
from digitizer.domain.tally import Recap
from digitizer.errors import NotFound
from digitizer.installation import open_installation
from digitizer.settings import read_settings
from digitizer.store.elections import contests, get_contest, get_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.recap_keeping import Difference, check_recap
from digitizer.store.recaps import RecapRow, children, recap_of
from digitizer.store.single_uploads import recount_singles

VOTES: Final = ("paslon_", "suara_")


def recap(
    contest: Annotated[
        str | None, typer.Argument(help="Its id; the first one if left out.")
    ] = None,
    wilayah: Annotated[str, typer.Argument(help="A code of 2, 4, 6 or 10 digits.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    alone: Annotated[
        bool, typer.Option("--alone", help="This round alone, not the office in force.")
    ] = False,
    recounting: Annotated[
        bool, typer.Option("--recount", help="First make every sum again from the tallies.")
    ] = False,
) -> None:
    """Print verified totals of an area and of those below it, with what they rest on.

    With --recount every sum is made again from the verified tallies, and so is what the queue says
    of single uploads. Where anything was another it is named, is right from then on, and the
    command exits 1.
    """
    installation = open_installation(read_settings())
    found: tuple[Difference, ...] = ()
    uploads: tuple[str, ...] = ()
    if recounting:
        with write_session(installation.engine) as session, waiting("recounting"):
            found = check_recap(session)
            uploads = recount_singles(session)
            session.commit()
    # Before anything can end this: what was mended is told once.
    for item in found:
        place = item.place.wilayah or "everywhere"
        typer.echo(f"{item.place.contest}, {place}: kept {item.kept}, now {item.counted}", err=True)
    for name in uploads:
        typer.echo(f"upload {name} stood in the queue for what it was not", err=True)
    with read_session(installation.engine) as session:
        election = get_election(session)
        known = contests(session)
        if election is None or not known:
            raise NotFound("this store has no election", "run `digitizer election init` first")
        chosen = known[0] if contest is None else get_contest(session, contest)
        whole = recap_of(session, chosen.id, wilayah, alone=alone)
        below = () if len(wilayah) == 13 else children(session, chosen.id, wilayah, alone=alone)
    if wilayah and not whole.expected:
        raise NotFound(f"contest {chosen.id!r} has no TPS in {wilayah!r}", "choose another area")
    if as_json:
        typer.echo(json.dumps(as_data(election, chosen, whole, below), ensure_ascii=False))
    else:
        Console(markup=False, emoji=False).print(*spoken(election, chosen, whole, below), sep="\n")
    if found or uploads:
        raise typer.Exit(1)


def as_data(
    election: Election, contest: Contest, whole: Recap, below: tuple[RecapRow, ...]
) -> dict[str, Any]:
    """The recap as JSON values."""
    return {
        "notice": NOTICE,
        "simulated": election.simulated,
        "contest": contest.id,
        "recap": recap_to_json(whole),
        "children": [
            {"code": row.code, "name": row.name, "level": row.level, **recap_to_json(row.recap)}
            for row in below
        ],
    }


def spoken(
    election: Election, contest: Contest, whole: Recap, below: tuple[RecapRow, ...]
) -> list[str | Table]:
    """The recap as a person reads it: coverage, the votes of each area, every total."""
    mark = "SIMULASI  " if election.simulated else ""
    votes = [name for name in whole.totals if name.startswith(VOTES)]
    areas = Table("wilayah", "in", "expected", *votes)
    for name, item in (*((row.name, row.recap) for row in below), ("JUMLAH", whole)):
        numbers = (f"{item.totals[field]:,}" if field in item.totals else "–" for field in votes)
        areas.add_row(name, f"{item.counted:,}", f"{item.expected:,}", *numbers)
    totals = Table("number", "JUMLAH", "D.HASIL differs by")
    for name, value in whole.totals.items():
        totals.add_row(name, f"{value:,}", f"{whole.differences.get(name, 0):+,}")
    for table in (areas, totals):
        for column in table.columns[1:]:
            column.justify = "right"
    head = f"{mark}{election.title}: {contest.title}"
    cover = (
        f"{whole.counted:,} of {whole.expected:,} TPS in, {whole.with_gaps:,} with gaps, "
        f"{whole.disputed:,} disputed, {whole.corrected:,} corrected by a D.HASIL"
    )
    return [head, cover, areas, totals, NOTICE]
