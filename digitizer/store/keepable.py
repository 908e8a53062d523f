"""What a database can keep of what strangers send: texts of whole letters, numbers of 64 bits.

PostgreSQL keeps no text with a NUL; neither database keeps half of a surrogate pair or a number
beyond 64 bits, and each says so in its own way, somewhere in the middle of a request. So every
value is looked at on its way into a statement, whichever route or command it came by. JSON is read
as soon as it is written: a row of it that nobody can read makes every page fail that shows it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DontWrapMixin

from digitizer.errors import DigitizerError

MOST: Final = 2**63 - 1
LEAST: Final = -(2**63)


class Unkeepable(DontWrapMixin, DigitizerError):
    """A value that no database keeps; raised as it is, also while a statement is made up."""

    code = "bad_request"

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"found {fault} in what was sent, which no database keeps",
            "write it without, and send it again",
        )


def written_json(value: object) -> str:
    """A value as the JSON of a column.

    Raises:
        Unkeepable: it would not be read again: a number without end, or half a character.
    """
    try:
        written = json.dumps(value, allow_nan=False)
        orjson.loads(written)
    except ValueError as error:
        raise Unkeepable(f"what JSON has no words for ({error})") from error
    return written


def refuse_unkeepable(engine: Engine) -> None:
    """From now on a statement with a value that cannot be kept is refused before it is run.

    The statement then raises `Unkeepable`.
    """
    event.listen(engine, "before_cursor_execute", _check)


def _check(
    _connection: Connection,
    _cursor: object,
    _statement: str,
    parameters: Any,  # noqa: ANN401  as the driver takes them
    _context: object,
    executemany: bool,
) -> None:
    for values in parameters if executemany else (parameters,):
        for value in _values(values):
            fault = _fault(value)
            if fault is not None:
                raise Unkeepable(fault)


def _values(given: Mapping[str, Any] | Sequence[Any]) -> Iterable[Any]:
    return given.values() if isinstance(given, Mapping) else given


def _fault(value: object) -> str | None:
    """What is wrong with a value, None when nothing is."""
    if isinstance(value, str):
        if "\0" in value:
            return "a NUL character"
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            return "half a character (a lone surrogate)"
    elif isinstance(value, int) and not LEAST <= value <= MOST:
        return "a number of more than 64 bits"
    return None
