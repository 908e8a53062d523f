"""`digitizer accounts invite`: links for witnesses, as a sheet to print and cut."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated

import segno
import typer
from markupsafe import Markup

from digitizer.api.pages import draw, local_time
from digitizer.domain.election import Tps
from digitizer.errors import NotFound
from digitizer.installation import open_installation
from digitizer.settings import read_settings
from digitizer.store.elections import get_election, list_tps
from digitizer.store.engine import write_session
from digitizer.store.invites import LASTS, make_invite


def invite(
    area: Annotated[str, typer.Argument(help="A TPS, or all of an area, by its code.")],
    address: Annotated[str, typer.Option(help="Of this installation, as phones reach it.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The HTML file to print.")],
) -> None:
    """Make one invitation for every TPS of an area: a QR code and a link that bind one phone each.

    The file holds the links themselves: whoever has it can join. Only their hashes are kept here.
    """
    settings = read_settings()
    installation = open_installation(settings)
    now = datetime.now(UTC)
    with write_session(installation.engine) as session:
        election = get_election(session)
        stations = list_tps(session, area.replace(".", ""))
        if election is None or not stations:
            raise NotFound(f"no TPS has a code that begins with {area}", "see the election's list")
        cards = []
        for tps in stations:
            token = make_invite(session, tps.code, actor="system", now=now)
            cards.append(Card(tps, f"{address.rstrip('/')}/join/{token}"))
        session.commit()
    groups = [
        (f"{kecamatan}, {kabkota}", list(of_it))
        for (kabkota, kecamatan), of_it in groupby(cards, _kecamatan)
    ]
    until = local_time(now + LASTS, election.zone)
    html = draw(
        "invites.html", settings.language, path="/", query={}, account=None, election=election,
        groups=groups, until=until,
    )  # fmt: skip
    # Readable by its owner alone from the first byte on.
    with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(html)
    typer.echo(f"{len(cards)} invitations in {output}, until {until}")


@dataclass(frozen=True, slots=True)
class Card:
    """One invitation on the sheet."""

    tps: Tps
    url: str

    @property
    def qr(self) -> Markup:
        """The address as a QR code, in SVG."""
        return Markup(segno.make(self.url, error="m", micro=False).svg_inline(scale=4))  # noqa: S704


def _kecamatan(card: Card) -> tuple[str, str]:
    return card.tps.kabkota, card.tps.kecamatan
