"""A certificate that arrives is worth what it is here: its list, its draw and its keying are held
against the history, and only who announced a sample draws and keys it.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from digitizer.domain.event import EventKind
from digitizer.domain.sampling import lot
from digitizer.errors import MergeRefused
from digitizer.store.certificates import certificate_of, certificate_revision
from digitizer.store.events import append_event, list_events
from digitizer.store.sample_keying import items, key_station, settle_station
from digitizer.store.sample_tables import SampleRow, SampleStationRow
from digitizer.store.samples import announce, draw, get_sample
from tests.merging.conftest import MakeNode, Node
from tests.merging.random_work import CODES, Desk
from tests.merging.test_arrival import Files, packed, signed, unpacked
from tests.store.build import later, person

SEED = "4 1 6 6 2 3 5 1 1 4 2 6"


@pytest.fixture
def laptop(make_node: MakeNode) -> Desk:
    """An installation with three TPS verified, and one of them announced to be drawn."""
    desk = Desk(make_node("laptop"), 0)
    desk.open()
    for place in range(3):
        desk.do("send", place, place, 0)
        desk.do("verify", place, 0, 1)
    with desk.node.writing() as session:
        announce(session, "gub", 1, account=desk.people["supervisor4"], now=later(30))
        session.commit()
    return desk


@pytest.fixture
def office(make_node: MakeNode) -> Node:
    return make_node("office")


def sample_of(desk: Desk) -> str:
    with desk.node.writing() as session:
        return session.exec(select(SampleRow.id)).one()


def drawn(desk: Desk) -> str:
    """The sample, drawn as it should be; gives its id."""
    name = sample_of(desk)
    with desk.node.writing() as session:
        draw(session, name, SEED, account=desk.people["supervisor4"], now=later(31))
        session.commit()
    return name


def tell(desk: Desk, kind: EventKind, **said: object) -> None:
    """An event that this product would not write."""
    with desk.node.writing() as session:
        append_event(session, kind, said, desk.people["supervisor4"], later(40))
        session.commit()


def refused(office: Node, desk: Desk, match: str, files: Files | None = None) -> None:
    before = office.head
    path = desk.node.file()
    if files is not None:
        path = packed(path, files)
    with pytest.raises(MergeRefused, match=match) as raised:
        office.merge(path)
    assert raised.value.hint
    assert office.head == before


def test_a_sample_that_holds_stands_with_what_it_says(laptop: Desk, office: Node) -> None:
    name = drawn(laptop)
    with laptop.node.writing() as session:
        keyer = person(session, "pengetik")
        (item,) = items(session, name)
        other = {**item.verified, "paslon_1": "999"}
        key_station(session, name, item.tps, other, account=keyer, now=later(32))
        session.commit()
    office.merge(laptop.node.file())
    with laptop.node.writing() as session:
        chief = person(session, "ketua", "supervisor")
        said = {"paslon_1": "998"}
        settle_station(session, name, item.tps, said, account=chief, now=later(33))
        session.commit()
    office.merge(laptop.node.file())
    with laptop.node.writing() as session, office.writing() as there:
        assert certificate_of(there, name) == certificate_of(session, name)


def test_whatever_a_merge_brings_of_a_sample_is_seen_at_once(laptop: Desk, office: Node) -> None:
    name = sample_of(laptop)
    with laptop.node.writing() as session:
        keyer, chief = person(session, "pengetik"), person(session, "ketua", "supervisor")
        session.commit()
    (tps,) = lot(SEED, CODES, 1)
    seen = []
    for step in ("announced", "drawn", "keyed", "settled"):
        with laptop.node.writing() as session:
            if step == "drawn":
                admin = laptop.people["supervisor4"]
                draw(session, name, SEED, account=admin, now=later(31))
            if step == "keyed":
                (item,) = items(session, name)
                other = {**item.verified, "paslon_1": "999"}
                key_station(session, name, tps, other, account=keyer, now=later(32))
            if step == "settled":
                said = {"paslon_1": "998"}
                settle_station(session, name, tps, said, account=chief, now=later(33))
            session.commit()
        office.merge(laptop.node.file())
        with laptop.node.writing() as session, office.writing() as there:
            assert certificate_of(there, name) == certificate_of(session, name)
            seen.append(certificate_revision(there, get_sample(there, name)))
    assert len(set(seen)) == 4


@pytest.mark.untold
def test_stations_that_somebody_chose_are_refused(laptop: Desk, office: Node) -> None:
    name = sample_of(laptop)
    (right,) = lot(SEED, CODES, 1)
    chosen = next(code for code in CODES if code != right)
    tell(laptop, "sample_drawn", sample=name, seed=SEED, stations=[[chosen, "gub", 1]])
    refused(office, laptop, f"is not what its seed draws: found {chosen}, needed {right}")


@pytest.mark.untold
def test_stations_chosen_after_the_list_arrived_are_refused(laptop: Desk, office: Node) -> None:
    office.merge(laptop.node.file())
    name = sample_of(laptop)
    tell(laptop, "sample_drawn", sample=name, seed=SEED, stations=[])
    refused(office, laptop, "is not what its seed draws")


def _votes(line: dict[str, Any]) -> None:
    line["votes"]["paslon_1"] += 100


def _fewer_votes(line: dict[str, Any]) -> None:
    line["votes"] = {}


def _numbers(line: dict[str, Any]) -> None:
    line["numbers"] = 100


@pytest.mark.parametrize("change", [_votes, _fewer_votes, _numbers])
def test_a_list_with_other_numbers_than_the_tallies_is_refused(
    laptop: Desk, office: Node, change: Callable[[dict[str, Any]], None]
) -> None:
    files = unpacked(laptop.node.file())
    entry = "beside/sample_station.jsonl"
    lines = [json.loads(line) for line in files[entry].splitlines()]
    change(lines[1])
    files[entry] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    refused(office, laptop, "has numbers of TPS .* that no tally has", signed(laptop.node, files))


@pytest.mark.untold
def test_a_list_that_is_longer_than_was_announced_is_refused(laptop: Desk, office: Node) -> None:
    with laptop.node.writing() as session:
        said = next(item for item in list_events(session) if item.kind == "sample_announced")
        listed = session.exec(select(SampleStationRow)).all()
        session.add(SampleRow(id="9" * 32, contest="gub", number=2, size=1, population=5,
                              population_sha256=str(said.payload["population_sha256"]),
                              account=said.actor, at=later(40), node=said.node))  # fmt: skip
        session.flush()
        session.add_all(
            SampleStationRow(**(row.model_dump() | {"sample": "9" * 32})) for row in listed
        )
        session.commit()
    again = {**said.payload, "sample": "9" * 32, "population": 5}
    tell(laptop, "sample_announced", **again)
    refused(office, laptop, "draws 1 of 5 stations, and its list has 3")


@pytest.mark.untold
@pytest.mark.parametrize("kind", ["sample_drawn", "sample_keyed", "sample_settled"])
def test_no_other_installation_draws_or_keys_a_sample(
    laptop: Desk, office: Node, make_node: MakeNode, kind: EventKind
) -> None:
    """Whichever of the two is heard first."""
    name = sample_of(laptop) if kind == "sample_drawn" else drawn(laptop)
    stranger = Desk(make_node("lain"), 0)
    stranger.node.merge(laptop.node.file())
    stranger.open()
    (right,) = lot(SEED, CODES, 1)
    said = {"seed": SEED, "stations": [[right, "gub", 1]]} if kind == "sample_drawn" else {
        "tps": right, "as_written": {}}  # fmt: skip
    tell(stranger, kind, sample=name, **said)
    refused(office, stranger, "is drawn or keyed by")
    office.merge(laptop.node.file())
    refused(office, stranger, "is drawn or keyed by")


@pytest.mark.untold
@pytest.mark.parametrize(
    "written", [{}, {"paslon_1": "120"}, {"paslon_1": 5}, ["paslon_1"], {"lain": "120"}]
)
@pytest.mark.parametrize("kind", ["sample_keyed", "sample_settled"])
def test_a_keying_without_what_the_form_has_is_refused(
    laptop: Desk, office: Node, kind: EventKind, written: object
) -> None:
    name = drawn(laptop)
    with laptop.node.writing() as session:
        (item,) = items(session, name)
    if kind == "sample_settled":
        with laptop.node.writing() as session:
            keyer = person(session, "pengetik")
            other = {**item.verified, "paslon_2": "999"}
            key_station(session, name, item.tps, other, account=keyer, now=later(32))
            session.commit()
    tell(laptop, kind, sample=name, tps=item.tps, as_written=written)
    refused(office, laptop, "was keyed otherwise than it can be")
