"""The tags of known pages in a photo, largest first: the first names the page."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from digitizer.domain.form import FormSpec, PageSpec, TagSpec
from digitizer.errors import PageNotLocated
from digitizer.vision.blank import Atlas
from digitizer.vision.flatten import Pyramid
from digitizer.vision.ink import GreyImage
from digitizer.vision.sight import Miss, Sight, Sighting
from digitizer.vision.tags import FoundTag, find_tags, known_ids, unknown_tag

TAG_SIDE: Final = 1000
"""A tag is sought first with the photo at this longer side."""

LARGEST_TAG_SIDE: Final = 3000
"""At larger sizes than this no tag is sought: digit boxes would be too small to read."""

_Known = Mapping[tuple[str, int], tuple[FormSpec, PageSpec, TagSpec]]
"""Pages with a tag, by its dictionary and number."""


def seen_tags(sight: Sight, atlas: Atlas) -> tuple[Sighting, ...] | Miss:
    """The tags seen at the first size of the photo at which any is; those of all known forms.

    Where only a few forms are looked for, a photo whose largest tag is that of another is none of
    them.
    """
    known = _known(atlas)
    other: int | None = None
    for grey, scale in _tag_sizes(sight.pyramid):
        found, squares = find_tags(grey, known_ids(known))
        if found:
            first = known[found[0].dictionary, found[0].id][0]
            if all(form.id != first.id for form in atlas.forms):
                return Miss(_unknown_tag(found[0].id))
            return tuple(_sighting(tag.at_scale(scale), known) for tag in found)
        if other is None:
            other = unknown_tag(grey, squares)
    return Miss(_no_tag() if other is None else _unknown_tag(other))


def tags_close_up(sight: Sight, atlas: Atlas) -> tuple[Sighting, ...]:
    """The tags seen at the largest size at which any is sought, where small ones are legible."""
    known = _known(atlas)
    *_, (grey, scale) = _tag_sizes(sight.pyramid)
    found, _ = find_tags(grey, known_ids(known))
    return tuple(_sighting(tag.at_scale(scale), known) for tag in found)


def _known(atlas: Atlas) -> _Known:
    # Where two forms carry one tag, that of the few which are looked for counts.
    return {
        (page.tag.dictionary, page.tag.id): (form, page, page.tag)
        for form, page in (*atlas.whole.pages, *atlas.pages)
        if page.tag is not None
    }


def _sighting(tag: FoundTag, known: _Known) -> Sighting:
    form, page, spec = known[tag.dictionary, tag.id]
    return Sighting(form, page, spec, np.asarray(np.roll(tag.corners, spec.turns, axis=0)))


def _tag_sizes(pyramid: Pyramid) -> Iterator[tuple[GreyImage, float]]:
    """The sizes at which a tag is sought: small ones are quick and tame noise and moiré."""
    yield pyramid.resized(TAG_SIDE)
    for grey, scale in pyramid.rising(TAG_SIDE + 1, LARGEST_TAG_SIDE):
        if max(grey.shape) > TAG_SIDE:
            yield grey, scale


def _unknown_tag(number: int) -> PageNotLocated:
    return PageNotLocated(
        "unknown_form",
        f"found tag {number}, which no known form carries",
        "add a form file for it, or send a photo of a known form",
        {"variant": "tag", "tag": number},
    )


def _no_tag() -> PageNotLocated:
    return PageNotLocated(
        "no_form",
        "found no tag",
        "send a photo of a whole page of C.HASIL",
        {"variant": "nothing"},
    )
