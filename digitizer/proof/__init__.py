"""The proof bundle: verified tallies with the whole history they rest on, to be checked anywhere.

docs/proof.md says what it proves and what it does not, and how to check it without this code.
"""

from digitizer.proof.archive import Archive, write_entry
from digitizer.proof.bundle import Contents, write_bundle
from digitizer.proof.chains import chain_events
from digitizer.proof.faults import Faults
from digitizer.proof.layout import event_line
from digitizer.proof.recounting import Grounds, named_by, recounted, unfounded
from digitizer.proof.signing import ALGORITHM, Signer, fingerprint, is_signed, same_fingerprint
from digitizer.proof.verify import Report, verify_bundle

__all__ = [
    "ALGORITHM",
    "Archive",
    "Contents",
    "Faults",
    "Grounds",
    "Report",
    "Signer",
    "chain_events",
    "event_line",
    "fingerprint",
    "is_signed",
    "named_by",
    "recounted",
    "same_fingerprint",
    "unfounded",
    "verify_bundle",
    "write_bundle",
    "write_entry",
]
