"""Faults of the machine, told as those of the product are: one sentence with a code."""

import re
from typing import Final

from sqlalchemy.exc import DatabaseError, OperationalError

from digitizer.errors import DatabaseFault, DigitizerError, FileFault

FAULTS: Final = (OSError, DatabaseError)
"""What may be such a fault; `fault_of` says whether it is one."""

_OF_DATABASE: Final = (
    "see DIGITIZER_DATABASE_URL, whether the server runs, and who may open the file; "
    "`digitizer doctor` says more"
)


def fault_of(error: Exception) -> DigitizerError | None:
    """What went wrong outside this program; None for what is a bug of it."""
    if isinstance(error, OSError):
        return _of_system(error)
    # An error of a narrower kind is about a statement or a value of ours, and they are ours to
    # mend; a file that is no database has no kind of its own.
    if isinstance(error, OperationalError) or type(error) is DatabaseError:
        return DatabaseFault(
            f"the database cannot be used: {_reason(error)}, needed one that answers", _OF_DATABASE
        )
    return None


def _of_system(error: OSError) -> FileFault | None:
    if error.strerror is None:  # raised by a library, not by the system
        return None
    names = " and ".join(str(name) for name in (error.filename, error.filename2) if name)
    return FileFault(
        f"{names}: {error.strerror}" if names else error.strerror,
        "needed a place that can be read and written: see that it is there, whose it is, and that "
        "the disk has room",
    )


def _reason(error: DatabaseError) -> str:
    """What the database answered, without its address: of one mistyped, a part is a password."""
    said = str(error.orig)
    if hasattr(error.orig, "sqlite_errorcode"):
        return said
    refused = re.findall(r"failed: (?!.*failed: )(.+)", said)
    if refused:
        return str(refused[-1]).strip()
    return "its host has no address" if "resolve host" in said else type(error.orig).__name__
