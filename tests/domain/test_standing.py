"""What a place comes to, whoever is heard first."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.standing import (
    NodeReading,
    NodeTally,
    readings_behind,
    shows_otherwise,
    standing,
)

NODES = ("a", "b", "c")


def tally(node: str, version: int, votes: int, **seen: int) -> NodeTally:
    name = f"{node}{version}"
    return NodeTally(
        node, version, seen, {"paslon_1": votes}, {"paslon_1": f"{votes:03d}"}, (name,),
        form="plano",
    )  # fmt: skip


def reading(
    node: str, version: int, votes: int, outcome: str = "needs_reader", name: str = ""
) -> NodeReading:
    written = {"paslon_1": f"{votes:03d}"}
    return NodeReading(name or f"{node}{version}", node, version, "plano", outcome, written)


TALLIES = st.lists(
    st.builds(
        lambda node, version, votes, seen, form, beside: replace(
            tally(node, version, votes, **{name: n for name, n in seen.items() if name != node}),
            form=form,
            beside=tuple(beside),
        ),
        st.sampled_from(NODES),
        st.integers(1, 4),
        st.integers(0, 1),
        st.dictionaries(st.sampled_from(NODES), st.integers(0, 3)),
        st.sampled_from(["plano", "salinan"]),
        st.lists(st.sampled_from(["a1", "a2", "b1", "c1"]), max_size=2),
    ),
    max_size=6,
    unique_by=lambda item: (item.node, item.version),
)
READINGS = st.lists(
    st.builds(
        reading,
        st.sampled_from(NODES),
        st.integers(1, 4),
        st.integers(0, 1),
        st.sampled_from(["tally", "needs_reader", "disputed"]),
        st.uuids().map(str),
    ),
    max_size=6,
)


@given(tallies=TALLIES, readings=READINGS, lot=st.randoms())
def test_the_order_changes_nothing(
    tallies: list[NodeTally], readings: list[NodeReading], lot: random.Random
) -> None:
    found = standing(tallies, readings)
    lot.shuffle(tallies)
    lot.shuffle(readings)
    assert standing(tallies, readings) == found


def test_without_others_the_highest_version_counts() -> None:
    found = standing([tally("a", 1, 5), tally("a", 2, 6)], [reading("a", 3, 7)])
    assert (found.latest, found.disputed) == (tally("a", 2, 6), False)


def test_a_tally_that_has_seen_the_other_settles_it() -> None:
    apart = [tally("a", 1, 5), tally("b", 1, 6)]
    assert standing(apart, []).disputed
    assert standing(apart, []).between == ("a1", "b1")
    settled = standing([*apart, tally("b", 2, 5, a=1)], [])
    assert (settled.disputed, settled.latest) == (False, tally("b", 2, 5, a=1))


def test_a_version_made_after_what_was_seen_is_not_covered() -> None:
    found = standing([tally("a", 1, 5), tally("a", 2, 7), tally("b", 2, 5, a=1)], [])
    assert found.disputed


def test_a_dispute_is_over_once_a_tally_has_seen_it() -> None:
    differing = [reading("b", 1, 5, name="x"), reading("b", 1, 6, "disputed", name="y")]
    assert standing([tally("a", 1, 5)], differing).disputed
    assert not standing([tally("a", 2, 5, b=1)], differing).disputed


def test_a_dispute_stands_whatever_else_is_read_before_a_tally_has_seen_it() -> None:
    """Their clocks may differ: which of the readings is the last one is not asked."""
    differing = reading("b", 2, 6, "disputed", name="y")
    for beside in (reading("b", 2, 5, name="x"), reading("b", 2, 5, name="z")):
        assert standing([tally("b", 1, 5)], [differing, beside]).disputed


def test_a_reader_who_waits_contradicts_only_what_went_past() -> None:
    assert not standing([tally("a", 1, 5)], [reading("b", 2, 6)]).disputed
    assert standing([tally("a", 2, 5)], [reading("b", 2, 6)]).disputed
    assert not standing([tally("a", 2, 5)], [reading("b", 2, 5)]).disputed


def test_the_same_number_written_with_another_mark_is_no_other_number() -> None:
    for mark in ("XX5", "--5", "_X5", "-05"):
        read = replace(reading("b", 1, 5), as_written={"paslon_1": mark})
        assert not standing([tally("a", 2, 5)], [read]).disputed
    unlike = replace(reading("b", 1, 5), as_written={"paslon_1": "X?5"})
    assert standing([tally("a", 2, 5)], [unlike]).disputed


def of_copy(item: NodeTally, *beside: str, settles: tuple[str, ...] = ()) -> NodeTally:
    """A tally as one of the SALINAN, which holds what these said of the plano."""
    return replace(item, form="salinan", beside=beside, settles=settles)


def test_a_paper_that_tells_the_other_ends_it() -> None:
    plano = tally("a", 1, 61)
    assert not standing([plano, of_copy(tally("a", 2, 61), "a1")], []).disputed


@pytest.mark.parametrize(("value", "disputed"), [(61, False), (16, True), (None, True)])
def test_of_two_papers_that_do_not_tell_each_other_the_later_one_must_say_as_much(
    value: int | None, disputed: bool
) -> None:
    """As those do that were made before papers told each other."""
    plano, copy = tally("a", 1, 61), of_copy(tally("a", 2, 16))
    copy = replace(copy, values={"paslon_1": value})
    found = standing([plano, copy], [])
    assert found.disputed == disputed
    assert found.between == (("a1", "a2") if disputed else ())
    assert not standing([replace(copy, version=1, verifications=("a2",)),
                         tally("a", 2, 61)], []).disputed or value == 16  # fmt: skip


def test_only_a_tally_of_a_paper_or_a_decision_ends_its_readings() -> None:
    differing = [reading("a", 1, 60, name="x"), reading("a", 1, 61, "disputed", name="y")]
    copy = of_copy(tally("a", 1, 61))
    found = standing([copy], differing)
    assert (found.disputed, found.between) == (True, ("a1", "x", "y"))
    assert not standing([replace(copy, version=2, settles=("x", "y"))], differing).disputed
    assert not standing([copy, tally("a", 2, 61)], differing).disputed


def test_a_dispute_between_papers_names_all_that_the_tally_rests_on() -> None:
    first, second = tally("a", 1, 61), of_copy(tally("a", 2, 61), "a1")
    page_2 = replace(reading("a", 3, 16, "disputed", name="z"), form="salinan")
    found = standing([first, second], [page_2])
    assert (found.disputed, found.between) == (True, ("a1", "a2", "z"))


def test_a_copy_confirmed_in_the_knowledge_of_two_planos_decides_nothing_between_them() -> None:
    apart = [tally("a", 1, 5), tally("b", 1, 6)]
    assert standing([*apart, of_copy(tally("b", 2, 5, a=1), "a1")], []).disputed
    decided = of_copy(tally("b", 2, 5, a=1), settles=("a1", "b1"))
    assert not standing([*apart, decided], []).disputed


def test_a_photo_shows_otherwise_when_it_counts_as_another_page_than_was_seen() -> None:
    counts = {"a": ("plano", 2), "b": ("plano", 1)}
    assert not shows_otherwise([("a", ("plano", 2)), ("b", ("plano", 1))], counts)
    assert shows_otherwise([("a", ("plano", 1))], counts)
    assert shows_otherwise([("a", ("salinan", 2))], counts)
    assert not shows_otherwise([("c", ("salinan", 2))], counts)


def test_a_tally_rests_on_what_all_its_readers_saw_or_on_what_lay_before_who_settled() -> None:
    first, last = {"readings": ["x", "y"]}, {"readings": ["y", "z"], "settles": []}
    assert readings_behind([first, last]) == ("x", "y", "z")
    assert readings_behind([first, {**last, "settles": ["1"]}]) == ("y", "z")
    assert readings_behind([]) == ()
