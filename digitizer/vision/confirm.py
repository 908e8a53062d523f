"""Confirm where a page may lie by laying its blank over the photo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from digitizer.vision.blank import Atlas
from digitizer.vision.plane import Points, project
from digitizer.vision.registration import Registered, coarse_support, register
from digitizer.vision.regrow import regrown
from digitizer.vision.sight import Candidate, Sight

SURE: Final = 0.8
"""Share of the print that agrees from which no further candidate is weighed."""

CONFIRMED: Final = 0.55
"""Share from which a place counts as confirmed. Other pages of forms alike in layout reach 0.50."""

LEAST_ROW: Final = 0.25
"""Share of the print of every row across the page that must agree down the page. Where a form has
another row than the blank, little agrees (0.00 to 0.22); on the right page, however bent, 0.3 of
the worst row does."""

ROWS: Final = 25
ROW_SHARE: Final = 0.035
"""Rows are weighed at so many heights, each softly over this share of the longer side."""

PRINTED_ROW: Final = 0.3
"""A row with less print in view than this share of most rows says nothing."""

CLOSE: Final = 0.8
"""A candidate whose coarse print agrees by less than this share of the best is no rival."""

WHOLE: Final = 0.8
"""Share below which a part of the paper may be off, and is looked at again."""

PROMISING: Final = 0.05
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

    @property
    def weakest_row(self) -> float:
        """The share of the print that agrees down the page in the row where the least does.

        Forms of one family differ in a row more or less; the rest of their print agrees.
        """
        agreement, size = self.registered.agreement, self.candidate.page.size
        worth = agreement.worth[:, 1]
        heights = np.linspace(0, size.height, ROWS)
        away = (agreement.middles[:, 1] - heights[:, None]) / max(size.width, size.height)
        near = np.exp(-0.5 * (away / ROW_SHARE) ** 2)
        print_, agreeing = near @ worth, near @ (worth * agreement.agrees[:, 1])
        told = print_ > max(PRINTED_ROW * float(np.median(print_)), 1e-9)
        return float((agreeing[told] / print_[told]).min()) if told.any() else 0.0

    def project(self, points: Points) -> Points:
        """Page millimetres (n, 2) to photo pixels (n, 2), bend included."""
        return project(self.candidate.homography, self.registered.mesh.moved(points))

    def twins(self, atlas: Atlas) -> "list[Placed]":
        """The same place for every page of this layout, this page first."""
        own = self.candidate
        name = (own.form.id, own.page.number)
        # Pages of one form may be alike too: one for the paslon of each party.
        others = [t for t in atlas.twins(own.form, own.page) if (t[0].id, t[1].number) != name]
        return [
            Placed(replace(own, form=form, page=page), self.registered)
            for form, page in ((own.form, own.page), *others)
        ]

    @property
    def confirmed(self) -> bool:
        """Whether enough of the print agrees, and some of it in every row."""
        return self.support >= CONFIRMED and self.weakest_row >= LEAST_ROW


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


def laid(
    sight: Sight, atlas: Atlas, candidates: Sequence[Candidate], *, twice: bool = True
) -> list[Placed]:
    """Candidates of different pages, best agreement first: all coarsely, the best in full, and
    `twice` where only a part of the print agrees.
    """
    coarse = [(_coarse(sight, atlas, one), one) for one in candidates]
    coarse.sort(key=lambda item: -item[0])
    placed: list[Placed] = []
    for support, one in coarse[:FOLLOWED]:
        if (
            placed
            and support < CLOSE * coarse[0][0]
            and placed[0].support >= SURE
            and placed[0].confirmed
        ):
            break  # a good photo costs one registration in full
        placed.append(_place(sight, atlas, one))
    placed.sort(key=lambda one: -one.support)
    for index in range(len(placed) if twice else 0):
        placed[index] = _again(sight, atlas, placed[index])
        if placed[index].support >= SURE:
            break
    placed.sort(key=lambda one: -one.support)
    return placed


def _again(sight: Sight, atlas: Atlas, placed: Placed) -> Placed:
    """A place of which only a part of the print agrees, looked at again."""
    if not PROMISING <= placed.support < WHOLE:
        return placed
    blank = atlas.blank(placed.candidate.form, placed.candidate.page)
    matrix, found = regrown(sight.pyramid, blank, placed.candidate.homography, placed.registered)
    return Placed(replace(placed.candidate, homography=matrix), found)


def _coarse(sight: Sight, atlas: Atlas, candidate: Candidate) -> float:
    blank = atlas.blank(candidate.form, candidate.page)
    return coarse_support(sight.pyramid, blank, candidate.homography, candidate.start)


def _place(sight: Sight, atlas: Atlas, candidate: Candidate) -> Placed:
    blank = atlas.blank(candidate.form, candidate.page)
    found = register(sight.pyramid, blank, candidate.homography, candidate.start)
    return Placed(candidate, found)
