"""One photo settled by itself, once: phones ask again and again what was read on theirs."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from digitizer.api.names import form_named
from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.settle import Digitization, settle

KEPT: Final = 1000
"""So many are remembered; each takes some ten kilobytes."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A reading and a policy, told apart by their ids: neither ever changes."""

    reading_id: str
    policy_key: str
    reading: PageReading = field(compare=False)
    policy: Policy = field(compare=False)


def settled_alone(reading_id: str, reading: PageReading, policy: Policy) -> Digitization:
    """What a reading comes to by itself.

    Raises:
        NotFound: its form is not in force.
    """
    return _settled(_Asked(reading_id, policy.key, reading, policy))


@lru_cache(maxsize=KEPT)
def _settled(asked: _Asked) -> Digitization:
    return settle([asked.reading], form_named(asked.reading.form), asked.policy)
