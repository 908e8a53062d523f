"""An account is of the installation that made it: no other one closes it, or opens it again."""

from datetime import datetime

import pytest

from digitizer.domain.event import EventKind
from digitizer.store.account_tables import AccountRow
from digitizer.store.accounts import set_disabled
from digitizer.store.backups import note_restored
from digitizer.store.engine import read_session
from digitizer.store.events import append_event
from digitizer.store.nodes import own_node
from tests.merging.conftest import MakeNode, Node
from tests.store.build import NOW, later, person


@pytest.fixture
def nodes(make_node: MakeNode) -> tuple[Node, Node, str]:
    """An office and a laptop that has heard of it, and the id of the office's admin."""
    office, laptop = make_node("office"), make_node("laptop")
    with office.writing() as session:
        admin = person(session, "ketua", "admin")
        session.commit()
    laptop.merge(office.file())
    return office, laptop, admin


def say(node: Node, account: str, *, closed: bool, at: datetime) -> None:
    """Tell that an account is closed or open, and have it so in the tables, whosever it is."""
    with node.writing() as session:
        row = session.get(AccountRow, account)
        if row is not None:
            row.disabled_at = at if closed else None
            session.add(row)
        kind: EventKind = "account_disabled" if closed else "account_enabled"
        append_event(session, kind, {"account": account}, "system", at)
        session.commit()


def goes_on(node: Node, before: Node) -> None:
    """Tell that a node goes on from a backup of another one."""
    with read_session(before.engine) as session:
        gone = own_node(session)
    with node.writing() as session:
        note_restored(session, before.head, gone, NOW, NOW)
        session.commit()


def closed(node: Node, account: str) -> bool:
    with read_session(node.engine) as session:
        return session.get_one(AccountRow, account).disabled_at is not None


def test_no_other_installation_closes_an_account(nodes: tuple[Node, Node, str]) -> None:
    office, laptop, admin = nodes
    say(laptop, admin, closed=True, at=later(5))
    assert office.merge(laptop.file()).events
    assert not closed(office, admin)


def test_no_other_installation_opens_what_was_closed(nodes: tuple[Node, Node, str]) -> None:
    office, laptop, admin = nodes
    with office.writing() as session:
        set_disabled(session, admin, disabled=True, actor="system", now=later(5))
        session.commit()
    laptop.merge(office.file())
    assert closed(laptop, admin)
    say(laptop, admin, closed=False, at=later(6))
    office.merge(laptop.file())
    assert closed(office, admin)


def test_closing_what_nobody_made_closes_nothing(nodes: tuple[Node, Node, str]) -> None:
    office, laptop, admin = nodes
    say(laptop, "f" * 32, closed=True, at=later(5))
    office.merge(laptop.file())
    assert office.head == laptop.head
    assert not closed(office, admin)


def test_nobody_else_says_that_he_goes_on_in_place_of_this_installation(
    nodes: tuple[Node, Node, str],
) -> None:
    office, laptop, admin = nodes
    goes_on(laptop, office)
    say(laptop, admin, closed=True, at=later(5))
    office.merge(laptop.file())
    assert not closed(office, admin)


def test_who_goes_on_from_a_backup_closes_accounts_of_before(
    nodes: tuple[Node, Node, str], make_node: MakeNode
) -> None:
    office, laptop, admin = nodes
    after = make_node("office-2")
    after.merge(office.file())
    goes_on(after, office)
    say(after, admin, closed=True, at=later(5))
    laptop.merge(after.file())
    assert closed(laptop, admin)
    say(after, admin, closed=False, at=later(6))
    laptop.merge(after.file())
    assert not closed(laptop, admin)


def test_an_account_that_was_closed_wrongly_is_set_right_by_a_merge(
    nodes: tuple[Node, Node, str],
) -> None:
    """As it was before an installation held such events against who made the account."""
    office, laptop, admin = nodes
    say(laptop, admin, closed=True, at=later(5))
    office.merge(laptop.file())
    with office.writing() as session:
        session.get_one(AccountRow, admin).disabled_at = later(5)
        session.commit()
    with laptop.writing() as session:
        person(session, "orang-baru")
        session.commit()
    office.merge(laptop.file())
    assert not closed(office, admin)
