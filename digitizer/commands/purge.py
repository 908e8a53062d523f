"""`digitizer purge`: remove originals, invitations and labels, keep numbers and hashes."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from digitizer.installation import open_installation
from digitizer.settings import read_settings
from digitizer.store.engine import read_session, write_session
from digitizer.store.purging import planned, purge


def purge_before(
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Everything earlier, in UTC.")
    ],
    unverified: Annotated[
        bool, typer.Option(help="Also photos of forms that nobody has verified.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it; else only say what.")] = False,
) -> None:
    """Remove what is of people and no longer needed as proof; it can not be brought back.

    Original photos go, invitations, what witnesses are called, and old network addresses. Numbers,
    crops, hashes and the history stay.
    """
    installation = open_installation(read_settings())
    moment = before.replace(tzinfo=UTC)
    if yes:
        with write_session(installation.engine) as session:
            plan = purge(
                session, installation.photos, moment, unverified=unverified,
                actor="system", now=datetime.now(UTC),
            )  # fmt: skip
            session.commit()
    else:
        with read_session(installation.engine) as session:
            plan = planned(session, moment, unverified=unverified)
    done = "removed" if yes else "to be removed (with --yes)"
    typer.echo(
        f"{done}: {len(plan.photos)} original photos, {plan.invites} invitations, {plan.labels} "
        f"labels, {plan.failures} failed attempts to sign in"
    )
