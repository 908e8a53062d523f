"""Setting an election up, and ordering a later round of one of its offices."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from digitizer.domain.election import Contest, Tps
from digitizer.forms import list_forms
from digitizer.installation import open_installation
from digitizer.jobs import settle_ordered
from digitizer.policies import load_policy
from digitizer.settings import read_settings
from digitizer.store.elections import init_election, read_election_file
from digitizer.store.engine import write_session
from digitizer.store.order_file import read_order_file
from digitizer.store.orders import Order, order_rounds


def init(
    file: Annotated[Path, typer.Argument(help="election.toml with its tps.csv beside it.")],
) -> None:
    """Load election, contests and TPS from a file; loading the same file again is harmless."""
    with write_session(open_installation(read_settings()).engine) as session:
        read = read_election_file(file)
        election = init_election(session, read, "system", datetime.now(UTC))
        session.commit()
    mark = "  (SIMULASI)" if election.simulated else ""
    typer.echo(f"{election.title}{mark}: {len(read.contests)} contests, {len(read.tps)} TPS")
    for line in (*without_voters(read.tps), *without_definition(read.contests)):
        typer.echo(line)


def order(
    file: Annotated[Path, typer.Argument(help="TOML file with the rounds that are ordered.")],
) -> None:
    """Order later rounds, such as a re-vote (PSU), in an election that was set up before.

    From then on a TPS that votes again counts only with the form of its new round. What was counted
    before stays in the history. Ordering the same again is harmless.
    """
    settings = read_settings()
    policy = load_policy(settings.policy_file)
    now = datetime.now(UTC)
    with write_session(open_installation(settings).engine) as session:
        orders = order_rounds(session, read_order_file(file), "system", now)
        for item in orders:
            if item.is_new:
                settle_ordered(session, item.contest, now, policy)
        session.commit()
    for item in orders:
        typer.echo(told(item))
    for line in without_definition(item.contest for item in orders):
        typer.echo(line)


def told(ordered: Order) -> str:
    """One round that was ordered, in one line."""
    contest = ordered.contest
    known = "" if ordered.is_new else " (known already)"
    since = f", photos since {contest.since:%Y-%m-%d %H:%M} UTC" if contest.since else ""
    return (
        f"{contest.id}: round {contest.round} of {contest.repeats}, "
        f"{len(ordered.tps)} TPS{since}{known}"
    )


def without_voters(stations: Iterable[Tps]) -> Iterator[str]:
    """What follows from TPS of which the DPT is not known."""
    count = sum(station.registered is None for station in stations)
    if count:
        yield (
            f"registered voters are not known for {count} TPS: "
            "no vote is held against their DPT and ballots"
        )


def without_definition(contests: Iterable[Contest]) -> Iterator[str]:
    """What follows from forms that no definition is shipped of."""
    shipped = set(list_forms())
    missing: dict[str, list[str]] = {}
    for contest in contests:
        for form in contest.form_ids:
            if form not in shipped:
                missing.setdefault(form, []).append(contest.id)
    for form, names in missing.items():
        yield f"no definition yet of form {form} ({', '.join(names)}): its photos are not read"
