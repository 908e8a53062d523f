"""A paper counts as the one page that it shows, whoever says so, and on whichever installation."""

from dataclasses import replace

import pytest
from sqlmodel import Session

from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.tally import Tally
from digitizer.domain.verification import verify
from digitizer.errors import Conflict
from digitizer.jobs import keep_placed
from digitizer.store.engine import read_session
from digitizer.store.recaps import recap_of
from digitizer.store.sheets import sheet
from digitizer.store.tallies import tallies_of
from digitizer.store.uploads import upload
from digitizer.store.verifications import lock_pending, pending, save_verification
from tests.facts import png
from tests.merging.conftest import MakeNode, Node
from tests.merging.random_work import OTHER_FORM, VOTERS
from tests.merging.test_moved_papers import all_count, counted, exchange, take
from tests.store.build import FORM, A, confirm, confirmation, later, numbers, person, written

OTHER = replace(numbers(), form=OTHER_FORM)


def say(
    session: Session, node: Node, sent: str, page: PageReading, who: str, minutes: int,
    *, supervises: bool = True,
) -> None:  # fmt: skip
    """Somebody says that a photo shows this page."""
    photo = upload(session, sent).photo
    reading = replace(page, photo=photo, model=f"tangan-{minutes}", identity="person")
    blobs = {"public": node.photos.put(png(20, 10, minutes))}
    keep_placed(
        session, reading, blobs, later(minutes), account=who, policy=Policy(), supervises=supervises
    )


def states(session: Session) -> dict[str, str]:
    """The state of the form of each contest at A that has a sheet."""
    found = {
        "gub": sheet(session, "gub", A, FORM.id),
        "pres": sheet(session, "pres", A, OTHER_FORM),
    }
    return {contest: item.state for contest, item in found.items() if item is not None}


def test_what_one_confirms_while_another_says_it_is_another_form_counts_not(
    make_node: MakeNode,
) -> None:
    laptop, office, third = (make_node(name) for name in ("laptop", "kantor", "lain"))
    with laptop.writing() as session:
        sent = take(session, laptop, numbers(), A, person(session, "saksi"))
        session.commit()
    office.merge(laptop.file())
    with laptop.writing() as session:
        confirm(session, A, person(session, "budi"), name="a", now=later(5))
        session.commit()
    with office.writing() as session:
        rina = person(session, "rina", "supervisor")
        say(session, office, sent, OTHER, rina, 10)
        assert states(session) == {"pres": "doubtful"}
        session.commit()
    third.merge(office.file())
    exchange(laptop, office, third)
    assert all_count(laptop, office, third) == (0, 0)
    for node in (laptop, office, third):
        with node.writing() as session:
            assert recap_of(session, "gub").disputed == 1
            assert states(session) == {"pres": "doubtful"}
    # It was no other form after all: what was confirmed of it counts.
    with office.writing() as session:
        say(session, office, sent, numbers(), rina, 20)
        assert states(session) == {"gub": "new_photo"}
        session.commit()
    exchange(laptop, office, third)
    assert all_count(laptop, office, third) == (1, 120)


def test_what_one_confirms_while_another_says_it_is_another_page_counts_not(
    make_node: MakeNode,
) -> None:
    laptop, office = make_node("laptop"), make_node("kantor")
    with laptop.writing() as session:
        sender = person(session, "saksi")
        sent = take(session, laptop, numbers(), A, sender)
        take(session, laptop, VOTERS, A, sender)
        session.commit()
    office.merge(laptop.file())
    with laptop.writing() as session:
        confirm(session, A, person(session, "budi"), name="a", now=later(5))
        session.commit()
    with office.writing() as session:
        say(session, office, sent, VOTERS, person(session, "rina", "supervisor"), 10)
        session.commit()
    exchange(laptop, office)
    assert all_count(laptop, office) == (0, 0)
    for node in (laptop, office):
        with read_session(node.engine) as session:
            assert states(session) == {"gub": "disputed"}


def test_what_is_taken_back_with_a_page_is_taken_back_everywhere(make_node: MakeNode) -> None:
    laptop, office = make_node("laptop"), make_node("kantor")
    with laptop.writing() as session:
        sent = take(session, laptop, numbers(), A, person(session, "saksi"))
        confirm(session, A, person(session, "budi"), name="a", now=later(5))
        session.commit()
    office.merge(laptop.file())
    with office.writing() as session:
        rina = person(session, "rina", "supervisor")
        with pytest.raises(Conflict, match="confirmed and counts"), session.begin_nested():
            say(session, office, sent, OTHER, rina, 10, supervises=False)
        say(session, office, sent, OTHER, rina, 10)
        assert (counted(session), tallies_of(session, "gub", A)) == ((0, 0), ())
        session.commit()
    exchange(laptop, office)
    assert all_count(laptop, office) == (0, 0)
    with read_session(laptop.engine) as session:
        assert tallies_of(session, "gub", A) == ()
        assert recap_of(session, "gub").disputed == 0
        assert states(session) == {"pres": "doubtful"}


def test_a_second_reader_confirms_nothing_with_what_only_the_first_had(make_node: MakeNode) -> None:
    """The first read two photos, of which another installation says that one is another form."""
    laptop, office = make_node("laptop"), make_node("kantor")
    with laptop.writing() as session:
        sender, budi, tuti = (person(session, name) for name in ("saksi", "budi", "tuti"))
        sent = take(session, laptop, numbers(), A, sender)
        take(session, laptop, VOTERS, A, sender)
        session.commit()
    office.merge(laptop.file())
    with laptop.writing() as session:
        first = confirmation(session, A, budi, "a", written(), later(5))
        outcome = verify(FORM, (first,), pages=(2,), tps=A, contest="gub", version=1, readers=2)
        save_verification(session, first, "gub", A, FORM.id, outcome, later(5), expected_version=0)
        session.commit()
    with office.writing() as session:
        say(session, office, sent, OTHER, person(session, "rina", "supervisor"), 10)
        session.commit()
    laptop.merge(office.file())
    with laptop.writing() as session:
        second = confirmation(session, A, tuti, "b", written(), later(15))
        assert len(second.photos) == 1
        before = pending(session, "gub", A, FORM.id)
        outcome = verify(
            FORM, (*before, second), pages=(), tps=A, contest="gub", version=1, readers=2
        )
        assert isinstance(outcome, Tally) and len(outcome.photos) == 2
        save_verification(
            session, second, "gub", A, FORM.id, outcome, later(15), expected_version=0,
            pending_now=lock_pending(session, "gub", A, FORM.id),
        )  # fmt: skip
        session.commit()
    assert all_count(laptop) == (0, 0)
    exchange(laptop, office)
    assert all_count(laptop, office) == (0, 0)
