"""Stations that are verified, and samples of them, in the store of a running application."""

import hashlib
from datetime import UTC, datetime, timedelta

from digitizer.api.opening import open_form
from digitizer.api.sheet_data import shown_key
from digitizer.store.accounts import get_account
from digitizer.store.engine import read_session, write_session
from digitizer.store.nodes import own_node
from digitizer.store.sample_keying import key_station
from digitizer.store.samples import announce, draw, samples_of
from tests.api.conftest import World
from tests.api.test_corners import reading_id
from tests.facts import KWK, PAGE_2

SEED = "4 1 6 6 2 3 5 1 1 4 2 6 3 3 1 5 2 4 6 1"


def when() -> datetime:
    """When nothing that was confirmed so far can be taken back any more."""
    return datetime.now(UTC) + timedelta(minutes=2)


def shown_at(world: World, tps: str, by: str = "budi") -> str:
    """What the screen of a form that nobody has read sends back."""
    web = world.app.state.web
    with read_session(web.engine) as session:
        account = get_account(session, world.account_id(by))
        assert account is not None
        place = ("gubernur", tps, KWK)
        return shown_key(open_form(session, web, account, place, datetime.now(UTC)))


def verify_at(world: World, tps: str, *, sender: str = "saksi-tps", by: str = "budi") -> None:
    """A photo of the votes of a TPS, read and confirmed as it was read."""
    upload = world.read(2, PAGE_2, tps=tps, sender=sender, data=f"{tps} {sender}".encode())
    sent = {
        "client": hashlib.sha256(tps.encode()).hexdigest()[:10],
        "readings": [reading_id(world, upload)[0]],
        "expected_version": 0,
        "earlier": [],
        "shown": shown_at(world, tps, by),
        "tps_number": tps[-3:],
        "acknowledged": [],
        "seconds": 1.0,
        "fields": {name: {"as_written": glyphs} for name, glyphs in PAGE_2.items()},
    }
    path = f"/sheets/gubernur/{tps}/{KWK}/verifications"
    assert world.client(by).post(path, json=sent).status_code == 201


def announced(world: World, size: int = 1) -> str:
    """The id of a sample that is announced and not drawn."""
    with write_session(world.app.state.web.engine) as session:
        admin = world.account_id("admin")
        known = samples_of(session, "gubernur")
        here = own_node(session)
        waiting = [item for item in known if item.seed is None and item.node == here]
        made = waiting or [announce(session, "gubernur", size, account=admin, now=when())]
        session.commit()
    return made[0].id


def drawn(world: World, size: int = 1) -> str:
    """The id of a sample that is drawn."""
    sample = announced(world, size)
    with write_session(world.app.state.web.engine) as session:
        draw(session, sample, SEED, account=world.account_id("admin"), now=when())
        session.commit()
    return sample


def keyed(world: World, sample: str, tps: str, by: str, **changes: str) -> None:
    """A station of a sample keyed as it is verified, but for some numbers."""
    with write_session(world.app.state.web.engine) as session:
        who = world.account_id(by)
        key_station(session, sample, tps, {**PAGE_2, **changes}, account=who, now=when())
        session.commit()


def sample_count(world: World) -> int:
    """How many samples there are."""
    with read_session(world.app.state.web.engine) as session:
        return len(samples_of(session, "gubernur"))
