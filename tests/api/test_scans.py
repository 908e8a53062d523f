"""No screen goes through all photos, readings, forms or confirmations of an election."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.api.conftest import OTHER_TPS, World
from tests.api.test_reviews import body, confirm
from tests.facts import KWK, PAGE_1, PAGE_2, STATION

GROWING = frozenset(
    {"sheet", "upload", "photo", "reading", "verification", "tally", "event", "assignment"}
    | {"single_upload", "withdrawal", "correction", "ink_hash", "ink_pair", "remark", "tps"}
)
"""Tables with a row for every photo, form or deed."""

OF_FEW = ("USING INDEX ix_reading_problem", "USING INDEX ix_sheet_doubt")
"""Indexes that hold but a few of the rows."""

SCREENS = {
    "rina": (
        *("/queue", "/queue?state=verified&page=2", "/queue?area=6411", "/queue?reason=unsure_box"),
        *(f"/queue?form={KWK}", "/sheets/next", f"/sheets/gubernur/{OTHER_TPS}/{KWK}"),
    ),
    "sri": (
        *("/recap/gubernur", "/recap/gubernur/6411032001", "/recap/gubernur/missing"),
        *(f"/recap/gubernur/tps/{STATION.code}", "/glyphs", "/certificates", "/compare/gubernur"),
        *("/status", "/figures"),
    ),
    "saksi": ("/phone", "/phone/photos", "/phone/photos?asked=a,b", "/receipts"),
}


@contextmanager
def asked(engine: Engine) -> Iterator[dict[str, Any]]:
    """Every statement that is run meanwhile, with what it was asked with."""
    found: dict[str, Any] = {}

    def note(*told: Any) -> None:  # noqa: ANN401
        found[told[2]] = told[3]

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def scans(engine: Engine, statements: dict[str, Any]) -> list[tuple[str, str]]:
    """Those that go through all of a growing table and not through an index of what they ask."""
    found = []
    with engine.connect() as connection:
        for statement, values in statements.items():
            if not statement.startswith(("SELECT", "UPDATE", "DELETE")):
                continue
            for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values):
                table = re.match(r"SCAN (\w+?)(_\d+)?( |$)", step)
                # The first few by an index are not all.
                few = "USING INDEX" in step and "LIMIT" in statement
                few |= step.endswith(OF_FEW)
                if table and table[1] in GROWING and "COVERING" not in step and not few:
                    found.append((step, statement))
    return found


def described(found: list[tuple[str, str]]) -> str:
    return "\n".join(f"{step}: {' '.join(statement.split())[:300]}" for step, statement in found)


@pytest.fixture
def busy(world: World) -> World:
    """A form that is confirmed, one that waits, and photos of no form."""
    world.read_form()
    for page, written in ((1, PAGE_1), (2, PAGE_2)):
        world.read(page, written, tps=OTHER_TPS)
    world.read(1, PAGE_1, tps=None, sender="saksi")
    assert confirm(world, "rina", body(world)).status_code == 201
    return world


@pytest.mark.parametrize(("name", "url"), [(n, url) for n, urls in SCREENS.items() for url in urls])
def test_a_screen(busy: World, name: str, url: str) -> None:
    engine = busy.app.state.web.engine
    client = busy.client(name, page=True)
    with asked(engine) as statements:
        answer = client.get(url)
    assert answer.status_code in (200, 303)
    assert statements
    assert not (found := scans(engine, statements)), described(found)


def test_a_confirmation(world: World) -> None:
    world.read_form()
    engine, sent = world.app.state.web.engine, body(world)
    with asked(engine) as statements:
        assert confirm(world, "rina", sent).status_code == 201
    assert any(statement.startswith("INSERT INTO verification") for statement in statements)
    assert not (found := scans(engine, statements)), described(found)


def test_a_photo_that_comes_in(busy: World) -> None:
    engine = busy.app.state.web.engine
    with asked(engine) as statements:
        busy.read(1, PAGE_1, tps=OTHER_TPS, data=b"one more")
    assert not (found := scans(engine, statements)), described(found)
