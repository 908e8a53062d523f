"""An order adds a later round of an office, once, and changes nothing that was there."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from digitizer.domain.election import Contest
from digitizer.errors import Conflict, DigitizerError, NotFound, SettingsError
from digitizer.store.election_file import ElectionFile
from digitizer.store.elections import contests, get_contest, init_election
from digitizer.store.events import list_events, verify_chain
from digitizer.store.order_file import OrderedRound, OrderFile, read_order_file
from digitizer.store.orders import order_rounds, tps_voting
from digitizer.store.rounds import rounds_at, rounds_of
from tests.store.build import (
    CONTESTS,
    COPY,
    ELECTION,
    FORM,
    NOW,
    STATIONS,
    A,
    B,
    C,
    later,
    order,
    psu,
)

D, SAMARINDA, BANJAR = (station.code for station in STATIONS[3:])

FILE = """
election = "uji"

[[contest]]
id = "gub-psu"
repeats = "gub"
round = 2
since = 2025-04-19
tps = ["6411032001"]
candidates = ["Paslon 1", "Paslon 2"]
"""


def write(folder: Path, text: str = FILE) -> Path:
    path = folder / "psu.toml"
    path.write_text(text)
    return path


def test_what_a_file_orders(tmp_path: Path) -> None:
    file = read_order_file(write(tmp_path))
    assert file == OrderFile(
        "psu.toml",
        "uji",
        (psu("6411032001", since=date(2025, 4, 19), candidates=("Paslon 1", "Paslon 2")),),
    )


def test_the_tps_may_stand_in_a_csv(tmp_path: Path) -> None:
    (tmp_path / "psu.csv").write_text(f"code,name\n{A},TPS 001\n{B},\n")
    text = FILE.replace('["6411032001"]', '"psu.csv"')
    assert read_order_file(write(tmp_path, text)).rounds[0].codes == (A, B)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('election = "uji"', "", "psu.toml, election: it is missing, needed a text"),
        ('repeats = "gub"', "", "contest 1: repeats: it is missing"),
        ('repeats = "gub"', 'repeat = "gub"', "contest 1: repeat: unknown key; known are id, rep"),
        ("round = 2", "round = '2'", "contest 1: round: found '2', needed a whole number"),
        ("2025-04-19", "'19 April'", "contest 1: since: found '19 April', needed a day, such as"),
        ("2025-04-19", "2025-04-19T08:00:00Z", "needed a day, such as 2025-04-19"),
        ('["6411032001"]', "[]", "contest 1: tps: found [], needed a list of texts"),
        ('["6411032001"]', '"no.csv"', "no.csv, file: it cannot be read"),
        ('candidates = ["Paslon 1", "Paslon 2"]', "candidates = []", "candidates: found []"),
        ("[[contest]]", "[contest]", "contest: found {"),
    ],
)
def test_a_defaced_order_is_refused_with_its_fault(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    assert before in FILE
    with pytest.raises(SettingsError) as caught:
        read_order_file(write(tmp_path, FILE.replace(before, after, 1)))
    assert fault in caught.value.message


def test_one_round_twice_in_a_file(tmp_path: Path) -> None:
    twice = FILE + FILE.replace('election = "uji"', "")
    with pytest.raises(SettingsError, match="'gub-psu' is given 2 times"):
        read_order_file(write(tmp_path, twice))


def test_an_order_adds_a_round_and_its_event(session: Session) -> None:
    (made,) = order(session, psu(A, B, since=date(2025, 4, 19)), now=later(5))
    assert made == get_contest(session, "gub-psu")
    assert made == Contest(
        "gub-psu", "uji", 2, "Gubernur", "Gubernur", "64", ("Paslon 1", "Paslon 2"),
        (FORM.id, COPY.id),
        repeats="gub", since=datetime(2025, 4, 18, 16, tzinfo=UTC), limited=True,
    )  # fmt: skip
    assert tps_voting(session, made) == (A, B)
    (event,) = list_events(session, kind="round_ordered")
    assert event.at_utc == later(5)
    assert event.payload["id"] == "gub-psu"
    assert event.payload["tps"] == [A, B]
    assert event.payload["since"] == "2025-04-18T16:00:00+00:00"
    assert verify_chain(session) == ()


def test_what_is_ordered_again_changes_nothing(session: Session) -> None:
    (made,) = order(session, psu(A), now=later(5))
    assert made.since == later(5)
    again = order_rounds(session, OrderFile("psu.toml", "uji", (psu(A),)), "system", later(9))
    assert [(item.contest, item.tps, item.is_new) for item in again] == [(made, (A,), False)]
    order(session, psu(B, name="gub-psu-2", number=3), now=later(10))
    assert order(session, psu(A), now=later(11)) == (made,)
    assert len(list_events(session, kind="round_ordered")) == 2


def test_the_election_file_stays_harmless_after_an_order(session: Session) -> None:
    order(session, psu(A))
    file = ElectionFile(ELECTION, CONTESTS, STATIONS)
    assert init_election(session, file, "system", NOW) == ELECTION
    with_psu = ElectionFile(ELECTION, contests(session), STATIONS)
    with pytest.raises(Conflict, match="contest gub-psu is not kept") as caught:
        init_election(session, with_psu, "system", NOW)
    assert "digitizer election order" in caught.value.hint


def test_a_wilayah_stands_for_its_tps_and_nothing_for_the_whole_area(session: Session) -> None:
    (part,) = order(session, psu("641103", SAMARINDA))
    assert tps_voting(session, part) == (A, B, C, SAMARINDA)
    (whole,) = order(session, psu(name="gub-3", number=3))
    assert not whole.limited
    assert tps_voting(session, whole) == tuple(sorted((A, B, C, D, SAMARINDA)))
    gub = get_contest(session, "gub")
    assert [item.id for item in rounds_of(session, part)] == ["gub", "gub-psu", "gub-3"]
    assert [item.id for item in rounds_at(session, gub, A)] == ["gub", "gub-psu", "gub-3"]
    assert [item.id for item in rounds_at(session, part, D)] == ["gub", "gub-3"]
    assert rounds_at(session, gub, BANJAR) == ()


@pytest.mark.parametrize(
    ("rounds", "error", "fault"),
    [
        ((psu(A, repeats="none"),), SettingsError, "repeats: there is no contest 'none'"),
        ((psu(A, number=3),), SettingsError, "round: found 3, needed 2, since the latest round of"),
        ((psu(A, number=1),), SettingsError, "round: found 1, needed 2"),
        ((psu(A, "6411032001009"),), SettingsError, "tps: 6411032001009 is no TPS of area 64, nor"),
        ((psu(BANJAR),), SettingsError, f"tps: {BANJAR} is no TPS of area 64"),
        ((psu("64110"),), SettingsError, "tps: '64110' is no code of 2, 4, 6, 10 or 13 digits"),
        ((psu("641103200100x"),), SettingsError, "is no code of"),
        ((psu(A, A),), SettingsError, f"tps: {A} is given 2 times"),
        (
            (psu(A, form_ids=("form-lain",)),),
            SettingsError,
            "form_ids: 'form-lain' is given for pr",
        ),
        ((psu(A, name="pres"),), Conflict, "there is a contest pres already, and the file differs"),
        (
            (psu(A), psu(B, name="b", number=2)),
            SettingsError,
            "contest b: round: found 2, needed 3",
        ),
    ],
)
def test_an_order_that_does_not_fit_is_refused_as_a_whole(
    session: Session, rounds: tuple[OrderedRound, ...], error: type[DigitizerError], fault: str
) -> None:
    with pytest.raises(error) as caught:
        order(session, *rounds)
    assert fault in caught.value.message
    assert contests(session) == CONTESTS
    assert list_events(session, kind="round_ordered") == ()


@pytest.mark.parametrize(
    ("other", "differing"),
    [
        (psu(A, B), "tps"),
        (psu(A, candidates=("Paslon 1",)), "candidates"),
        (psu(A, since=date(2025, 1, 1)), "since"),
        (psu(), "limited, tps"),
    ],
)
def test_an_order_is_never_changed(session: Session, other: OrderedRound, differing: str) -> None:
    order(session, psu(A))
    with pytest.raises(Conflict) as caught:
        order(session, other)
    assert caught.value.message.endswith(f"differs from it in {differing}")


def test_an_order_for_another_election(session: Session) -> None:
    with pytest.raises(Conflict, match="is for election lain, and the store holds elect"):
        order_rounds(session, OrderFile("psu.toml", "lain", (psu(A),)), "system", NOW)
    with pytest.raises(NotFound):
        get_contest(session, "gub-psu")
