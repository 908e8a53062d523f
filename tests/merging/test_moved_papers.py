"""A paper counts where its photo lies, and nowhere else, whoever moves it and whenever."""

from dataclasses import replace

import pytest
from sqlmodel import Session

from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.verification import verify
from digitizer.errors import Conflict
from digitizer.jobs import reassign
from digitizer.jobs.settling import settle_photo
from digitizer.store.engine import read_session
from digitizer.store.readings import save_reading
from digitizer.store.recaps import recap_of
from digitizer.store.sheets import sheet
from digitizer.store.tallies import tallies_of
from digitizer.store.verifications import pending, save_verification
from tests.domain.build import voters
from tests.facts import png
from tests.merging.conftest import MakeNode, Node
from tests.store.build import (
    FORM,
    NOW,
    A,
    B,
    confirm,
    confirmation,
    later,
    numbers,
    person,
    send,
    written,
)

VOTERS = voters("100", "100", "200", "205")


def take(session: Session, node: Node, page: PageReading, tps: str, sender: str) -> str:
    """A photo of a page is sent for a TPS and read; gives the upload."""
    receipt = send(session, node.photos, png(40, 30, 10 + page.page), sender, tps)
    blobs = {"public": node.photos.put(png(20, 10, page.page))}
    reading = replace(page, photo=receipt.photo)
    save_reading(session, receipt.photo, reading, None, blobs, 0.5, NOW)
    settle_photo(session, receipt.photo, NOW, Policy())
    return receipt.upload_id


def move(session: Session, upload: str, tps: str, account: str, *, supervises: bool = True) -> None:
    reassign(
        session, upload, tps=tps, contest=None, account=account, now=later(60), policy=Policy(),
        supervises=supervises,
    )  # fmt: skip


def counted(session: Session) -> tuple[int, int]:
    """TPS that count, and the votes of the first paslon in all of them."""
    recap = recap_of(session, "gub")
    return recap.counted, recap.totals.get("paslon_1", 0)


@pytest.fixture
def node(make_node: MakeNode) -> Node:
    return make_node("kantor")


def test_one_photo_of_several_that_is_moved_takes_with_it_what_was_confirmed(node: Node) -> None:
    with node.writing() as session:
        sender, reader, second = (person(session, name) for name in ("saksi", "budi", "rina"))
        votes = take(session, node, numbers(), A, sender)
        take(session, node, VOTERS, A, sender)
        confirm(session, A, reader, name="a", now=later(5))
        assert counted(session) == (1, 120)
        with pytest.raises(Conflict, match="confirmed and counts"), session.begin_nested():
            move(session, votes, B, second, supervises=False)
        move(session, votes, B, second)
        assert (counted(session), tallies_of(session, "gub", A)) == ((0, 0), ())
        left = sheet(session, "gub", A, FORM.id)
        assert left is not None and left.state == "doubtful" and len(left.photos) == 1
        confirm(session, B, second, name="b", now=later(65))
        assert counted(session) == (1, 120)
        session.commit()
    assert node.count.recaps("gub", 0)[""].counted == 1


def test_a_photo_on_which_nothing_rests_leaves_what_was_confirmed(node: Node) -> None:
    with node.writing() as session:
        sender, reader = person(session, "saksi"), person(session, "budi")
        take(session, node, numbers(), A, sender)
        confirm(session, A, reader, name="a", now=later(5))
        came = take(session, node, VOTERS, A, sender)
        move(session, came, B, reader)
        assert counted(session) == (1, 120)
        left = sheet(session, "gub", A, FORM.id)
        assert left is not None and left.state == "verified"
        session.commit()


def test_a_first_reading_of_a_photo_that_is_moved_waits_for_no_second(node: Node) -> None:
    with node.writing() as session:
        sender, reader = person(session, "saksi"), person(session, "budi")
        votes = take(session, node, numbers(), A, sender)
        take(session, node, VOTERS, A, sender)
        item = confirmation(session, A, reader, "a", written(), later(5))
        outcome = verify(FORM, (item,), pages=(2,), tps=A, contest="gub", version=1, readers=2)
        save_verification(session, item, "gub", A, FORM.id, outcome, later(5), expected_version=0)
        assert [one.id for one in pending(session, "gub", A, FORM.id)] == ["a"]
        move(session, votes, B, reader, supervises=False)
        assert pending(session, "gub", A, FORM.id) == ()
        left = sheet(session, "gub", A, FORM.id)
        assert left is not None and left.state == "doubtful"
        session.commit()
    with read_session(node.engine) as session:
        assert counted(session) == (0, 0)
