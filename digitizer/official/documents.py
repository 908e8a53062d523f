"""JSON of many TPS: one file a TPS in a folder or a ZIP, or one file of objects keyed by TPS code.

Everything is looked at piece by piece: what is in memory is one TPS, however many there are.
"""

import codecs
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, NoReturn, cast

from digitizer.errors import OfficialRefused
from digitizer.intake.archive import BROKEN, METHODS, Bounded
from digitizer.intake.names import is_sent, plain_name, tps_from_name
from digitizer.official.reading import Findings, shown, tps_code

MAX_TPS_BYTES: Final = 1 << 20
"""Of the JSON of one TPS, which has some 2 KB."""

MAX_MEMBERS: Final = 100_000
MAX_DIRECTORY: Final = 16 << 20
"""Of the directory of a ZIP; 100,000 names need about as much."""

MAX_UNPACKED: Final = 1 << 30
MAX_RATIO: Final = 40
"""JSON of a TPS shrinks to a tenth or so; a ZIP that grows more than this is a bomb."""

PIECE: Final = 1 << 16
_SPACE: Final = re.compile(r"[ \t\n\r]*")

Document = tuple[str, str, object]
"""Where it stands, the code of its TPS, and what it says."""


def folder_documents(
    folder: Path, findings: Findings, seen: Callable[[str, bytes], object]
) -> Iterator[Document]:
    """Every file below a folder, in the order of their names; `seen` is given name and bytes."""
    for path in _files(folder):
        name = plain_name(path.relative_to(folder).as_posix())
        if path.stat().st_size > MAX_TPS_BYTES:
            findings.wrong(name, _too_large(path.stat().st_size))
            continue
        data = path.read_bytes()
        seen(name, data)
        yield from _document(name, data, findings)


def zip_documents(archive: BinaryIO, findings: Findings) -> Iterator[Document]:
    """Every file of a ZIP.

    Raises:
        OfficialRefused: it is no whole ZIP, or asks for more than a list of TPS needs.
    """
    try:
        bounded = Bounded(archive, MAX_DIRECTORY, _directory_too_large)
        opened = zipfile.ZipFile(cast("BinaryIO", bounded))
        members = [item for item in opened.infolist() if not item.filename.endswith("/")]
        members = [item for item in members if is_sent(item.filename)]
        _check_members(members, archive.seek(0, os.SEEK_END))
        for member in members:
            with opened.open(member) as file:
                data = file.read(MAX_TPS_BYTES + 1)
            yield from _document(plain_name(member.filename), data, findings)
    except BROKEN as error:
        raise OfficialRefused(
            f"the file is no whole ZIP ({error})", "make the ZIP again and import that"
        ) from None


def keyed_documents(file: BinaryIO, name: str, findings: Findings) -> Iterator[Document]:
    """Every TPS of a JSON file: objects whose keys are TPS codes, one after the other.

    One object for all and JSON Lines are both that.

    Raises:
        OfficialRefused: it is not of that kind, from some place on.
    """
    reader = _Reader(file, name)
    while reader.peek():
        reader.take("{")
        more = reader.peek() != "}"
        while more:
            key = reader.value(f"{name}, line {reader.line}")
            place = f"{name}, line {reader.line}, key {shown(key)}"
            reader.take(":")
            said = reader.value(place)
            code = tps_code(key) if isinstance(key, str) else None
            if code is None:
                findings.wrong(place, "needed the 13 digits of a TPS code as key")
            else:
                yield place, code, said
            more = reader.peek() != "}"
            if more:
                reader.take(",")
        reader.take("}")


def _document(name: str, data: bytes, findings: Findings) -> Iterator[Document]:
    code = tps_from_name(name)
    if code is None or PurePosixPath(name).suffix.lower() != ".json":
        findings.wrong(name, "needed a file named by the 13 digits of its TPS, ending in .json")
    elif len(data) > MAX_TPS_BYTES:
        findings.wrong(name, _too_large(len(data)))
    else:
        try:
            yield name, code, _decoder().decode(data.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            findings.wrong(name, f"it is no JSON ({_told(error)})")


class _Reader:
    """JSON values one after the other from a file, each of at most `MAX_TPS_BYTES`."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._decoder = _decoder()
        self._letters = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self.line = 1

    def peek(self) -> str:
        """The next sign that is no blank; nothing at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._skip(match.end() if match else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, sign: str) -> None:
        """Step over a sign that must come next."""
        if (found := self.peek()) != sign:
            self._refuse(f"found {shown(found) if found else 'its end'}, needed {sign!r}")
        self._skip(self._at + 1)

    def value(self, place: str) -> Any:  # noqa: ANN401  # JSON
        """The next value."""
        if not (found := self.peek()) or found not in '{["tfn-0123456789':
            self._refuse(f"found {shown(found) if found else 'its end'}, needed a value")
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                # It may only be that the rest was not read yet.
                if len(self._text) - self._at > MAX_TPS_BYTES or not self._more():
                    raise OfficialRefused(
                        f"{place}: it is no JSON of a TPS ({error.msg})",
                        "correct this and import again; nothing was kept",
                    ) from None
            except (ValueError, RecursionError) as error:
                raise OfficialRefused(
                    f"{place}: it is no JSON of a TPS ({_told(error)})",
                    "correct this and import again; nothing was kept",
                ) from None
            else:
                self._skip(end)
                return value

    def _skip(self, end: int) -> None:
        self.line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self) -> bool:
        piece = self._file.read(PIECE)
        try:
            text = self._letters.decode(piece, final=not piece)
        except UnicodeDecodeError:
            self._refuse("it is not UTF-8")
        self._text = self._text[self._at :] + text
        self._at = 0
        return bool(piece)

    def _refuse(self, cause: str) -> NoReturn:
        raise OfficialRefused(
            f"{self._name}, line {self.line}: {cause}",
            "give one object with TPS codes as keys, or one such object a line",
        )


def _decoder() -> json.JSONDecoder:
    """A decoder that takes no key twice and nothing that JSON does not have."""
    return json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        doubled = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {shown(doubled)} comes more than once in one object")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"found {name}, which is no JSON")


def _told(error: Exception) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if is_sent(path.relative_to(folder).as_posix()):
                yield path


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    whole = sum(item.file_size for item in members)
    packed = min(size, sum(item.compress_size for item in members))
    cause = ""
    if len(members) > MAX_MEMBERS:
        cause = f"found {len(members)} files in it, needed at most {MAX_MEMBERS}"
    elif whole > MAX_UNPACKED or whole > MAX_RATIO * packed + MAX_TPS_BYTES:
        cause = (
            f"it grows from {packed >> 10} KiB to {whole >> 20} MiB, needed at most "
            f"{MAX_UNPACKED >> 20} MiB and {MAX_RATIO} times"
        )
    elif any(item.flag_bits & 0x1 for item in members):
        cause = "it is encrypted"
    elif any(item.compress_type not in METHODS for item in members):
        cause = "it is packed by another method than deflate"
    if cause:
        raise OfficialRefused(
            f"the ZIP cannot be taken: {cause}",
            "make it in the usual way, or import the folder or JSON Lines",
        )


def _directory_too_large(size: int) -> OfficialRefused:
    return OfficialRefused(
        f"the directory of the ZIP has {size >> 10} KiB, needed at most {MAX_DIRECTORY >> 10}",
        "import the folder or JSON Lines",
    )


def _too_large(size: int) -> str:
    return f"it has {size >> 10} KiB or more, needed at most {MAX_TPS_BYTES >> 10}"
