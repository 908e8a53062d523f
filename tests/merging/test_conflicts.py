"""Where installations say different things of one TPS, nothing counts until somebody decides."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlmodel import Session, select

from digitizer.domain.codec import verification_from_json
from digitizer.errors import Conflict, NotAllowed
from digitizer.store.accounts import authenticate, set_disabled, set_password
from digitizer.store.corrected import corrected_numbers
from digitizer.store.correction_tables import CorrectionWithdrawalRow
from digitizer.store.corrections import save_correction, withdraw_correction
from digitizer.store.elections import contests
from digitizer.store.events import list_events
from digitizer.store.exports import listing, tally_rows
from digitizer.store.invites import make_invite
from digitizer.store.leases import lease_of, take_lease
from digitizer.store.lots import BLIND_FORMS, ensure_lot
from digitizer.store.official import imports_of, latest_import
from digitizer.store.orders import tps_voting
from digitizer.store.publication import publish, published_since
from digitizer.store.purging import is_removed, purge
from digitizer.store.queues import queue
from digitizer.store.recaps import recap_of
from digitizer.store.samples import announce, draw, samples_of
from digitizer.store.sheets import sheet
from digitizer.store.tables import PhotoRow, ReadingRow, VerificationRow
from digitizer.store.verifications import waiting
from digitizer.store.withdrawals import withdraw
from tests.facts import png
from tests.merging.conftest import MakeNode
from tests.merging.random_work import CODES, Desk
from tests.store.build import CONTESTS, FORM, NOW, A, B, later, order, psu
from tests.store.official import official

ONE, OTHER, ONE_OF_TWO, OTHER_OF_TWO = 0, 1, 4, 3
"""120 or 121 votes for the first, by one reader or as the first of two."""


@pytest.fixture
def desks(make_node: MakeNode) -> tuple[Desk, Desk]:
    """A laptop and an office, each with a photo of TPS A."""
    found = (Desk(make_node("laptop"), 0), Desk(make_node("office"), 7))
    for number, desk in enumerate(found):
        desk.open()
        desk.do("send", 0, 2 * number, 0)
    return found


def exchange(*desks: Desk) -> None:
    """Everybody takes what everybody has."""
    files = [desk.node.file() for desk in desks]
    for desk in desks:
        for path in files:
            desk.node.merge(path)
    assert len({desk.node.head for desk in desks}) == 1


Answer = TypeVar("Answer")


def on(desk: Desk, ask: Callable[[Session], Answer]) -> Answer:
    """What a desk answers, or does."""
    with desk.node.writing() as session:
        answer = ask(session)
        session.commit()
        return answer


def counted(desk: Desk) -> tuple[int, int, int]:
    """How many TPS count, how many are disputed, and the votes of the first, as it is kept."""
    recap = on(desk, lambda session: recap_of(session, "gub"))
    again = desk.node.count.recaps("gub", 0)[""]
    votes = recap.totals.get("paslon_1", 0)
    assert (again.counted, again.disputed) == (recap.counted, recap.disputed)
    assert again.totals.get("paslon_1", 0) == votes
    return recap.counted, recap.disputed, votes


def state_of(desk: Desk) -> str:
    found = on(desk, lambda session: sheet(session, "gub", A, FORM.id))
    assert found is not None
    return found.state


def exported(desk: Desk) -> list[int | None]:
    def rows(session: Session) -> list[int | None]:
        return [row.values["paslon_1"] for row in tally_rows(session, listing(session, "gub"))]

    return on(desk, rows)


def test_different_numbers_are_a_dispute_that_a_supervisor_settles(
    desks: tuple[Desk, Desk],
) -> None:
    laptop, office = desks
    laptop.do("verify", 0, ONE, 1)
    office.do("verify", 0, OTHER, 1)
    assert (counted(laptop), counted(office)) == ((1, 0, 120), (1, 0, 121))
    exchange(laptop, office)
    for desk in desks:
        assert counted(desk) == (0, 1, 0)
        assert state_of(desk) == "disputed"
        assert exported(desk) == []
        between = on(desk, lambda session: waiting(session, "gub", A, FORM.id)).verifications
        assert {item.fields["paslon_1"].as_written for item in between} == {"120", "121"}
    office.do("settle", 0, OTHER, 2)
    assert counted(office) == (1, 0, 121)
    exchange(laptop, office)
    for desk in desks:
        assert counted(desk) == (1, 0, 121)
        assert state_of(desk) == "verified"
        assert exported(desk) == [121]


def test_equal_numbers_are_no_dispute(desks: tuple[Desk, Desk]) -> None:
    for desk in desks:
        desk.do("verify", 0, ONE, 1)
    exchange(*desks)
    for desk in desks:
        assert (counted(desk), state_of(desk), exported(desk)) == ((1, 0, 120), "verified", [120])


def test_a_higher_version_that_has_not_seen_the_other_does_not_win(
    desks: tuple[Desk, Desk],
) -> None:
    laptop, office = desks
    for desk in desks:
        desk.do("verify", 0, ONE, 1)
    office.do("verify", 0, OTHER, 2)  # its second version
    assert counted(office) == (1, 0, 121)
    exchange(*desks)
    assert counted(laptop) == counted(office) == (0, 1, 0)


def test_settled_apart_and_differently_it_is_disputed_again(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    laptop.do("verify", 0, ONE, 1)
    office.do("verify", 0, OTHER, 1)
    exchange(*desks)
    laptop.do("settle", 0, ONE, 2)
    office.do("settle", 0, OTHER, 2)
    exchange(*desks)
    assert counted(laptop) == counted(office) == (0, 1, 0)
    laptop.do("verify", 0, ONE, 3)  # a reviewer decides nothing
    assert counted(laptop) == (0, 1, 0)


def test_whoever_confirms_the_copy_decides_nothing_between_two_planos(
    desks: tuple[Desk, Desk],
) -> None:
    laptop, office = desks
    laptop.do("verify", 0, ONE, 1)
    office.do("verify", 0, OTHER, 1)
    exchange(*desks)
    office.do("copy", 0, ONE, 2)
    office.do("verify_copy", 0, ONE, 3)
    assert counted(office) == (0, 1, 0)
    exchange(*desks)
    assert counted(laptop) == counted(office) == (0, 1, 0)
    laptop.do("settle_copy", 0, ONE, 4)
    exchange(*desks)
    for desk in desks:
        assert (counted(desk), state_of(desk), exported(desk)) == ((1, 0, 120), "verified", [120])


@pytest.mark.parametrize(("choice", "disputed"), [(ONE, 0), (OTHER, 1)])
def test_a_plano_here_and_a_copy_there_must_say_the_same(
    desks: tuple[Desk, Desk], choice: int, disputed: int
) -> None:
    laptop, office = desks
    laptop.do("verify", 0, ONE, 1)
    office.do("copy", 0, ONE, 1)
    office.do("verify_copy", 0, choice, 2)
    exchange(*desks)
    for desk in desks:
        assert counted(desk)[:2] == (1 - disputed, disputed)
    office.do("settle_copy" if choice == OTHER else "verify_copy", 0, choice, 3)
    exchange(*desks)
    for desk in desks:
        assert counted(desk)[:2] == (1, 0)


def test_a_settlement_taken_back_leaves_the_dispute(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    laptop.do("verify", 0, ONE, 1)
    office.do("verify", 0, OTHER, 1)
    exchange(*desks)
    office.do("settle", 0, OTHER, 2)
    office.do("withdraw", 0, 3, 2)
    assert counted(office) == (0, 1, 0)
    exchange(*desks)
    assert counted(laptop) == (0, 1, 0)


def test_readers_who_differ_elsewhere_dispute_a_tally_here(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    laptop.do("verify", 0, ONE, 1)
    office.do("verify", 0, ONE_OF_TWO, 1)
    office.do("verify", 0, OTHER_OF_TWO, 2)
    assert state_of(office) == "disputed"
    exchange(*desks)
    assert counted(laptop) == counted(office) == (0, 1, 0)
    laptop.do("settle", 0, ONE, 3)
    exchange(*desks)
    assert counted(laptop) == counted(office) == (1, 0, 120)


@pytest.mark.parametrize(("choice", "disputed"), [(ONE_OF_TWO, 0), (OTHER_OF_TWO, 1)])
def test_a_first_reader_elsewhere_confirms_a_tally_or_disputes_it(
    desks: tuple[Desk, Desk], choice: int, disputed: int
) -> None:
    laptop, office = desks
    laptop.do("verify", 0, ONE, 1)
    office.do("verify", 0, choice, 1)
    assert state_of(office) == "needs_reader"
    exchange(*desks)
    for desk in desks:
        assert counted(desk)[:2] == (1 - disputed, disputed)


def test_an_objection_that_whoever_confirmed_elsewhere_never_saw_comes_back(
    desks: tuple[Desk, Desk],
) -> None:
    """It was written first, by either clock; the laptop heard of it only afterwards."""
    laptop, office = desks
    exchange(*desks)
    office.do("remark", 0, ONE, 1)
    laptop.do("verify", 0, ONE, 30)
    assert state_of(laptop) == "verified"
    exchange(*desks)
    assert state_of(laptop) == state_of(office) == "remarked"
    # Answered where it was not made, by somebody whose clock is behind.
    laptop.do("verify", 0, ONE, 2)
    assert state_of(laptop) == "verified"
    exchange(*desks)
    assert state_of(laptop) == state_of(office) == "verified"


def test_two_first_readers_wait_for_a_third(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    laptop.do("verify", 0, ONE_OF_TWO, 1)
    office.do("verify", 0, ONE_OF_TWO, 1)
    exchange(*desks)
    assert state_of(laptop) == state_of(office) == "needs_reader"
    office.do("verify", 0, 6, 2)  # 120, by somebody else
    assert counted(office) == (1, 0, 120)


def test_what_another_installation_confirmed_is_taken_back_there(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    laptop.do("verify", 0, ONE, 1)
    exchange(*desks)
    with office.node.writing() as session:
        row = session.get_one(VerificationRow, laptop.given[-1])
        with pytest.raises(Conflict, match="on another installation"):
            withdraw(session, row.id, account=row.reviewer, now=row.at)


def test_notes_go_along_and_no_event_holds_them(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    laptop.do("verify", 0, 7, 1)
    exchange(*desks)
    with office.node.writing() as session:
        row = session.get_one(VerificationRow, laptop.given[-1])
        assert verification_from_json(row.body).fields["paslon_1"].note == "catatan"
        assert not any("catatan" in str(event.payload) for event in list_events(session))


def test_accounts_of_another_installation_cannot_sign_in(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    exchange(*desks)
    account = laptop.people["reviewer1"]
    with office.node.writing() as session:
        for name in (account, "reviewer1"):
            with pytest.raises(NotAllowed, match="do not belong together"):
                authenticate(session, name, "")
        with pytest.raises(NotAllowed, match="belongs to another installation"):
            set_password(session, account, "sandi-yang-lain", actor="system", now=NOW)
        with pytest.raises(NotAllowed, match="belongs to another installation"):
            set_disabled(session, account, disabled=True, actor="system", now=NOW)


def test_closing_an_account_is_told_everywhere(desks: tuple[Desk, Desk]) -> None:
    laptop, _ = desks
    exchange(*desks)
    account = laptop.people["reviewer1"]
    on(laptop, lambda s: set_disabled(s, account, disabled=True, actor="system", now=NOW))
    exchange(*desks)
    on(laptop, lambda s: set_disabled(s, account, disabled=False, actor="system", now=later(5)))
    exchange(*desks)


def test_of_two_corrections_the_later_one_holds(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    for desk in desks:
        desk.do("verify", 0, ONE, 1)
    for desk, votes, minutes in ((laptop, 130, 9), (office, 140, 8)):
        with desk.node.writing() as session:
            save_correction(
                session, desk.node.photos, "gub", A, "kecamatan", {"paslon_1": votes},
                document=png(30, 30, 70), reason="menurut D.HASIL",
                account=desk.people["supervisor4"], now=later(minutes), expected_version=0,
            )  # fmt: skip
            session.commit()
    exchange(*desks)
    for desk in desks:
        assert on(desk, lambda s: corrected_numbers(s, "gub", A)) == {"paslon_1": 130}
        assert counted(desk) == (1, 0, 120)


def test_one_correction_taken_back_twice_keeps_the_later_reason(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    for desk in desks:
        desk.do("verify", 0, ONE, 1)
    with laptop.node.writing() as session:
        made = save_correction(
            session, laptop.node.photos, "gub", A, "kecamatan", {"paslon_1": 130},
            document=png(30, 30, 70), reason="menurut D.HASIL",
            account=laptop.people["supervisor4"], now=later(9), expected_version=0,
        )  # fmt: skip
        session.commit()
    exchange(*desks)
    for desk, minutes in ((laptop, 30), (office, 31)):
        with desk.node.writing() as session:
            withdraw_correction(
                session, made.id, f"salah, menit {minutes}",
                account=desk.people["supervisor4"], now=later(minutes),
            )  # fmt: skip
            session.commit()
    exchange(*desks)
    for desk in desks:
        reason = on(desk, lambda s: s.get_one(CorrectionWithdrawalRow, made.id).reason)
        assert reason == "salah, menit 31"
        assert on(desk, lambda s: corrected_numbers(s, "gub", A)) == {}


def test_of_two_orders_of_one_round_the_later_one_holds(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    on(laptop, lambda session: order(session, psu(A), now=later(30)))
    on(office, lambda session: order(session, psu(B), now=later(20)))
    exchange(*desks)
    for desk in desks:
        assert on(desk, lambda s: tps_voting(s, contests(s)[-1])) == (A,)


def test_of_two_imports_the_later_one_is_compared_with(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    on(laptop, lambda session: official(session, CONTESTS[0], {A: {"paslon_1": 1}}))
    on(office, lambda session: official(session, CONTESTS[0], {A: {"paslon_1": 2}}))
    exchange(*desks)
    chosen = [on(desk, lambda session: latest_import(session, CONTESTS[0])) for desk in desks]
    assert chosen[0] == chosen[1]
    assert all(len(on(desk, lambda s: imports_of(s, "gub"))) == 2 for desk in desks)


def test_a_sample_is_drawn_where_it_was_announced(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    laptop.do("verify", 0, ONE, 1)
    five = laptop.people["supervisor4"]
    sample = on(laptop, lambda s: announce(s, "gub", 1, account=five, now=later(30))).id
    exchange(*desks)
    seed = "4 1 6 6 2 3 5 1 1"
    with office.node.writing() as session, pytest.raises(Conflict, match="another installation"):
        draw(session, sample, seed, account=office.people["supervisor4"], now=later(31))
    on(laptop, lambda s: draw(s, sample, seed, account=five, now=later(32)))
    exchange(*desks)
    assert on(office, lambda s: samples_of(s, "gub")) == on(laptop, lambda s: samples_of(s, "gub"))


def test_what_is_of_one_installation_stays_with_it(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    place = ("gub", A, FORM.id)
    reviewer = laptop.people["reviewer1"]
    on(laptop, lambda s: take_lease(s, *place, account=reviewer, now=NOW))
    on(laptop, lambda s: publish(s, NOW, actor="system", now=NOW))
    on(laptop, lambda s: make_invite(s, B, actor="system", now=NOW))
    seeds = [on(desk, lambda s: ensure_lot(s, BLIND_FORMS, NOW)) for desk in desks]
    exchange(*desks)
    assert on(office, lambda s: lease_of(s, *place, NOW)) is None
    assert on(office, published_since) is None
    assert on(laptop, published_since) == NOW
    assert [on(desk, lambda s: ensure_lot(s, BLIND_FORMS, NOW)) for desk in desks] == seeds


def photo_of(desk: Desk, code: str = A) -> str:
    return on(desk, lambda s: s.exec(select(PhotoRow.sha256).order_by(PhotoRow.sha256)).all())[0]


def test_originals_that_were_removed_do_not_come_and_need_not(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    photo = photo_of(laptop)
    on(laptop, lambda s: purge(
        s, laptop.node.photos, later(99), unverified=True, actor="system", now=later(100)
    ))  # fmt: skip
    exchange(*desks)
    assert not office.node.photos.has(photo)
    assert on(office, lambda s: is_removed(s, photo))


def test_originals_that_were_removed_here_stay_away(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    exchange(*desks)
    photo = photo_of(laptop)
    on(office, lambda s: purge(
        s, office.node.photos, later(99), unverified=True, actor="system", now=later(100)
    ))  # fmt: skip
    laptop.do("assign", 1, 0, 101)
    exchange(*desks)
    assert not office.node.photos.has(photo)
    assert laptop.node.photos.has(photo)


def test_what_was_read_is_not_read_again_and_what_waits_is(desks: tuple[Desk, Desk]) -> None:
    laptop, office = desks
    laptop.do("send", 1, 9, 1)  # it waits for its worker
    exchange(*desks)
    with office.node.writing() as session:
        found = session.exec(select(ReadingRow.id)).all()
        assert len(found) == 2
        assert [row.tps.code for row in queue(session, state="waiting") if row.tps] == [CODES[1]]


def test_a_photo_that_both_read_needs_no_second_look(make_node: MakeNode) -> None:
    laptop, office = Desk(make_node("laptop"), 0), Desk(make_node("office"), 7)
    for desk in (laptop, office):
        desk.open()
        desk.do("send", 0, 0, 0)
    laptop.do("verify", 0, ONE, 1)
    exchange(laptop, office)
    for desk in (laptop, office):
        assert state_of(desk) == "verified"


def test_a_third_installation_hands_on_what_it_was_given(make_node: MakeNode) -> None:
    first, middle, last = (Desk(make_node(name), 0) for name in ("pertama", "tengah", "akhir"))
    for desk in (first, middle, last):
        desk.open()
    first.do("send", 0, 0, 0)
    first.do("verify", 0, ONE, 1)
    middle.node.merge(first.node.file())
    last.node.merge(middle.node.file())
    assert counted(last) == (1, 0, 120)
    first.node.merge(last.node.file())
