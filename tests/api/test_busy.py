"""A store that cannot be asked: whoever asked is told to come back, and nothing was written."""

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from digitizer.api import tus
from tests.api.conftest import World
from tests.api.test_tus import begin


@pytest.mark.parametrize(
    "error",
    [OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked")), PoolTimeout()],
)
def test_a_busy_store_is_told_and_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    client = world.client("saksi-tps")

    def fail(*_: object) -> Session:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(tus, "announce", fail)
        answer = begin(client)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "5"
    assert "SQL" not in answer.text
    assert begin(client).status_code == 201
