"""A paper counts where its photo lies, and nowhere else, whoever moves it and whenever."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from sqlmodel import Session

from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.tally import Tally
from digitizer.domain.verdict import Doubtful
from digitizer.domain.verification import Confirmed, Dispute, Verification, verify
from digitizer.errors import Conflict
from digitizer.jobs import reassign
from digitizer.jobs.settling import settle_photo
from digitizer.merging import joining
from digitizer.store.engine import read_session
from digitizer.store.glyph_marks import GlyphMark, save_marks
from digitizer.store.line import in_line, leave_line, rejoin
from digitizer.store.listed_tallies import tally_listed
from digitizer.store.readings import save_reading
from digitizer.store.recap_keeping import check_recap
from digitizer.store.recaps import recap_of
from digitizer.store.samples import announce, draw
from digitizer.store.sheets import sheet
from digitizer.store.tallies import tallies_of
from digitizer.store.verifications import pending, save_verification
from digitizer.store.withdrawals import void
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


def exchange(*nodes: Node) -> None:
    """Everybody takes what everybody has."""
    files = [node.file() for node in nodes]
    for node in nodes:
        for path in files:
            node.merge(path)
    assert len({node.head for node in nodes}) == 1


def all_count(*nodes: Node) -> tuple[int, int]:
    """What every node counts, by its tables and by its history alike."""
    found = set()
    for node in nodes:
        with node.writing() as session:
            found.add(counted(session))
            assert check_recap(session) == ()
        recap = node.count.recaps("gub", 0)[""]
        found.add((recap.counted, recap.totals.get("paslon_1", 0)))
    assert len(found) == 1, found
    return found.pop()


def test_what_is_taken_back_stays_so_whatever_the_clocks_say(make_node: MakeNode) -> None:
    laptop, office, third = (make_node(name) for name in ("laptop", "kantor", "lain"))
    with laptop.writing() as session:
        sent = take(session, laptop, numbers(), A, person(session, "saksi"))
        confirm(session, A, person(session, "budi"), name="a", now=later(90))
        session.commit()
    office.merge(laptop.file())
    with office.writing() as session:
        # Its clock is an hour slow: it takes back before it was made.
        move(session, sent, B, person(session, "rina", "supervisor"))
        session.commit()
    assert all_count(office) == (0, 0)
    third.merge(office.file())
    assert all_count(office, third) == (0, 0)
    exchange(laptop, office, third)
    assert all_count(laptop, office, third) == (0, 0)


def test_taken_back_twice_and_made_anew_it_counts_everywhere(make_node: MakeNode) -> None:
    laptop, office, third = (make_node(name) for name in ("laptop", "kantor", "lain"))
    with laptop.writing() as session:
        take(session, laptop, numbers(), A, person(session, "saksi"))
        budi = person(session, "budi")
        confirm(session, A, budi, name="a", now=later(5))
        session.commit()
    office.merge(laptop.file())
    with office.writing() as session:
        void(session, "gub", A, account=person(session, "rina", "supervisor"), now=later(40))
        session.commit()
    with laptop.writing() as session:
        void(session, "gub", A, account=budi, now=later(10))
        confirm(session, A, budi, written(121), name="b", now=later(11))
        session.commit()
    exchange(laptop, office)
    third.merge(office.file())
    assert all_count(laptop, office, third) == (1, 121)


def test_a_dispute_that_arrives_counts_nowhere_from_the_merge_on(
    make_node: MakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop, office = make_node("laptop"), make_node("kantor")
    with laptop.writing() as session:
        take(session, laptop, numbers(), A, person(session, "saksi"))
        confirm(session, A, person(session, "budi"), name="a", now=later(5))
        waiting: tuple[Verification, ...] = ()
        for number, first in enumerate((130, 131)):
            who = person(session, f"p{number}")
            item = confirmation(session, A, who, f"d{number}", written(first), later(6 + number))
            outcome = verify(
                FORM, (*waiting, item), pages=(2,), tps=A, contest="gub", version=2, readers=2
            )
            save_verification(
                session, item, "gub", A, FORM.id, outcome, later(6 + number), expected_version=1
            )
            waiting = (*waiting, item)
        assert isinstance(outcome, Dispute)
        session.commit()
    assert all_count(laptop) == (0, 0)
    # Whoever merges dies before the forms are settled one by one.
    monkeypatch.setattr(joining, "settle_left", lambda *_: None)
    office.merge(laptop.file())
    assert all_count(office) == (0, 0)


def test_what_waits_to_be_settled_joins_the_line_again_when_the_line_is_lost(
    make_node: MakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop, office = make_node("laptop"), make_node("kantor")
    with laptop.writing() as session:
        sent = take(session, laptop, numbers(), A, person(session, "saksi"))
        session.commit()
    monkeypatch.setattr(joining, "settle_left", lambda *_: None)
    office.merge(laptop.file())
    with office.writing() as session:
        leave_line(session, sent)  # as in a backup, which has no line
        assert rejoin(session) == 1
        assert in_line(session, sent)
        assert rejoin(session) == 0
        session.commit()


def test_a_box_marked_elsewhere_is_a_doubt_here(make_node: MakeNode) -> None:
    laptop, office = make_node("laptop"), make_node("kantor")
    with laptop.writing() as session:
        take(session, laptop, numbers(), A, person(session, "saksi"))
        budi = person(session, "budi")
        session.commit()
    office.merge(laptop.file())
    with laptop.writing() as session:
        shown = sheet(session, "gub", A, FORM.id)
        assert shown is not None
        mark = GlyphMark(shown.readings[0], "paslon_1", 0, "7")
        save_marks(session, [mark], account=budi, now=later(5))
        session.commit()
    office.merge(laptop.file())
    with read_session(office.engine) as session:
        found = sheet(session, "gub", A, FORM.id)
    assert found is not None and isinstance(found.verdict, Doubtful)
    assert {reason.code for reason in found.verdict.reasons} == {"page_missing", "marked_box"}


def test_a_sample_arrives_whose_stations_were_taken_back(make_node: MakeNode) -> None:
    laptop, office = make_node("laptop"), make_node("kantor")
    with laptop.writing() as session:
        sent = take(session, laptop, numbers(), A, person(session, "saksi"))
        confirm(session, A, person(session, "budi"), name="a", now=later(5))
        chief = person(session, "rina", "supervisor")
        made = announce(session, "gub", 1, account=chief, now=later(20))
        draw(session, made.id, "4 1 6 6 2 3 5 1 1 4 2 6", account=chief, now=later(21))
        move(session, sent, B, chief)
        session.commit()
    office.merge(laptop.file())
    with read_session(office.engine) as session:
        assert tally_listed(session, made.id, A).verifications == ("a",)
    assert all_count(laptop, office) == (0, 0)


def settle_one(session: Session, tps: str, supervisor: str) -> None:
    """A supervisor decides on what is left of the form of a TPS: the page of its voters."""
    shown = sheet(session, "gub", tps, FORM.id)
    before = pending(session, "gub", tps, FORM.id)
    assert shown is not None and len(shown.photos) == 1
    fields = {name: Confirmed(item.as_written, None) for name, item in VOTERS.fields.items()}
    item = Verification(
        "settled", shown.readings, shown.photos, supervisor, later(70), MappingProxyType(fields),
        settles=tuple(one.id for one in before),
    )  # fmt: skip
    outcome = verify(
        FORM, (*before, item), pages=(1,), tps=tps, contest="gub", version=2, readers=1
    )
    assert isinstance(outcome, Tally) and outcome.photos == shown.photos
    save_verification(session, item, "gub", tps, FORM.id, outcome, later(70), expected_version=1)


@pytest.mark.parametrize("page_stays", [False, True])
def test_what_one_confirms_while_another_moves_it_does_not_count_twice(
    make_node: MakeNode, page_stays: bool
) -> None:
    """Neither knows of the other; together they would count one paper at two TPS."""
    laptop, office = make_node("laptop"), make_node("kantor")
    with laptop.writing() as session:
        sender, budi = person(session, "saksi"), person(session, "budi")
        sent = take(session, laptop, numbers(), A, sender)
        if page_stays:
            take(session, laptop, VOTERS, A, sender)
        session.commit()
    office.merge(laptop.file())
    with laptop.writing() as session:
        confirm(session, A, budi, name="a", now=later(5))
        session.commit()
    with office.writing() as session:
        rina = person(session, "rina", "supervisor")
        move(session, sent, B, rina)
        confirm(session, B, rina, name="b", now=later(65))
        session.commit()
    exchange(laptop, office)
    assert all_count(laptop, office) == (1, 120)
    for node in (laptop, office):
        with node.writing() as session:
            assert recap_of(session, "gub").disputed == 1
            found = sheet(session, "gub", A, FORM.id)
            assert (found.state if found else None) == ("disputed" if page_stays else None)
    if page_stays:
        # Who decides has the page before them that is left, and nobody is asked a second time.
        with office.writing() as session:
            settle_one(session, A, rina)
            assert recap_of(session, "gub").disputed == 0
            session.commit()
        exchange(laptop, office)
        # Of the votes there is no photo any more, so the place is missing.
        assert all_count(laptop, office) == (1, 120)
        return
    # The photo comes back: its tally is that of its place again, and B's no longer.
    with office.writing() as session:
        move(session, sent, A, rina)
        session.commit()
    exchange(laptop, office)
    assert all_count(laptop, office) == (1, 120)
