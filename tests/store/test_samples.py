"""A sample is announced, then drawn, keyed blind and settled; what it says follows from that."""

from dataclasses import replace
from typing import cast

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from digitizer.domain.sampling import most_wrong, population_hash, population_text
from digitizer.domain.seeding import Seeded
from digitizer.errors import Conflict, DigitizerError, NotAllowed, NotFound, VerificationRefused
from digitizer.store import certificates
from digitizer.store.certificates import certificate_of, certificate_revision
from digitizer.store.checks import Check, save_answer
from digitizer.store.escalations import escalate
from digitizer.store.events import append_event, list_events, verify_chain
from digitizer.store.listed_tallies import tally_listed
from digitizer.store.photos import PhotoStore
from digitizer.store.sample_keying import (
    Item,
    item_of,
    items,
    key_station,
    next_to_key,
    settle_station,
)
from digitizer.store.sample_tables import SampleStationRow
from digitizer.store.samples import Sample, announce, draw, listed, samples_of, verified_count
from digitizer.store.tables import TallyRecord
from digitizer.store.tallies import latest_tallies, tallies_of
from digitizer.store.withdrawals import void
from tests.api.test_scans import asked
from tests.store.build import (
    FORM,
    STATIONS,
    A,
    B,
    add_tally,
    confirm,
    later,
    order,
    person,
    psu,
    send,
    settle_sheet,
    written,
)

SEED = "4 1 6 6 2 3 5 1 1 4 2 6 3 3 1 5 2 4 6 1"
WITHIN = tuple(item.code for item in STATIONS if item.code.startswith("64"))
"""The five TPS that vote for the governor."""


@pytest.fixture
def verified(session: Session, photos: PhotoStore) -> str:
    """Every TPS of the governor verified by one reviewer, whose id is given."""
    witness, reviewer = person(session, "saksi", "witness"), person(session, "satu")
    for number, tps in enumerate(WITHIN):
        settle_sheet(session, send(session, photos, b"%d" % number, witness, tps).photo, tps)
        confirm(session, tps, reviewer, name=f"v{number}")
    return reviewer


@pytest.fixture
def people(session: Session) -> tuple[str, str]:
    """Somebody who keys, and a supervisor."""
    return person(session, "dua"), person(session, "tiga", "supervisor")


def drawn(session: Session, size: int, admin: str, minutes: int = 10) -> Sample:
    made = announce(session, "gub", size, account=admin, now=later(minutes))
    return draw(session, made.id, SEED, account=admin, now=later(minutes))


def key(session: Session, item: Item, who: str, boxes: dict[str, str] | None = None) -> Item:
    return key_station(
        session, item.sample, item.tps, boxes or written(), account=who, now=later(20)
    )


@pytest.mark.usefixtures("verified")
def test_all_keyed_alike_bounds_what_was_not_drawn(
    session: Session, people: tuple[str, str]
) -> None:
    keyer, admin = people
    sample = drawn(session, 3, admin)
    assert sample.population_sha256 == population_hash((code, "gub", 1) for code in WITHIN)
    while (item := next_to_key(session, sample.id, keyer)) is not None:
        key(session, item, keyer)
    found = certificate_of(session, sample.id)
    assert (found.population, found.sample, found.open, found.wrong_numbers) == (5, 3, 0, 0)
    assert found.most_wrong_stations == most_wrong(5, 3, 0) == 2
    assert found.numbers == 3 * len(written())
    assert found.leads[0].votes == 5 * 40
    assert found.leads[0].most_moved == 2 * (40 + 999)
    assert verify_chain(session) == ()
    assert [event.kind for event in list_events(session)][-5:] == [
        "sample_announced",
        "sample_drawn",
        *["sample_keyed"] * 3,
    ]


@pytest.mark.untold
@pytest.mark.usefixtures("verified")
def test_one_form_with_four_boxes_lets_every_station_hide_what_these_can_say(
    session: Session, people: tuple[str, str]
) -> None:
    keyer, admin = people
    long = {name: glyphs.replace("_", "").rjust(4, "_") for name, glyphs in written().items()}
    row = session.exec(select(TallyRecord).where(TallyRecord.tps == A)).one()
    row.body = {**row.body, "as_written": long}
    sample = drawn(session, 3, admin)
    while (item := next_to_key(session, sample.id, keyer)) is not None:
        key(session, item, keyer, long if item.tps == A else written())
    assert certificate_of(session, sample.id).leads[0].most_moved == 2 * (40 + 9999)


@pytest.mark.untold
@pytest.mark.usefixtures("verified")
def test_boxes_stay_those_of_the_list_when_a_tally_is_taken_back(
    session: Session, photos: PhotoStore, people: tuple[str, str]
) -> None:
    keyer, admin = people
    row = session.exec(select(TallyRecord).where(TallyRecord.tps == B)).one()
    row.body = {**row.body, "as_written": {**row.body["as_written"], "paslon_1": "X120"}}
    (told,) = (item for item in list_events(session, kind="tally_made") if item.payload["tps"] == B)
    four = {**told.payload, "as_written": row.body["as_written"]}
    append_event(session, "tally_made", four, told.actor, told.at_utc)
    sample = drawn(session, 1, admin)
    before, revision = certificate_of(session, sample.id), certificate_revision(session, sample)
    for number, tps in enumerate((A, B)):
        void(session, "gub", tps, account=admin, now=later(21))
        settle_sheet(session, send(session, photos, b"n%d" % number, admin, tps).photo, tps)
    # Of the same version, made after the list, and with more boxes than any had then.
    confirm(session, A, keyer, name="again", now=later(22))
    row = session.exec(select(TallyRecord).where(TallyRecord.tps == A)).one()
    assert row.version == 1
    row.body = {**row.body, "as_written": {**row.body["as_written"], "paslon_1": "XX120"}}
    session.flush()
    assert certificate_of(session, sample.id) == before
    # Nor does a process say otherwise that was just started.
    certificates._kept.clear()
    assert certificate_of(session, sample.id) == before
    assert certificate_revision(session, sample) == revision
    assert before.leads[0].most_moved == 4 * (40 + 9999) + 40 + 9999


@pytest.mark.usefixtures("verified")
def test_a_list_is_gone_through_once_for_all_who_look(
    session: Session, people: tuple[str, str]
) -> None:
    keyer, admin = people
    sample = drawn(session, 3, admin)
    first = certificate_of(session, sample.id)
    (item, *_) = items(session, sample.id)
    with asked(cast("Engine", session.get_bind())) as statements:
        key(session, item, keyer)
        second = certificate_of(session, sample.id)
    assert (first.open, second.open) == (3, 2)
    assert not [said for said in statements if "sample_station" in said]
    certificates._kept.clear()
    assert certificate_of(session, sample.id) == second


@pytest.mark.usefixtures("verified")
def test_a_number_keyed_otherwise_is_for_a_supervisor(
    session: Session, people: tuple[str, str]
) -> None:
    keyer, admin = people
    sample = drawn(session, 5, admin)
    first, second, *rest = items(session, sample.id)
    other = written(120, 81)
    for item in rest:
        key(session, item, keyer)
    assert key(session, first, keyer, other).differing == ("paslon_2", "suara_sah", "suara_total")
    key(session, second, keyer, {**written(), "paslon_1": "12?"})
    waiting = certificate_of(session, sample.id)
    assert (waiting.open, waiting.wrong_stations) == (2, 2)

    said = {name: other[name] for name in ("paslon_2", "suara_sah", "suara_total")}
    with pytest.raises(NotAllowed, match="have read it"):
        settle_station(session, sample.id, first.tps, said, account=keyer, now=later(30))
    with pytest.raises(VerificationRefused, match="1 numbers are missing: suara_total"):
        part = {name: other[name] for name in ("paslon_2", "suara_sah")}
        settle_station(session, sample.id, first.tps, part, account=admin, now=later(30))
    settle_station(session, sample.id, first.tps, said, account=admin, now=later(30))
    # Here the tally is right, and whoever keyed it again could not read it.
    settle_station(
        session, sample.id, second.tps, {"paslon_1": "120"}, account=admin, now=later(30)
    )
    found = certificate_of(session, sample.id)
    assert (found.open, found.wrong_stations, found.wrong_numbers) == (0, 1, 3)
    assert found.leads[0].most_moved == 1
    with pytest.raises(Conflict, match="settled already"):
        settle_station(
            session, sample.id, second.tps, {"paslon_1": "121"}, account=admin, now=later(31)
        )
    with pytest.raises(Conflict, match="nothing differs"):
        settle_station(session, sample.id, rest[0].tps, {}, account=admin, now=later(31))


def test_who_saw_a_form_does_not_key_it(
    session: Session, photos: PhotoStore, verified: str, people: tuple[str, str]
) -> None:
    keyer, admin = people
    sample = drawn(session, 5, admin)
    assert next_to_key(session, sample.id, verified) is None
    sent = send(session, photos, b"lagi", keyer, A)
    settle_sheet(session, sent.photo, A, now=later(12))
    item = item_of(session, sample.id, A)
    for account in (verified, keyer):
        with pytest.raises(NotAllowed, match="have read it"):
            key(session, item, account)
    keyed = []
    while (other := next_to_key(session, sample.id, keyer)) is not None:
        keyed.append(key(session, other, keyer).tps)
    assert sorted([*keyed, A]) == sorted(WITHIN)


@pytest.mark.usefixtures("verified")
def test_who_saw_a_form_as_a_check_or_handed_it_on_does_not_key_it(
    session: Session, people: tuple[str, str]
) -> None:
    checked, admin = people
    handed_on = person(session, "empat")
    shown = Check("0" * 16, "gub", A, FORM.id, 1, Seeded("paslon_1", "120", {"paslon_1": "121"}))
    save_answer(session, shown, account=checked, answer="120", seconds=1.0, now=later(1))
    escalate(session, "gub", A, FORM.id, account=handed_on, reason="sobek", now=later(1),
             expected_version=1)  # fmt: skip
    sample = drawn(session, 5, admin)
    item = item_of(session, sample.id, A)
    for who in (checked, handed_on):
        with pytest.raises(NotAllowed, match="have read it"):
            key(session, item, who)
    # Of the other stations they know nothing.
    assert key(session, item_of(session, sample.id, B), checked).keyed_by == checked
    assert key(session, item, person(session, "lima")).differing == ()


@pytest.mark.usefixtures("verified")
def test_a_form_is_keyed_once(session: Session, people: tuple[str, str]) -> None:
    keyer, admin = people
    item = items(session, drawn(session, 1, admin).id)[0]
    made = key(session, item, keyer)
    assert key(session, item, keyer) == made
    with pytest.raises(Conflict, match="keyed already"):
        key(session, item, keyer, written(1, 1, 1))
    with pytest.raises(Conflict, match="keyed already"):
        key(session, item, admin)
    assert len(list_events(session, kind="sample_keyed")) == 1


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"paslon_1": "12"}, "paslon_1 is '12', needed 3 boxes"),
        ({"paslon_1": "1a2"}, "paslon_1 is '1a2', needed 3 boxes"),
        ({"paslon_9": "123"}, "paslon_9 is not asked"),
    ],
)
@pytest.mark.usefixtures("verified")
def test_what_is_keyed_is_one_glyph_a_box(
    session: Session, people: tuple[str, str], change: dict[str, str], fault: str
) -> None:
    keyer, admin = people
    item = items(session, drawn(session, 1, admin).id)[0]
    with pytest.raises(VerificationRefused, match=fault):
        key(session, item, keyer, {**written(), **change})


@pytest.mark.usefixtures("verified")
def test_list_and_size_come_before_the_seed_and_never_change(
    session: Session, photos: PhotoStore, people: tuple[str, str]
) -> None:
    keyer, admin = people
    made = announce(session, "gub", 2, account=admin, now=later(10))
    with pytest.raises(Conflict, match="announced and not drawn"):
        announce(session, "gub", 3, account=admin, now=later(10))
    with pytest.raises(DigitizerError, match="the seed has 4 characters, needed 16 to 200"):
        draw(session, made.id, "1234", account=admin, now=later(11))
    # A later version counts in the recap, and leaves the list as it was announced.
    settle_sheet(session, send(session, photos, b"baru", admin, A).photo, A)
    confirm(session, A, keyer, written(1, 1, 1), name="baru", now=later(11))
    result = draw(session, made.id, SEED, account=admin, now=later(12))
    assert (result.population_sha256, result.size) == (made.population_sha256, 2)
    with pytest.raises(Conflict, match="drawn already"):
        draw(session, made.id, SEED, account=admin, now=later(12))
    assert {item.version for item in items(session, made.id)} == {1}
    before = certificate_of(session, made.id)
    assert before.leads[0].votes == 5 * 40
    assert before.risk == pytest.approx(0.05 / 2)
    again = drawn(session, 2, admin, minutes=20)
    assert [item.number for item in samples_of(session, "gub")] == [1, 2]
    assert again.population_sha256 != made.population_sha256
    assert certificate_of(session, made.id) == before
    assert certificate_of(session, again.id).risk == pytest.approx(0.05 / 6)


@pytest.mark.usefixtures("verified")
def test_a_station_taken_back_since_is_drawn_as_it_was_announced(
    session: Session, photos: PhotoStore, people: tuple[str, str]
) -> None:
    keyer, admin = people
    made = announce(session, "gub", 5, account=admin, now=later(10))
    for number, tps in enumerate((A, B)):
        void(session, "gub", tps, account=admin, now=later(11))
        settle_sheet(session, send(session, photos, b"n%d" % number, admin, tps).photo, tps)
    # Of the same version and with the same votes, and made after the list.
    confirm(session, B, keyer, name="again", now=later(12))
    draw(session, made.id, SEED, account=admin, now=later(13))
    drawn_of = {item.tps: item for item in items(session, made.id)}
    assert drawn_of.keys() == set(WITHIN)
    for tps, name in ((A, "v0"), (B, "v1")):
        assert tally_listed(session, made.id, tps).verifications == (name,)
        assert drawn_of[tps].photos == tally_listed(session, made.id, tps).photos
    assert announce(session, "gub", 3, account=admin, now=later(20)).number == 2


@pytest.mark.usefixtures("verified")
def test_what_may_still_be_taken_back_is_not_listed(
    session: Session, people: tuple[str, str]
) -> None:
    assert verified_count(session, "gub", later(0)) == 0
    with pytest.raises(Conflict, match="1 stations are to be drawn of 0 verified ones"):
        announce(session, "gub", 1, account=people[1], now=later(0))
    assert verified_count(session, "gub", later(1)) == 5
    with pytest.raises(Conflict, match="6 stations are to be drawn of 5"):
        announce(session, "gub", 6, account=people[1], now=later(1))
    with pytest.raises(NotFound, match="no contest"):
        announce(session, "walikota", 1, account=people[1], now=later(1))


@pytest.mark.untold
@pytest.mark.usefixtures("verified")
def test_a_list_that_is_written_as_it_is_read_is_that_of_all_tallies_together(
    session: Session, people: tuple[str, str]
) -> None:
    """Of two rounds, with a later version, and one of whose votes there was no photo."""
    keyer, admin = people
    confirm(session, WITHIN[2], keyer, written(90, 30), name="newer", now=later(2))
    (first,) = tallies_of(session, "gub", WITHIN[1])
    order(session, psu(WITHIN[1]), now=later(3))
    add_tally(session, replace(first, contest="gub-psu"), later(3))
    blind = session.exec(select(TallyRecord).where(TallyRecord.tps == WITHIN[4])).one()
    blind.body = {**blind.body, "as_written": {"suara_sah": "200"}}
    session.flush()
    made = announce(session, "gub", 2, account=admin, now=later(10))
    every = [*latest_tallies(session, "gub"), *latest_tallies(session, "gub-psu")]
    tallies = [tally for tally in every if (tally.tps, tally.contest) != (WITHIN[1], "gub")]
    keys = [(tally.tps, tally.contest, tally.version) for tally in tallies]
    assert sorted(keys) == [
        (WITHIN[0], "gub", 1),
        (WITHIN[1], "gub-psu", 1),
        (WITHIN[2], "gub", 2),
        (WITHIN[3], "gub", 1),
    ]
    assert (made.population, made.population_sha256) == (4, population_hash(keys))
    assert listed(session, made.id) == population_text(keys)
    rows = session.exec(select(SampleStationRow).where(SampleStationRow.sample == made.id)).all()
    assert {row.tps: (row.numbers, row.votes) for row in rows} == {
        tally.tps: (
            len(tally.as_written),
            {name: tally.values[name] for name in ("paslon_1", "paslon_2")},
        )
        for tally in tallies
    }


@pytest.mark.usefixtures("verified")
def test_a_sample_that_is_refused_leaves_no_list(session: Session, people: tuple[str, str]) -> None:
    with pytest.raises(Conflict, match="6 stations are to be drawn of 5"):
        announce(session, "gub", 6, account=people[1], now=later(10))
    assert samples_of(session, "gub") == ()
    assert session.exec(select(SampleStationRow)).all() == []
    assert announce(session, "gub", 5, account=people[1], now=later(10)).number == 1


@pytest.mark.usefixtures("verified")
def test_where_people_vote_again_the_first_round_is_not_listed(
    session: Session, people: tuple[str, str]
) -> None:
    order(session, psu(A, B), now=later(1))
    sample = drawn(session, 3, people[1])
    assert sample.population == 3
    assert not {A, B} & {item.tps for item in items(session, sample.id)}
