"""However many forms wait, a page of the queue and the next form are read off an index."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects import sqlite

from digitizer.store.engine import migrate, open_engine, sqlite_url
from digitizer.store.queue_lines import ALL, OF_UPLOADS, Wanted, counts_of, lines_of
from digitizer.store.queues import STATES
from digitizer.store.turns import SUPERVISED, _first_of_each

WANTED = {
    "all": ALL,
    "area": Wanted(area="6411"),
    "form": Wanted(form="c-hasil-ppwp-2024"),
    "reason": Wanted(reason="unsure_box"),
}
OF_SHEETS = [state for state in STATES if state not in OF_UPLOADS]


def plan(engine: Engine, query: object) -> list[str]:
    """How SQLite would answer; it sorts where it finds no index in the order that is asked for."""
    said = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    with engine.connect() as connection:
        return [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}")]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """SQLite alone: PostgreSQL decides by how many rows there are."""
    made = open_engine(sqlite_url(tmp_path_factory.mktemp("order")))
    migrate(made)
    yield made
    made.dispose()


@pytest.mark.parametrize("wanted", WANTED.values(), ids=WANTED)
@pytest.mark.parametrize("state", OF_SHEETS)
def test_a_page_of_a_state_is_not_sorted(engine: Engine, state: str, wanted: Wanted) -> None:
    steps = plan(engine, lines_of(state, wanted).limit(20).offset(40))
    index = "ix_sheet_doubt" if wanted.reason else "ix_sheet_turn"
    assert steps == [f"SEARCH sheet USING COVERING INDEX {index} (state=?)"]


@pytest.mark.parametrize("wanted", WANTED.values(), ids=WANTED)
def test_forms_are_counted_without_a_look_at_them(engine: Engine, wanted: Wanted) -> None:
    steps = [step for step in plan(engine, counts_of(wanted)) if " sheet " in step]
    assert all("COVERING INDEX" in step for step in steps)
    assert not any("TEMP" in step for step in steps)


def test_the_next_form_is_not_looked_for_among_all_that_wait(engine: Engine) -> None:
    query = _first_of_each(SUPERVISED).params(reviewer="a", now=None, past=0)
    steps = plan(engine, query.with_only_columns(*query.selected_columns))
    sheets = [step for step in steps if step.startswith("SEARCH sheet ")]
    assert len(sheets) == len(SUPERVISED)
    assert all("ix_sheet_turn (state=?)" in step for step in sheets)
    read = [step for step in steps if step.startswith("SEARCH verification ")]
    assert all("ix_verification_tps" in step for step in read)
    # What is left to sort are the few that were read off.
    assert sum("TEMP B-TREE" in step for step in steps) == 1
