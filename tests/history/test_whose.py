"""What only one node may tell, whichever of several is heard first."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import permutations

from digitizer.domain.event import GENESIS, Event, EventKind
from digitizer.history import State, closures, replay

M, N, OTHER, ACCOUNT, SAMPLE = ("1" * 32, "2" * 32, "3" * 32, "a" * 32, "b" * 32)


def told(node: str, seq: int, kind: EventKind, said: Mapping[str, object]) -> Event:
    at = datetime(2024, 11, 27, tzinfo=UTC) + timedelta(minutes=seq)
    return Event(node, seq, at, "system", kind, said, GENESIS, hash="")


MADE = told(M, 1, "account_created", {"account": ACCOUNT, "role": "admin", "tps": None})
CLOSED = told(M, 2, "account_disabled", {"account": ACCOUNT})
GOES_ON = told(N, 1, "backup_restored", {"node": M})


def opened(node: str, seq: int) -> Event:
    return told(node, seq, "account_enabled", {"account": ACCOUNT})


def closed(*chains: tuple[Event, ...], here: str | None = None) -> bool:
    """Whether the account is closed, which is the same in every order of the chains."""
    found = set()
    for some in permutations(chains):
        state = replay(event for chain in some for event in chain)
        makers = {name: row["node"] for (name,), row in state.rows("account_node").items()}
        found.add(closures(state, makers, here)[ACCOUNT] is not None)
    (one,) = found
    return one


def test_an_account_is_closed_where_it_was_made_or_by_who_goes_on_from_there() -> None:
    assert closed((MADE, CLOSED), (opened(OTHER, 9),))
    assert not closed((MADE, CLOSED), (GOES_ON, opened(N, 9)))
    assert closed((MADE, CLOSED), (GOES_ON, opened(N, 9)), here=M)
    assert not closed((MADE, CLOSED), (GOES_ON, opened(N, 9)), here=N)
    claim = told(OTHER, 1, "backup_restored", {"node": M})
    assert closed((MADE, CLOSED), (GOES_ON,), (claim, opened(OTHER, 9)), here=N)


def test_of_what_nobody_made_nothing_is_closed() -> None:
    assert closures(replay([CLOSED]), {}, None) == {}


def said(node: str, seq: int) -> tuple[Event, Event]:
    """A sample announced, and the same drawn, by a node."""
    announced = told(node, seq, "sample_announced", {"sample": SAMPLE, "contest": "gub"})
    drawn = told(node, seq + 1, "sample_drawn", {"sample": SAMPLE, "seed": "4 1 6", "stations": []})
    return announced, drawn


def wrong(state: State) -> list[str]:
    return [item.what for item in state.contradicts]


def test_a_sample_is_drawn_by_who_announced_it() -> None:
    announced, drawn = said(M, 1)
    _, stranger = said(N, 1)
    assert wrong(replay([announced, drawn])) == []
    # A merge hears new events first, and then those before on which they rest.
    assert wrong(replay([drawn, announced])) == []
    for events in ([announced, stranger], [stranger, announced]):
        assert wrong(replay(events)) == [
            f"sample {SAMPLE}, which node {M} announced, is drawn or keyed by {N}"
        ]


def test_a_list_that_is_announced_after_it_was_drawn_contradicts() -> None:
    _, drawn = said(M, 1)
    announced, _ = said(M, 3)
    assert wrong(replay([drawn, announced])) == [f"sample {SAMPLE} is announced after it was drawn"]
