"""The proof bundle: verified tallies with the whole history they rest on, to be checked anywhere.

docs/proof.md says what it proves and what it does not, and how to check it without this code.
"""

from digitizer.proof.bundle import Contents, write_bundle
from digitizer.proof.signing import Signer, fingerprint
from digitizer.proof.verify import Report, verify_bundle

__all__ = ["Contents", "Report", "Signer", "fingerprint", "verify_bundle", "write_bundle"]
