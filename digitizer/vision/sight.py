"""What the methods of locating a page look at, and what they answer."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from digitizer.domain.form import FormSpec, PageSpec, TagSpec
from digitizer.domain.reading import Method
from digitizer.errors import PageNotLocated
from digitizer.vision.flatten import Pyramid
from digitizer.vision.mesh import Mesh
from digitizer.vision.photo import Photo
from digitizer.vision.plane import Matrix, Points


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A photo in grey at falling sizes; `size` is its width and height."""

    pyramid: Pyramid
    size: tuple[int, int]

    @classmethod
    def of(cls, photo: Photo) -> "Sight":
        grey = np.asarray(cv2.cvtColor(photo.image, cv2.COLOR_BGR2GRAY), np.uint8)
        return cls(Pyramid.of(grey), photo.size)


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """A tag seen in the picture that belongs to a page of a known form.

    Attributes:
        corners: (4, 2) of the printed square: top left, top right, bottom right, bottom left.
    """

    form: FormSpec
    page: PageSpec
    tag: TagSpec
    corners: Points

    @property
    def name(self) -> str:
        """The page in words."""
        return f"{self.form.id} page {self.page.number}"


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A place where a page may lie, not yet confirmed by its print.

    Attributes:
        homography: (3, 3) page millimetres to photo pixels.
        start: what is known of the paper's bend, or None.
        misfit_mm: root mean square distance on the page between what was found (marks, matches)
            and where the homography and `start` put it.
    """

    form: FormSpec
    page: PageSpec
    homography: Matrix
    start: Mesh | None
    misfit_mm: float
    method: Method

    @property
    def name(self) -> str:
        """The page in words."""
        return f"{self.form.id} page {self.page.number}"

    def moved(self, x: float, y: float) -> "Candidate":
        """The candidate in pixels of a photo of which it was found in a part that starts here."""
        shift = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
        return replace(self, homography=np.asarray(shift @ self.homography, np.float64))

    def at_full_size(self, scale: float) -> "Candidate":
        """The candidate in pixels of a photo of which it was found in a copy of this scale."""
        shift = 0.5 / scale - 0.5
        grown = np.array([[1 / scale, 0, shift], [0, 1 / scale, shift], [0, 0, 1]])
        return replace(self, homography=np.asarray(grown @ self.homography, np.float64))


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a method found nothing: the refusal that would be right if no other finds anything.

    Attributes:
        named: a tag that names a page although its place was not found, or None.
    """

    refusal: PageNotLocated
    named: Sighting | None = None
