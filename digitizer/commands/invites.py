"""`digitizer accounts invite`: links for witnesses, as a sheet to print and cut."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import segno
import typer
from markupsafe import Markup

from digitizer.api.pages import draw, local_time
from digitizer.commands.progress import whole_file
from digitizer.domain.election import Tps
from digitizer.errors import NotFound, SettingsError
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
    base = _web_address(address)
    settings = read_settings()
    installation = open_installation(settings)
    now = datetime.now(UTC)
    # Only the sheet ever holds the links, so it lies on the disk before they count.
    with whole_file(output, private=True) as file, write_session(installation.engine) as session:
        election = get_election(session)
        stations = list_tps(session, area.replace(".", ""))
        if election is None or not stations:
            raise NotFound(f"no TPS has a code that begins with {area}", "see the election's list")
        cards = []
        for tps in stations:
            token = make_invite(session, tps.code, actor="system", now=now)
            cards.append(Card(tps, f"{base}/join/{token}"))
        groups = [
            (f"{kecamatan}, {kabkota}", list(of_it))
            for (kabkota, kecamatan), of_it in groupby(cards, _kecamatan)
        ]
        until = local_time(now + LASTS, election.zone)
        html = draw(
            "invites.html", settings.language, path="/", query={}, account=None, election=election,
            groups=groups, until=until,
        )  # fmt: skip
        file.write(html.encode())
        file.flush()
        session.commit()
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


def _web_address(address: str) -> str:
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # of a host in square brackets that is none
        is_one = False
    if not is_one:
        raise SettingsError(
            f"--address is {address!r}, needed the address of a web site",
            "give it as phones open it, such as https://digitizer.example.org",
        )
    return address.rstrip("/")


def _kecamatan(card: Card) -> tuple[str, str]:
    return card.tps.kabkota, card.tps.kecamatan
