"""Whatever happens, in whatever order, the recap that is kept is that of a recount from nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session, col, update

from digitizer.domain.correction import CORRECTION_LEVELS
from digitizer.domain.recap_sum import EMPTY, RecapSum
from digitizer.domain.tally import Recap
from digitizer.domain.verification import verify
from digitizer.store.corrections import save_correction, withdraw_correction
from digitizer.store.elections import contests
from digitizer.store.engine import write_session
from digitizer.store.photos import PhotoStore
from digitizer.store.recap_keeping import check_recap, ensure_recap, recount, refresh_recap
from digitizer.store.recap_sums import SumsOf, kept_sums
from digitizer.store.recap_tables import RecapSumRow
from digitizer.store.recaps import children, recap_of, revision
from digitizer.store.tallies import latest_version
from digitizer.store.verifications import pending, save_verification
from digitizer.store.withdrawals import withdraw
from tests.facts import png
from tests.store.build import (
    FORM,
    NOW,
    STATIONS,
    A,
    B,
    C,
    confirmation,
    order,
    person,
    psu,
    send,
    settle_sheet,
    written,
)

AREAS = ("", "64", "6411", "641103", "6411032001", A, STATIONS[4].code)
PLACES = (A, B, C)
DOCUMENT = png(30, 20)


@dataclass
class Story:
    """What happens, step by step, each at a later moment and by somebody else."""

    session: Session
    photos: PhotoStore
    steps: int = 0
    given: list[tuple[str, str]] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.steps)

    def somebody(self) -> str:
        self.people.append(person(self.session, f"orang{self.steps}"))
        return self.people[-1]

    def photo(self, tps: str) -> None:
        sender = person(self.session, f"saksi{self.steps}", "witness")
        sent = send(self.session, self.photos, repr(self.steps).encode(), sender, tps,
                    contest="gub", now=self.now)  # fmt: skip
        settle_sheet(self.session, sent.photo, tps, now=self.now)

    def read(self, tps: str, votes: int, *, readers: int = 1, settles: bool = False) -> None:
        """One person's reading; a second that differs is a dispute, which a third may settle."""
        version = latest_version(self.session, "gub", tps)
        waiting = pending(self.session, "gub", tps, FORM.id)
        item = confirmation(
            self.session, tps, self.somebody(), f"v{self.steps}", written(votes), self.now
        )
        if settles and waiting:
            item = replace(item, settles=tuple(one.id for one in waiting))
        outcome = verify(
            FORM, (*waiting, item), pages=(2,), tps=tps, contest="gub", version=version + 1,
            readers=readers,
        )  # fmt: skip
        save_verification(
            self.session, item, "gub", tps, FORM.id, outcome, self.now, expected_version=version
        )
        self.given.append((item.id, item.reviewer))

    def take_back(self) -> None:
        if self.given:
            name, account = self.given.pop()
            withdraw(self.session, name, account=account, now=self.now)

    def correct(self, tps: str, votes: int) -> None:
        if latest_version(self.session, "gub", tps) == 0:
            return
        level = CORRECTION_LEVELS[votes % 3]
        known = [item for item in self.corrections if item.startswith(f"{tps}{level}")]
        made = save_correction(
            self.session, self.photos, "gub", tps, level, {"paslon_1": votes, "suara_sah": 7},
            DOCUMENT, f"salah jumlah {self.steps}", account=self.somebody(), now=self.now,
            expected_version=len(known),
        )  # fmt: skip
        self.corrections.append(f"{tps}{level} {made.id}")

    def take_back_correction(self, number: int) -> None:
        if self.corrections:
            name = self.corrections[number % len(self.corrections)].split()[1]
            withdraw_correction(
                self.session, name, "salah TPS", account=self.somebody(), now=self.now
            )

    def vote_again(self, codes: tuple[str, ...]) -> None:
        number = 1 + sum(item.office_id == "gub" for item in contests(self.session))
        order(self.session, psu(*codes, name=f"putaran-{number}", number=number), now=self.now)


TPS = st.sampled_from(PLACES)
VOTES = st.integers(0, 60)
STEPS = st.lists(
    st.one_of(
        st.builds(lambda t, v: lambda story: story.read(t, v), TPS, VOTES),
        st.builds(lambda t, v: lambda story: story.read(t, v, readers=2), TPS, VOTES),
        st.builds(lambda t, v: lambda story: story.read(t, v, settles=True), TPS, VOTES),
        st.builds(lambda t: lambda story: story.photo(t), TPS),
        st.just(lambda story: story.take_back()),
        st.builds(lambda t, v: lambda story: story.correct(t, v), TPS, VOTES),
        st.builds(lambda n: lambda story: story.take_back_correction(n), st.integers(0, 5)),
        st.builds(
            lambda codes: lambda story: story.vote_again(codes),
            st.sampled_from([(), (A,), ("6411032001",), (A, C)]),
        ),
    ),
    min_size=1,
    max_size=10,
)


def everything(session: Session) -> dict[SumsOf, RecapSum]:
    """Every sum that is kept, down to the TPS; a place at which nothing counts may have a row."""
    return {item.place: item.sums for item in kept_sums(session) if item.sums != EMPTY}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_any_order_of_steps_gives_the_recap_of_a_recount(
    session: Session, photos: PhotoStore, steps: list[Callable[[Story], None]]
) -> None:
    with session.begin_nested() as example:
        story = Story(session, photos)
        for tps in PLACES:
            story.photo(tps)
            story.steps += 1
        for step in steps:
            step(story)
            story.steps += 1
        before = everything(session)
        assert check_recap(session) == ()
        assert everything(session) == before
        example.rollback()
    session.expire_all()


@pytest.fixture
def story(session: Session, photos: PhotoStore) -> Story:
    made = Story(session, photos)
    for tps in PLACES:
        made.photo(tps)
        made.steps += 1
    return made


def figures(recap: Recap) -> tuple[int, int, int]:
    return recap.counted, recap.totals.get("paslon_1", 0), recap.disputed


def test_each_step_is_in_the_recap_of_every_level_at_once(story: Story) -> None:
    def everywhere(contest: str = "gub") -> set[tuple[int, int, int]]:
        return {figures(recap_of(story.session, contest, area)) for area in AREAS[:-1]}

    assert everywhere() == {(0, 0, 0)}
    story.read(A, 50)
    assert everywhere() == {(1, 50, 0)}
    story.steps += 1
    story.take_back()
    assert everywhere() == {(0, 0, 0)}
    story.steps += 1
    story.read(A, 51, readers=2)
    assert everywhere() == {(0, 0, 0)}
    story.steps += 1
    story.read(A, 52, readers=2)
    assert everywhere() == {(0, 0, 1)}
    story.steps += 1
    story.read(A, 52, settles=True)
    assert everywhere() == {(1, 52, 0)}
    story.vote_again((A,))
    assert everywhere() == {(0, 0, 0)}
    whole = recap_of(story.session, "gub", alone=True)
    assert figures(whole) == (1, 52, 0)
    assert figures(recap_of(story.session, "gub", STATIONS[4].code)) == (0, 0, 0)


def test_a_correction_stands_beside_the_verified_total(story: Story) -> None:
    story.read(A, 50)
    for number, (level, votes) in enumerate((("kecamatan", 40), ("provinsi", 45))):
        story.steps += 1
        save_correction(
            story.session, story.photos, "gub", A, level, {"paslon_1": votes},  # type: ignore[arg-type]
            DOCUMENT, "salah jumlah", account=story.people[0], now=story.now, expected_version=0,
        )  # fmt: skip
        for area in ("", "64", "6411032001", A):
            recap = recap_of(story.session, "gub", area)
            assert recap.totals["paslon_1"] == 50
            assert (recap.corrected, dict(recap.differences)) == (1, {"paslon_1": votes - 50})
        assert len(children(story.session, "gub", "64")) == 2, number
    story.vote_again((A,))
    assert recap_of(story.session, "gub").corrected == 0
    assert recap_of(story.session, "gub", alone=True).differences == {"paslon_1": -5}


def test_the_revision_of_an_area_is_another_when_a_number_in_it_is(story: Story) -> None:
    before = {area: revision(story.session, "gub", area) for area in AREAS}
    story.read(A, 50)
    after = {area: revision(story.session, "gub", area) for area in AREAS}
    assert {area for area in AREAS if before[area] != after[area]} == set(AREAS[:-1])
    refresh_recap(story.session, "gub", A)
    assert {area: revision(story.session, "gub", area) for area in AREAS} == after


def test_a_recount_finds_what_is_not_as_the_facts_say(story: Story) -> None:
    story.read(A, 50)
    story.session.exec(
        update(RecapSumRow)
        .where(col(RecapSumRow.wilayah) == "64", col(RecapSumRow.contest) == "gub")
        .values(totals={"paslon_1": [999, 1, 1]})
    )
    story.session.expire_all()
    (found,) = check_recap(story.session)
    assert isinstance(found.kept, RecapSum) and isinstance(found.counted, RecapSum)
    assert (found.place.wilayah, found.kept.totals["paslon_1"]) == ("64", (999, 1, 1))
    assert found.counted.totals["paslon_1"] == (50, 1, 1)
    assert check_recap(story.session) == ()


def test_a_store_that_was_counted_before_is_counted_once(engine: Engine) -> None:
    """As one is that comes from before the recap was kept."""
    with write_session(engine) as session:
        expected = recap_of(session, "gub")
        session.connection().execute(text("DELETE FROM recap_sum"))
        assert recap_of(session, "gub").expected == 0
        ensure_recap(session)
        assert recap_of(session, "gub") == expected
        ensure_recap(session)
        recount(session)
        assert recap_of(session, "gub") == expected
