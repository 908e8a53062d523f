"""What this product says while it runs: lines on stderr, readable on a terminal, else JSON.

A log is read by people who may not know what stands in the database, and is kept where no purge
reaches it. So a line holds only what `FIELDS` names, an error is told by its kind and its place and
never by its words (a database quotes the values it refuses), and what libraries say is cut where
their own words end. docs/running.md lists the fields.
"""

import errno
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from digitizer.errors import DigitizerError

Level = Literal["debug", "info", "warning", "error"]

FIELDS: Final = MappingProxyType(
    {
        "timestamp": "when, in UTC",
        "level": "`debug`, `info`, `warning` or `error`",
        "event": "what happened, in a few words that never change",
        "logger": "the part that says it",
        "request": "random id of a request; the answer has it as `X-Request-ID`, an error tells it",
        "method": "of the request",
        "route": "its template, such as `/receipts/{upload_id}`; never the address itself",
        "status": "of the answer",
        "ms": "how long it took",
        "account": "random id of who is signed in, never a name",
        "upload": "random id of an upload: its job names it, and the request that sent it",
        "code": "of an error, see errors.md",
        "error": "the kind of an exception",
        "reason": "what the system or the database calls it, such as `ENOSPC`; how a process ended",
        "at": "where in the code, innermost last",
        "cause": "the kind of the exception behind it",
        "seconds": "how long a job took",
        "address": "at which the web listens",
        "port": "of metrics",
        "policy": "key of the thresholds that a worker was given",
        "in_force": "key of those that the web judges by",
    }
)
"""Every field that a line may have."""

OURS: Final = "digitizer"
FRAMES: Final = 8
"""Of a traceback, the innermost."""


def set_up(level: Level, stream: TextIO | None = None) -> None:
    """Send everything that this process logs to `stream` (stderr), libraries' warnings included."""
    stream = stream or sys.stderr
    readable = stream.isatty()
    handler = logging.StreamHandler(stream)
    last: Processor = (
        structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(allow=FIELDS),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _told,
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
            logger=logging.getLogger(OURS),
            use_get_message=False,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(level.upper())
    sys.excepthook = _uncaught
    threading.excepthook = lambda given: _uncaught(
        given.exc_type, given.exc_value or given.exc_type(), given.exc_traceback
    )


@contextmanager
def about(**facts: str) -> Iterator[None]:
    """Everything logged within is about these facts, each named in `FIELDS`."""
    with structlog.contextvars.bound_contextvars(**facts):
        yield


def _told(_logger: object, _method: str, line: EventDict) -> EventDict:
    """The line with an error told by kind and place, and without words that may hold values."""
    record: logging.LogRecord = line["_record"]
    if not record.name.startswith(OURS):
        line["event"] = _own_words(str(record.msg))
    exc_info = line.pop("exc_info", None)
    line.pop("stack_info", None)
    if isinstance(exc_info, tuple) and isinstance(exc_info[1], BaseException):
        line.update(error_facts(exc_info[1]))
    return line


def _own_words(text: str) -> str:
    """What a library says before it quotes anything: to the first colon, quote or line's end."""
    for mark in ("\n", ":", "'", '"', "%", "{"):
        text = text.partition(mark)[0]
    return text.strip()


def error_facts(error: BaseException) -> dict[str, Any]:
    """An exception without a word of its message."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    facts: dict[str, Any] = {
        "error": type(error).__name__,
        "at": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, DigitizerError):
        facts["code"] = error.code
    behind = getattr(error, "orig", None) or error.__cause__ or error.__context__
    if behind is not None:
        facts["cause"] = type(behind).__name__
    for candidate in (error, behind):
        if (reason := _reason(candidate)) is not None:
            facts["reason"] = reason
            break
    return facts


def _reason(error: object) -> str | None:
    """What the system or the database calls an error, as a symbol."""
    if isinstance(error, OSError) and error.errno is not None:
        return errno.errorcode.get(error.errno)
    for name in ("sqlite_errorname", "sqlstate"):
        if isinstance(found := getattr(error, name, None), str):
            return found
    return None


def _short(filename: str) -> str:
    """The last two parts of a path: the folders above say where somebody installed it."""
    return "/".join(Path(filename).parts[-2:])


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(OURS).error("ended by an error", exc_info=(kind, error, trace))
