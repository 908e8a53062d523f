"""Exchanging histories: what one installation did, joined by another, without a network.

docs/merge.md says how a team does it, docs/decisions/0024 by which rules.
"""

from digitizer.merging.joining import Merged, merge
from digitizer.merging.writing import HandedOver, hand_over

__all__ = ["HandedOver", "Merged", "hand_over", "merge"]
