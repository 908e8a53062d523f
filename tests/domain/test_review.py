"""How forms are shown, and when one pair of eyes is not enough."""

from dataclasses import replace
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.review import ReviewPolicy, Showing, drawn, readers_needed, showing
from digitizer.domain.verdict import Clear, Doubtful, Reason, Verdict
from digitizer.domain.verification import Confirmed
from tests.domain.test_verify import GOOD, confirmed

FIELDS = tuple(GOOD)
POLICY = ReviewPolicy()
OPEN = Showing(frozenset(), whole=False)


def shown(verdict: Verdict, *, earlier: int = 0, lot: bool = False) -> Showing:
    return showing(FIELDS, verdict, POLICY, earlier=earlier, lot=lot)


def test_a_clear_form_is_shown_as_it_was_read() -> None:
    assert shown(Clear()) == OPEN


def test_a_number_that_a_rule_moved_arrives_empty_and_no_other() -> None:
    doubts = Doubtful((Reason("moved", "paslon_1", "suara-sah"), Reason("unsure_box", "paslon_2")))
    assert shown(doubts) == Showing(frozenset({"paslon_1"}), whole=False)


def test_a_second_reader_and_a_drawn_form_see_nothing() -> None:
    for found in (shown(Clear(), earlier=1), shown(Clear(), lot=True)):
        assert found == Showing(frozenset(FIELDS), whole=True)


def test_much_doubt_hides_all_and_asks_for_a_second_reader() -> None:
    some = Doubtful(tuple(Reason("unsure_box", name) for name in FIELDS[:4]))
    many = Doubtful(tuple(Reason("unsure_box", name) for name in FIELDS[:5]))
    assert not shown(some).whole
    assert shown(many) == Showing(frozenset(FIELDS), whole=True, risky=True)
    assert shown(Doubtful((Reason("undecided"),))).risky


def test_one_reader_is_enough_for_what_was_shown_and_holds() -> None:
    assert readers_needed(confirmed(), GOOD, OPEN) == 1


def test_two_must_read_a_paper_that_is_said_to_be_wrong_and_one_with_much_in_doubt() -> None:
    assert readers_needed(confirmed(acknowledged=("suara-sah",)), GOOD, OPEN) == 2
    assert readers_needed(confirmed(), GOOD, Showing(frozenset(), whole=True, risky=True)) == 2


def test_two_must_read_what_was_typed_unseen_and_is_not_what_was_surely_read() -> None:
    def typed(boxes: str) -> int:
        fields = {**confirmed().fields, "paslon_1": Confirmed(boxes, None, blind=True)}
        item = replace(confirmed(), fields=MappingProxyType(fields))
        return readers_needed(item, GOOD, Showing(frozenset(FIELDS), whole=True))

    assert typed(GOOD["paslon_1"]) == typed("098") == 1
    assert typed("X93") == typed("X9?") == 2


@given(st.text(min_size=1), st.integers(0, 10**6))
def test_the_lot_is_the_same_every_time_and_a_larger_share_draws_more(seed: str, n: int) -> None:
    key = f"gub 6411 {n}"
    assert drawn(seed, key, 0.05) == drawn(seed, key, 0.05)
    assert not drawn(seed, key, 0.0)
    assert drawn(seed, key, 1.0)
    assert drawn(seed, key, 0.5) or not drawn(seed, key, 0.2)


def test_one_in_twenty_is_drawn() -> None:
    found = sum(drawn("benih", f"gub {n}", 0.05) for n in range(20_000))
    assert 900 < found < 1100
