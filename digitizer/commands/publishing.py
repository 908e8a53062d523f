"""From when on everybody may see the recap."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from digitizer.errors import NotFound, SettingsError
from digitizer.installation import open_installation
from digitizer.settings import read_settings
from digitizer.store.elections import get_election
from digitizer.store.engine import write_session
from digitizer.store.publication import publish as keep


def publish(
    at: Annotated[
        str | None,
        typer.Option("--at", help="Date and time in the election's zone: 2024-11-28T18:00."),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Show it to nobody without account.")] = False,
) -> None:
    """Say from when on everybody may see recap, TPS pages and their API; before, nobody may.

    It is a fact of the history, as is every later change of it.
    """
    if (at is None) == (not off):
        raise SettingsError("found neither or both of --at and --off", "give one of them")
    with write_session(open_installation(read_settings()).engine) as session:
        election = get_election(session)
        if election is None:
            raise NotFound("this store has no election", "run `digitizer election init` first")
        since = None if at is None else moment(at, election.zone)
        keep(session, since, actor="system", now=datetime.now(UTC))
        session.commit()
    shown = "to nobody without an account" if since is None else f"from {since:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"{election.title}: recap shown {shown}")


def moment(text: str, zone: str) -> datetime:
    """A moment as an admin writes it; without an offset it is in the zone of the election.

    Raises:
        SettingsError: it is no date and time.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day may lie outside in UTC
        raise SettingsError(
            f"--at is {text!r}, needed a date and time such as 2024-11-28T18:00",
            f"without an offset it is in {zone}",
        ) from None
