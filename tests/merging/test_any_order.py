"""Whatever several installations do, and however their files travel, they end as one."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import permutations
from pathlib import Path
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from digitizer.store.engine import open_engine, sqlite_url, write_session
from digitizer.store.photos import PhotoStore
from digitizer.store.recap_keeping import check_recap
from digitizer.store.recaps import recap_of
from digitizer.store.sheets import sheets_of
from digitizer.store.single_uploads import recount_singles
from digitizer.store.tallies import latest_tallies
from tests.databases import make_database
from tests.history.test_replay import whole
from tests.merging.conftest import Node
from tests.merging.random_work import CODES, KINDS, Desk
from tests.rebuilding import differences
from tests.story import set_up

NODES = 3

DONE = st.tuples(
    st.integers(0, NODES - 1), st.sampled_from(KINDS), st.integers(0, 2), st.integers(0, 7)
)
CARRIED = st.tuples(
    st.just("carry"), st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.booleans()
)
STEPS = st.lists(st.one_of(DONE, DONE, DONE, CARRIED), min_size=4, max_size=24)


@contextmanager
def node(name: str, folder: Path, url: str, keys: set[str]) -> Iterator[Node]:
    engine = open_engine(url)
    try:
        with write_session(engine) as session:
            set_up(session, folder)
            session.commit()
        yield Node(name, folder, engine, PhotoStore.open((folder / "photos").as_uri()), keys)
    finally:
        engine.dispose()


def live(
    nodes: list[Node], steps: list[tuple[object, ...]], skews: list[int], last: list[int]
) -> None:
    """Do the steps, then carry every file to everybody in the order of `last`."""
    desks = [Desk(node, skew) for node, skew in zip(nodes, skews, strict=True)]
    for desk in desks:
        desk.open()
    # Everybody's key is told to everybody before anything is carried.
    files = [node.file() for node in nodes]
    for minute, step in enumerate(steps):
        match step:
            case ("carry", int(source), int(target), bool(again)) if source != target:
                path = files[source] if again else nodes[source].file()
                nodes[target].merge(path)
            case (int(at), str(kind), int(place), int(choice)):
                desks[at].do(kind, place, choice, minute)
    pairs = list(permutations(range(NODES), 2))
    files = [node.file() for node in nodes]
    for turn in last:
        source, target = pairs[turn]
        nodes[target].merge(files[source])


def check(nodes: list[Node]) -> None:
    """All have the same head, history, recap; and the tables of each follow from it."""
    assert len({node.head for node in nodes}) == 1
    first = whole(nodes[0].state)
    counted = nodes[0].count
    recap = counted.recaps("gub", 0)[""]
    for node in nodes:
        assert whole(node.state) == first
        with node.writing() as session:
            assert differences(session) == []
            assert check_recap(session) == ()
            assert recount_singles(session) == ()
            kept = recap_of(session, "gub")
            assert kept.disputed == recap.disputed
            assert dict(kept.totals) == dict(recap.totals)
            assert (kept.counted, kept.expected) == (recap.counted, recap.expected)
            assert {item.tps: item.values for item in latest_tallies(session, "gub")} == {
                tps: row["body"]["values"]
                for (contest, tps), row in counted.tallies.items()
                if contest == "gub" and (contest, tps) not in counted.disputed
            }
            states = {(item.tps, item.form, item.state)
                      for code in CODES for item in sheets_of(session, "gub", code)}  # fmt: skip
            if node is nodes[0]:
                expected = states
            assert states == expected


WORLD = given(
    steps=STEPS,
    skews=st.lists(st.integers(-90, 90), min_size=NODES, max_size=NODES),
    last=st.permutations(range(NODES * (NODES - 1))),
    again=st.lists(st.integers(0, NODES * (NODES - 1) - 1), max_size=4),
)
QUICK = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=25, deadline=None, suppress_health_check=QUICK)
@WORLD
def test_on_sqlite(
    migrated_file: Path, steps: list[tuple[object, ...]], skews: list[int], last: list[int],
    again: list[int],
) -> None:  # fmt: skip
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        nodes: list[Node] = []
        keys: set[str] = set()
        for name in "abc"[:NODES]:
            (base / name).mkdir()
            url = sqlite_url(base / name)
            shutil.copy(migrated_file, str(make_url(url).database))
            nodes.append(stack.enter_context(node(name, base / name, url, keys)))
        live(nodes, steps, skews, [*last, *again])
        check(nodes)


@settings(max_examples=4, deadline=None, suppress_health_check=QUICK)
@WORLD
def test_on_postgresql(
    postgres_url: str, postgres_template: str, steps: list[tuple[object, ...]], skews: list[int],
    last: list[int], again: list[int],
) -> None:  # fmt: skip
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        nodes: list[Node] = []
        keys: set[str] = set()
        for name in "abc"[:NODES]:
            (base / name).mkdir()
            database = f"test_{uuid4().hex}"
            url = make_database(postgres_url, database, postgres_template)
            nodes.append(stack.enter_context(node(name, base / name, url, keys)))
        live(nodes, steps, skews, [*last, *again])
        check(nodes)
