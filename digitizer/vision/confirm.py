"""Confirm where a page may lie by laying its blank over the photo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from digitizer.vision.blank import Atlas
from digitizer.vision.registration import Registered, register
from digitizer.vision.regrow import regrown
from digitizer.vision.sight import Candidate, Sight

SURE: Final = 0.8
"""Share of the print that agrees from which no further candidate is weighed."""

CONFIRMED: Final = 0.55
"""Share from which a place counts as confirmed. Other pages of forms alike in layout reach 0.45."""

CLOSE: Final = 0.8
"""A candidate whose coarse print agrees by less than this share of the best is no rival."""

PROMISING: Final = 0.2
"""Share from which a place is looked at again, as deeply bent paper deserves."""

FOLLOWED: Final = 3
"""So many candidates, those whose coarse print agrees best, are followed to the finest size."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A candidate laid over the photo."""

    candidate: Candidate
    registered: Registered

    @property
    def support(self) -> float:
        """The share of the print in view that agrees."""
        return self.registered.agreement.support


def best_of(sight: Sight, atlas: Atlas, candidates: Sequence[Candidate]) -> Placed | None:
    """The candidate with which the print agrees best; the first that agrees surely ends the search.

    Candidates come likeliest first, so that a good photo costs one registration.
    """
    best: Placed | None = None
    for candidate in candidates:
        placed = _place(sight, atlas, candidate)
        if best is None or placed.support > best.support:
            best = placed
        if best.support >= SURE:
            break
    return _again(sight, atlas, best) if best is not None else None


def laid(sight: Sight, atlas: Atlas, candidates: Sequence[Candidate]) -> list[Placed]:
    """Candidates of different pages, best agreement first: all coarsely, the best in full."""
    coarse = [(_place(sight, atlas, one, levels=1).support, one) for one in candidates]
    coarse.sort(key=lambda item: -item[0])
    placed: list[Placed] = []
    for support, one in coarse[:FOLLOWED]:
        if placed and support < CLOSE * coarse[0][0] and placed[0].support >= SURE:
            break  # a good photo costs one registration in full
        placed.append(_place(sight, atlas, one))
    placed.sort(key=lambda one: -one.support)
    placed[:1] = [_again(sight, atlas, one) for one in placed[:1]]
    return placed


def _again(sight: Sight, atlas: Atlas, placed: Placed) -> Placed:
    """A place of which only a part of the print agrees, looked at again."""
    if not PROMISING <= placed.support < SURE:
        return placed
    blank = atlas.blank(placed.candidate.form, placed.candidate.page)
    found = regrown(sight.pyramid, blank, placed.candidate.homography, placed.registered)
    return Placed(placed.candidate, found)


def _place(sight: Sight, atlas: Atlas, candidate: Candidate, levels: int = 3) -> Placed:
    blank = atlas.blank(candidate.form, candidate.page)
    found = register(sight.pyramid, blank, candidate.homography, candidate.start, levels)
    return Placed(candidate, found)
