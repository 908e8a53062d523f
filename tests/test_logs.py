"""What is logged, and above all what is not."""

import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from digitizer.errors import NotFound
from digitizer.logs import FIELDS, about, set_up

SECRET = "rahasia-Ibu-Tuti"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged from here on, each line as JSON."""
    root, ours = (logging.getLogger(name) for name in ("", "digitizer"))
    before = [(item, item.handlers, item.level, item.propagate) for item in (root, ours)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.excepthook", None)
        patch.setattr("threading.excepthook", None)
        stream = io.StringIO()
        set_up("debug", stream)
        yield stream
    for logger, handlers, level, propagate in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)
    structlog.contextvars.clear_contextvars()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_line_says_when_what_where_and_of_which_request(log: io.StringIO) -> None:
    with about(request="abc"), about(upload="def"):
        logging.getLogger("digitizer.api").info("sent", extra={"status": 201, "name_": SECRET})
    logging.getLogger("digitizer.api").info("after")
    first, second = lines(log)
    assert {"event": "sent", "level": "info", "logger": "digitizer.api", "status": 201}.items() <= (
        first.items()
    )
    assert (first["request"], first["upload"]) == ("abc", "def")
    assert first["timestamp"].endswith("Z")
    assert "request" not in second
    assert set(first) <= set(FIELDS)


def test_an_error_is_told_by_kind_and_place_and_not_by_its_words(log: io.StringIO) -> None:
    logger = logging.getLogger("digitizer.store")
    try:
        raise NotFound(f"no account is called {SECRET}")
    except NotFound:
        logger.exception("not there")
    try:
        raise OSError(28, "No space left on device", f"/data/{SECRET}.jpg")
    except OSError:
        logger.exception("not kept")
    try:
        sqlite3.connect(":memory:").execute(f"SELECT '{SECRET}' FROM nowhere")  # noqa: S608
    except sqlite3.Error as error:
        wrapped = IntegrityError(f"SELECT '{SECRET}'", {"name": SECRET}, error)
        logger.error("refused", exc_info=wrapped)
    first, second, third = lines(log)
    assert (first["error"], first["code"]) == ("NotFound", "not_found")
    assert first["at"][-1].startswith("tests/test_logs.py:")
    assert (second["error"], second["reason"]) == ("OSError", "ENOSPC")
    assert (third["error"], third["cause"], third["reason"]) == (
        "IntegrityError", "OperationalError", "SQLITE_ERROR",
    )  # fmt: skip
    assert SECRET not in log.getvalue()


@pytest.mark.parametrize(
    ("said", "arguments", "kept"),
    [
        (f"Workflow failed: {SECRET}", (), "Workflow failed"),
        (f"Key '{SECRET}' exists", (), "Key"),
        ("found %s in the request", (SECRET,), "found"),
        (f"broken\n{SECRET}", (), "broken"),
    ],
)
def test_what_libraries_say_is_cut_where_their_own_words_end(
    log: io.StringIO, said: str, arguments: tuple[str, ...], kept: str
) -> None:
    logging.getLogger("sqlalchemy").warning(said, *arguments)
    logging.getLogger("sqlalchemy").info("too quiet to be told")
    (line,) = lines(log)
    assert (line["event"], line["logger"]) == (kept, "sqlalchemy")
    assert SECRET not in log.getvalue()


def test_a_terminal_gets_lines_for_people(log: io.StringIO) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    set_up("info", terminal)
    logging.getLogger("digitizer").info("sent", extra={"status": 201})
    assert not terminal.getvalue().startswith("{")
    assert "sent" in terminal.getvalue()


def test_the_level_holds_for_what_is_ours(log: io.StringIO) -> None:
    set_up("warning", log)
    logging.getLogger("digitizer").info("quiet")
    logging.getLogger("digitizer").warning("loud")
    assert [line["event"] for line in lines(log)] == ["loud"]
