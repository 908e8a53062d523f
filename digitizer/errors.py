"""Every error the product raises on purpose, in one tree.

    DigitizerError
    ├── PhotoError           one photo is unusable: an `Unreadable` verdict, upload kept
    │   ├── PhotoRefused     not_an_image, too_large, too_small: never decoded
    │   ├── PageNotLocated   no_form, unknown_form, page_incomplete, too_blurred, too_dark
    │   └── PageUnreadable   too_blurred, too_dark, glare: placed, but no box can be read
    ├── FormFileError        a form file is wrong: file, key and cause
    │   └── FormRefused      a form cannot be put in force as it stands
    ├── NotLearned           no form can be made of a blank
    ├── SettingsError        a setting from the environment is wrong
    ├── ModelError           the digit model is missing or not the released one
    ├── SandboxError         no reading process can be started: no fact about any photo
    ├── StoreError           a fact cannot be stored: what was found, what was needed
    │   ├── NotFound         nothing has this id
    │   └── Conflict         the fact contradicts one already kept
    │       └── KeyUsed      a photo comes under the key by which another one was sent
    ├── FileFault            a file or folder cannot be read or written, as the system says
    ├── DatabaseFault        the database cannot be reached, opened or used
    ├── BackupError          a backup cannot be written, is damaged, or fits not where it shall go
    ├── ChecksumMismatch     a photo arrived otherwise than it was announced
    ├── NotNow               nothing can be taken in just now; whoever sent keeps what they have
    │   ├── StoreUnavailable the photo store refuses or does not answer
    │   ├── NoRoom           the disk is nearly full
    │   └── LineFull         too many photos wait to be read
    ├── NotAllowed           this account may not do this
    │   ├── NotPublished     the recap is not for everybody yet
    │   └── MustWait         TooManyAttempts to sign in, OverQuota: later
    ├── VerificationRefused  a confirmation is incomplete or contradicts itself
    ├── CorrectionRefused    a correction of a D.HASIL is incomplete, or of no number of the tally
    ├── OfficialRefused      official results that are imported are not what they should be
    └── MergeRefused         an exchange file of another installation does not hold: none is kept
        ├── OtherElection    it is of another election
        ├── UnknownNode      it is of an installation that nobody vouched for
        └── ForkedChain      it tells otherwise what is told here already

`code` is stable: it appears in API answers, in `read --json`, in logs and in docs/errors.md.
`message` says what was found and what was needed, `hint` what to do. What is expected (a doubtful
digit, a broken sum, a missing page) is a value, not an error; what is a bug goes up untouched.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Numbers = Mapping[str, int | float | str]
"""What a sentence names, such as `found` and `needed` (the least or the most that is accepted).

`variant` says which of the sentences of a code is meant; docs/errors.md lists them. `form` is a
form's id, `fields` and `missing` are ids with spaces between.
"""
NO_NUMBERS: Final[Numbers] = MappingProxyType({})

PhotoProblem = Literal[
    "no_form",
    "unknown_form",
    "page_incomplete",
    "too_small",
    "too_blurred",
    "too_dark",
    "glare",
    "not_an_image",
    "too_large",
]
"""The only reasons for which a photo is unreadable."""


class DigitizerError(Exception):
    """Base of all; `code` is for programs, `message` and `hint` are for people (in English).

    Screens translate by `code` and `numbers`; see review_ui/.
    """

    code: str = "error"

    def __init__(self, message: str, hint: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message: Final = message
        self.hint: Final = hint
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class PhotoError(DigitizerError):
    """One photo cannot be used. Its upload is kept and the problem is shown.

    Attributes:
        problem: the stable code.
        numbers: what was found and needed, for sentences in any language.
    """

    def __init__(
        self, problem: PhotoProblem, message: str, hint: str, numbers: Numbers = NO_NUMBERS
    ) -> None:
        super().__init__(message, hint, code=problem)
        self.problem: Final = problem
        self.numbers: Final = MappingProxyType(dict(numbers))

    def __reduce__(
        self,
    ) -> tuple[type["PhotoError"], tuple[PhotoProblem, str, str, dict[str, int | float | str]]]:
        # Errors may cross between processes by pickle.
        return (type(self), (self.problem, self.message, self.hint, dict(self.numbers)))


class PhotoRefused(PhotoError):
    """The bytes are not a picture we are willing to decode."""


class PageNotLocated(PhotoError):
    """A decoded picture in which no page of a known form could be placed."""


class PageUnreadable(PhotoError):
    """A page was placed, but the photo shows its boxes too badly to read any."""


class FormFileError(DigitizerError):
    """A form file is wrong; the message names file, key and cause."""

    code = "form_file"


class FormRefused(FormFileError):
    """A form cannot be put in force as it stands; the message says why. Nothing of it is lost."""

    code = "form_refused"


class NotLearned(DigitizerError):
    """No form can be made of a blank; the message says what was found."""

    code = "not_learned"


class SettingsError(DigitizerError):
    """A setting is missing or wrong; the message names it."""

    code = "settings"


class ModelError(DigitizerError):
    """The digit model is missing or its sha256 is not the released one."""

    code = "model"


class SandboxError(DigitizerError):
    """No reading process can be started; photos wait, none becomes unreadable for it."""

    code = "sandbox"


class StoreError(DigitizerError):
    """A fact cannot be stored."""

    code = "store"


class NotFound(StoreError):
    """Nothing has this id, or it is not yours to see."""

    code = "not_found"


class Conflict(StoreError):
    """The fact contradicts one already kept."""

    code = "conflict"


class KeyUsed(Conflict):
    """A photo comes under the key by which its sender sent another one; nothing of it was kept."""

    code = "key_used"


class FileFault(DigitizerError):
    """A file or folder cannot be read or written; the message names it."""

    code = "file"


class DatabaseFault(DigitizerError):
    """The database cannot be reached, opened or used; the message says what it answered."""

    code = "database"


class BackupError(DigitizerError):
    """A backup cannot be written, is not whole, or cannot be put where it shall go."""

    code = "backup"


class ChecksumMismatch(DigitizerError):
    """A photo has not the sha256 that was announced for it; nothing of it was kept."""

    code = "checksum_mismatch"


class NotNow(DigitizerError):
    """Nothing can be taken in or given out just now; nothing was kept and nothing is lost.

    Attributes:
        seconds: until it may be tried again.
    """

    seconds: int = 60


class StoreUnavailable(NotNow):
    """The photo store refuses or does not answer."""

    code = "store_unavailable"
    seconds = 30


class NoRoom(NotNow):
    """The disk is full, or so nearly that what is accepted could no longer be read."""

    code = "no_room"
    seconds = 300


class LineFull(NotNow):
    """So many photos wait to be read that no more are taken in."""

    code = "line_full"
    seconds = 120


class NotAllowed(DigitizerError):
    """This account may not do this."""

    code = "not_allowed"


class NotPublished(NotAllowed):
    """The recap is not for everybody yet; who may see it before must sign in."""

    code = "not_published"


class MustWait(NotAllowed):
    """This may be done later, not now.

    Attributes:
        seconds: until then, at most.
    """

    code = "must_wait"

    def __init__(self, message: str, hint: str, seconds: int) -> None:
        super().__init__(message, hint)
        self.seconds: Final = seconds


class TooManyAttempts(MustWait):
    """So many attempts to sign in failed that the next must wait."""

    code = "too_many_attempts"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"too many attempts to sign in failed; the next is {seconds} s away",
            "wait, then try again",
            seconds,
        )


class OverQuota(MustWait):
    """So many photos came from this account, or for this TPS, that further ones must wait."""

    code = "quota"


class VerificationRefused(DigitizerError):
    """A confirmation is incomplete or contradicts itself; nothing typed is lost."""

    code = "verification_refused"


class CorrectionRefused(DigitizerError):
    """A correction is incomplete, or of no number of the tally; nothing typed is lost."""

    code = "correction_refused"


class MergeRefused(DigitizerError):
    """An exchange file does not hold; the message names file, line or event. Nothing was kept."""

    code = "merge_refused"


class OtherElection(MergeRefused):
    """It is of an installation that runs another election."""

    code = "other_election"


class UnknownNode(MergeRefused):
    """It is of an installation that is not known here, and nobody vouched for its key."""

    code = "unknown_node"


class ForkedChain(MergeRefused):
    """It tells otherwise what one installation did than is told here already."""

    code = "forked_chain"


class OfficialRefused(DigitizerError):
    """Official results cannot be imported; the message names file, row or key. Nothing was kept."""

    code = "official_refused"
