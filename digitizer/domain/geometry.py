"""Places on the printed page, in millimetres, origin top left, y down."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A point on the printed page, in millimetres."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Size:
    """A width and a height, in millimetres, both positive."""

    width: float
    height: float

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"size {self.width} x {self.height} mm must be positive")


@dataclass(frozen=True, slots=True)
class Rect:
    """An upright rectangle on the printed page, in millimetres, with positive sides."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"rectangle sides {self.width} x {self.height} mm must be positive")

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> Point:
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """Top left, top right, bottom right, bottom left."""
        return (
            Point(self.x, self.y),
            Point(self.right, self.y),
            Point(self.right, self.bottom),
            Point(self.x, self.bottom),
        )

    def grown(self, margin: float) -> "Rect":
        """The same rectangle with `margin` millimetres added on every side (negative shrinks)."""
        return Rect(
            self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin
        )

    def overlaps(self, other: "Rect", tolerance: float = 0.0) -> bool:
        """Whether the two share more than `tolerance` millimetres in both directions."""
        return (
            min(self.right, other.right) - max(self.x, other.x) > tolerance
            and min(self.bottom, other.bottom) - max(self.y, other.y) > tolerance
        )

    def holds(self, point: Point) -> bool:
        """Whether the point lies in the rectangle, its edge included."""
        return self.x <= point.x <= self.right and self.y <= point.y <= self.bottom

    def inside(self, size: Size) -> bool:
        """Whether the rectangle lies wholly on a page of this size."""
        return (
            self.x >= 0 and self.y >= 0 and self.right <= size.width and self.bottom <= size.height
        )


def bounding_rect(rects: Iterable[Rect]) -> Rect:
    """The smallest upright rectangle around all `rects`; there must be at least one."""
    boxes = tuple(rects)
    left = min(rect.x for rect in boxes)
    top = min(rect.y for rect in boxes)
    return Rect(
        left,
        top,
        max(rect.right for rect in boxes) - left,
        max(rect.bottom for rect in boxes) - top,
    )
