"""Drawing up a form in a child: a blank is looked at there, and photos are tried with a draft.

with Drafting() as drafting:
learned = drafting.learn([blank], paper=None, name="baru", title="C.HASIL baru", year=2029)
outcome = drafting.read(learned.text, photo)
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Final, TypeVar

from digitizer.domain.geometry import Size
from digitizer.domain.outcome import PhotoOutcome
from digitizer.errors import DigitizerError
from digitizer.sandbox.children import PATIENCE, Children, Lost
from digitizer.sandbox.frames import BrokenFrame, read_frame, read_outcome, write_frame

DRAFTER: Final = ("-m", "digitizer.sandbox.drafter")
"""The interpreter's arguments that start a child; memory and seconds follow them."""

SECONDS: Final = 240.0
"""Of processor time: a plano as a picture is looked at four times."""

MEMORY_MIB: Final = 3000
MOST_PAGES: Final = 21

PICTURE_HEIGHT: Final = 2000
"""Of a page that is drawn, in pixels."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Learned:
    """What was found on a blank.

    Attributes:
        text: a form file.
        pictures: PNG of each page, its edges those of the paper.
        used: of how many photos the blank was made; 0 where it was given.
    """

    text: str
    pictures: tuple[bytes, ...]
    used: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """The blank of a form.

    Attributes:
        pdf: all its pages at true size.
        pictures: PNG of each page.
    """

    pdf: bytes
    pictures: tuple[bytes, ...]


class Drafting(Children):
    """One child that looks at blanks and tries drafts."""

    def __init__(self, *, program: Sequence[str] = DRAFTER) -> None:
        """`program` is what the child runs; tests put a stand-in here."""
        super().__init__(
            1, memory_mib=MEMORY_MIB, seconds=SECONDS, patience=PATIENCE, program=program
        )

    def learn(
        self, files: Sequence[bytes], *, paper: Size | None, name: str, title: str, year: int
    ) -> Learned:
        """What a blank seems to be; several files are filled photos of one page.

        Raises:
            DigitizerError: nothing could be made of it.
            SandboxError: a child does not even start.
        """
        asked = {
            "do": "learn",
            "files": len(files),
            "paper": None if paper is None else asdict(paper),
            "name": name,
            "title": title,
            "year": year,
        }
        return self._asked(asked, files, _read_learned)

    def read(self, text: str, photo: bytes) -> PhotoOutcome:
        """What a photo says when it is read with this form file alone.

        Raises:
            DigitizerError: the file is wrong, or reading took too long or too much memory.
            SandboxError: a child does not even start.
        """
        sha256 = hashlib.sha256(photo).hexdigest()
        asked = {"do": "read", "files": 1, "text": text}
        return self._asked(asked, [photo], lambda answers, _: read_outcome(answers, sha256))

    def draw(self, text: str) -> Drawn:
        """The blank of a form file.

        Raises:
            DigitizerError: the file is wrong.
            SandboxError: a child does not even start.
        """
        return self._asked({"do": "draw", "files": 0, "text": text}, [], _read_drawn)

    def _asked(
        self,
        asked: Mapping[str, Any],
        files: Sequence[bytes],
        answer: Callable[[BinaryIO, Mapping[str, Any]], Answer],
    ) -> Answer:
        def exchange(requests: BinaryIO, answers: BinaryIO) -> Answer | DigitizerError:
            write_frame(requests, json.dumps(asked).encode())
            for data in files:
                write_frame(requests, data)
            head = read_head(answers)
            if (fault := head.get("fault")) is not None:
                return _fault(fault)
            return answer(answers, head)

        try:
            found = self.ask(exchange)
        except Lost as lost:
            raise DigitizerError(
                f"it took more than {self.seconds:g} s or {self.memory_mib} MiB "
                f"(status {lost.status})",
                "give fewer pages, or pictures of 2000 to 3000 pixels",
                code="bad_request",
            ) from lost
        if isinstance(found, DigitizerError):
            raise found
        return found


def read_head(pipe: BinaryIO) -> Mapping[str, Any]:
    """Receive what a request or an answer begins with.

    Raises:
        BrokenFrame: the other side is gone, or says something else.
    """
    body = read_frame(pipe)
    if body is None:
        raise BrokenFrame("found the end of the pipe, needed a head")
    try:
        head = json.loads(body)
    except ValueError as error:
        raise BrokenFrame(f"found a head that is no JSON: {error}") from error
    if not isinstance(head, dict):
        raise BrokenFrame("found a head that is no table")
    return head


def _fault(told: Mapping[str, Any]) -> DigitizerError:
    return DigitizerError(str(told["message"]), str(told["hint"]), code=str(told["code"]))


def _read_learned(answers: BinaryIO, head: Mapping[str, Any]) -> Learned:
    try:
        text, used = str(head["text"]), int(head["used"])
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenFrame(f"found an answer that is no form: {error}") from error
    return Learned(text, _read_pictures(answers, head), used)


def _read_drawn(answers: BinaryIO, head: Mapping[str, Any]) -> Drawn:
    pdf, *pictures = _read_pictures(answers, head)
    return Drawn(pdf, tuple(pictures))


def _read_pictures(answers: BinaryIO, head: Mapping[str, Any]) -> tuple[bytes, ...]:
    count = head.get("pictures")
    if not isinstance(count, int) or not 1 <= count <= MOST_PAGES:
        raise BrokenFrame(f"found {count} pictures, needed 1 to {MOST_PAGES}")
    pictures = [read_frame(answers) for _ in range(count)]
    found = tuple(picture for picture in pictures if picture)
    if len(found) < count:
        raise BrokenFrame("found the end of the pipe, needed a picture")
    return found
