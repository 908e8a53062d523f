"""Find which page of which form a photo shows, and where: page millimetres to photo pixels.

A chain of independent methods: tag and corner marks, corner marks alone, the print alone. Each
answers with candidates or with why not. Every candidate is then confirmed by its print: the blank
is laid over the photo, which also follows how the paper bends. The best that agrees wins; what none
can place is refused with its reason.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FormSpec, PageSpec
from digitizer.domain.geometry import Rect
from digitizer.domain.reading import IdentifiedBy, Method
from digitizer.errors import PageNotLocated
from digitizer.vision.blank import Atlas, Blank
from digitizer.vision.by_corners import by_corners
from digitizer.vision.by_print import CLOSE_LOOK, GLANCE, by_print
from digitizer.vision.by_tag import TAG_MISFIT_MM, by_tag
from digitizer.vision.confirm import CONFIRMED, Placed, best_of, laid
from digitizer.vision.mesh import Mesh
from digitizer.vision.naming import Named, name_page
from digitizer.vision.other_sheets import lies_at_tag, other_sheets
from digitizer.vision.photo import Photo
from digitizer.vision.plane import Matrix, Points, project, quarter_turns, rect_corners
from digitizer.vision.refuse import refusal_without_tag
from digitizer.vision.seen_tags import seen_tags
from digitizer.vision.sight import Candidate, Miss, Sight, Sighting
from digitizer.vision.tesseract import PrintReader, find_tesseract

BY_MARKS: Final = ("tag_and_corners", "tag_and_some_corners")
"""Methods in which marks are left over to check the fit."""

UNSEEN_FIELDS: Final = 0.2
"""The share of fields that may lie outside the picture before the page counts as cut."""

EDGE_STEPS: Final = 8
"""A rectangle's side is drawn in so many pieces, since paper bends."""


@dataclass(frozen=True, slots=True, eq=False)
class PageLocation:
    """Where a page lies in a photo.

    Attributes:
        homography: (3, 3) float64, page millimetres of a flat sheet to photo pixels.
        mesh: how the paper departs from that flat sheet.
        reprojection_error_mm: root mean square distance, on the page, between where tag and corner
            marks were found and where the homography puts them; without a tag that of the print.
        residual_mm: the same between the print found and the mesh.
        support: share of the print in view that agrees, 0 to 1.
        turns: clockwise quarter turns that make the photo upright.
        identity: what says which page it is.
        rivals: what other methods say instead, one short text each.
    """

    form: FormSpec
    page: PageSpec
    homography: Matrix
    mesh: Mesh
    reprojection_error_mm: float
    residual_mm: float
    support: float
    method: Method
    turns: int
    identity: IdentifiedBy
    rivals: tuple[str, ...]

    def project(self, points: Points) -> Points:
        """Page millimetres (n, 2) to photo pixels (n, 2), bend included."""
        return project(self.homography, self.mesh.moved(points))

    def outlines(self, rects: Sequence[Rect]) -> NDArray[np.float64]:
        """Rectangles of the page as polygons (rects, n, 2) in photo pixels, clockwise on it."""
        share = np.arange(EDGE_STEPS)[:, None] / EDGE_STEPS
        corners = np.array([[(corner.x, corner.y) for corner in rect.corners] for rect in rects])
        ahead = np.roll(corners, -1, axis=1)
        points = corners[:, :, None] + share * (ahead - corners)[:, :, None]
        return self.project(points.reshape(-1, 2)).reshape(len(rects), -1, 2)


def locate_page(
    photo: Photo, atlas: Atlas, expected: Collection[str] = (), *, at_a_glance: bool = False
) -> PageLocation:
    """Place the page that a photo shows.

    Args:
        photo: the picture.
        atlas: the pages it may show.
        expected: ids of forms that decide where titles do not, see `naming.name_page`.
        at_a_glance: whether to leave what is bent, blurred or half covered to another look.

    Raises:
        PageNotLocated: no_form, unknown_form, page_incomplete, too_blurred or too_dark.
    """
    sight = Sight.of(photo)
    seen = seen_tags(sight, atlas)
    tags = () if isinstance(seen, Miss) else seen
    tagged = seen if isinstance(seen, Miss) else by_tag(sight, seen[0])
    location = (
        _without_tag(sight, atlas, tagged, expected, at_a_glance=at_a_glance)
        if isinstance(tagged, Miss)
        else _with_tag(sight, atlas, tagged, tags[0])
    )
    check_in_view(location, sight.size)
    others = other_sheets(sight, atlas, location.page, location.project, tags)
    return replace(location, rivals=(*location.rivals, *others))


def _with_tag(
    sight: Sight, atlas: Atlas, tagged: Sequence[Candidate], tag: Sighting
) -> PageLocation:
    """The place that tag and marks give; where the print denies it, what the print says."""
    best = best_of(sight, atlas, tagged)
    named = tagged[0]
    if best is None or best.support < CONFIRMED:
        printed = by_print(sight, _blanks(atlas), CLOSE_LOOK)
        other = None if isinstance(printed, Miss) else best_of(sight, atlas, printed)
        if other is not None and other.support > max(CONFIRMED, best.support if best else 0):
            twin = _twin_with_tag(other.twins(atlas), tag)
            other, same = twin or other, twin is not None
            rivals = () if same else (f"the tag says {named.name}",)
            return location_of(other, "tag" if same else "layout", rivals)
    if best is None or (best.support < CONFIRMED and best.candidate.misfit_mm > TAG_MISFIT_MM):
        raise _marks_do_not_fit(named)
    denied = () if best.support >= CONFIRMED else (f"only {best.support:.0%} of the print agrees",)
    return location_of(best, "tag", denied)


def _twin_with_tag(twins: Sequence[Placed], tag: Sighting) -> Placed | None:
    """The page that a tag names, if it was placed where the tag is: that of another sheet in the
    photo names nothing.
    """
    of_page = (one for one in twins if one.candidate.page is tag.page)
    return next((one for one in of_page if lies_at_tag(tag, tag.page, one.project)), None)


def _blanks(atlas: Atlas) -> Iterator[Blank]:
    return (atlas.blank(*layout[0]) for layout in atlas.layouts)


METHODS: Final[tuple[Callable[[Sight, Atlas], Sequence[Candidate] | Miss], ...]] = (
    by_corners,
    lambda sight, atlas: by_print(sight, _blanks(atlas), GLANCE),
    lambda sight, atlas: by_print(sight, _blanks(atlas), CLOSE_LOOK),
)
"""Without a tag, in this order."""

GLANCES: Final = 2
"""So many of them are quick."""


def _without_tag(
    sight: Sight, atlas: Atlas, missing: Miss, expected: Collection[str], *, at_a_glance: bool
) -> PageLocation:
    """The confirmed place of a page whose tag was not seen, by its titles."""
    if missing.refusal.problem == "unknown_form":
        raise missing.refusal
    with PrintReader(find_tesseract()) as reader:
        for method in METHODS[:GLANCES] if at_a_glance else METHODS:
            answer = method(sight, atlas)
            if not isinstance(answer, Miss):
                placed = laid(sight, atlas, answer, twice=not at_a_glance)
                if confirmed := [one for one in placed if one.confirmed]:
                    check_in_view(location_of(confirmed[0], "layout", ()), sight.size)
                    every = [twin for one in confirmed for twin in one.twins(atlas)]
                    named = partial(name_page, reader=reader, draw=atlas.draw, expected=expected)
                    return _of_confirmed(sight, every, missing, named)
    raise missing.refusal if missing.named else refusal_without_tag(sight.pyramid.sizes[0])


def _of_confirmed(
    sight: Sight,
    confirmed: Sequence[Placed],
    missing: Miss,
    name: Callable[[Sight, Sequence[Placed]], Named],
) -> PageLocation:
    """The page that a tag without corner marks names, or that the titles do; both are told."""
    tag = missing.named
    if tag is not None and (placed := _twin_with_tag(confirmed, tag)) is not None:
        return location_of(placed, "tag", ())
    named = name(sight, confirmed)
    told = () if tag is None else (f"a tag says page {tag.page.number}",)
    return location_of(named.placed, named.identity, (*named.rivals, *told))


def location_of(placed: Placed, identity: IdentifiedBy, rivals: tuple[str, ...]) -> PageLocation:
    """The place of a page as its candidate and its print give it."""
    candidate, registered = placed.candidate, placed.registered
    residual = registered.agreement.residual_mm
    return PageLocation(
        candidate.form,
        candidate.page,
        candidate.homography,
        registered.mesh,
        candidate.misfit_mm if candidate.method in BY_MARKS else residual,
        residual,
        placed.support,
        candidate.method,
        quarter_turns(candidate.homography, candidate.page.size),
        identity,
        rivals,
    )


def check_in_view(location: PageLocation, size: tuple[int, int]) -> None:
    """See that most of a page's numbers lie inside a picture of this width and height.

    Raises:
        PageNotLocated: page_incomplete, with what lies outside.
    """
    page = location.page
    cut = [field.id for field in page.fields if not all(in_view(location, field.digit_boxes, size))]
    if len(cut) > UNSEEN_FIELDS * len(page.fields):
        raise PageNotLocated(
            "page_incomplete",
            f"{len(cut)} of {len(page.fields)} numbers of page {page.number} lie outside the "
            f"picture ({', '.join(cut[:3])}{', ...' if len(cut) > 3 else ''})",
            "retake with the whole sheet in view",
            {
                "variant": "fields",
                "page": page.number,
                "found": len(page.fields) - len(cut),
                "needed": len(page.fields),
                "fields": " ".join(cut[:3]),
            },
        )


def in_view(
    location: PageLocation, rects: Sequence[Rect], size: tuple[int, int]
) -> tuple[bool, ...]:
    """Of each rectangle whether all of it lies inside a picture of this width and height."""
    quads = location.project(np.vstack([rect_corners(rect) for rect in rects])).reshape(-1, 4, 2)
    inside = (quads >= -0.5) & (quads <= np.array(size) - 0.5)
    return tuple(bool(quad.all()) for quad in inside)


def _marks_do_not_fit(named: Candidate) -> PageNotLocated:
    count = len(named.page.fiducials)
    return PageNotLocated(
        "page_incomplete",
        f"found corner marks of {named.name}, which do not fit its tag and print",
        "flatten the sheet and retake with all four corners in view",
        {
            "variant": "misfit",
            "form": named.form.id,
            "page": named.page.number,
            "found": count,
            "needed": count,
        },
    )
