"""The photographer: a flat picture of a page becomes a photo, and the truth comes with it."""

import struct
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import Corner
from digitizer.domain.geometry import Size
from digitizer.synth import light as optics
from digitizer.synth.light import BlurKind, Light, Surface
from digitizer.synth.sheet import BOX_MM, PageToPhoto, Pose, page_grid, place_sheet
from digitizer.synth.strokes import Image

STROKE: Final = 1.1 / 18
"""The width of a pen's stroke as a share of the digit box: blur is stated in strokes."""

MESSENGER_LONG_SIDE: Final = 1600
MESSENGER_JPEG: Final = 60

_MESH_STEP: Final = 8


@dataclass(frozen=True, slots=True)
class CameraParams:
    """Everything the photographer decides.

    Attributes:
        box_px: the smallest digit box of the page in the photo, before any messenger, in pixels.
        blur: standard deviation of the blur, in strokes; a stroke is `STROKE` of the box.
        shadow: share of the light a shadow takes; 0 for none.
        uneven: share of the light missing at the dimmest side.
        cast: gains of blue, green and red.
        noise: of the sensor at mid grey, in grey levels.
        glare: 0 for none, 1 for a burnt-out spot.
        hidden_corner: covered by a thumb.
        margin: of background around the page, as a share of its size; negative cuts the page.
        turns: quarter turns clockwise of the picture as shown.
        exif_turns: quarter turns clockwise left to the viewer by the EXIF orientation.
        messenger: sent through a messenger, which scales, recompresses and drops EXIF.
    """

    pose: Pose
    box_px: float
    blur: float
    blur_kind: BlurKind = "defocus"
    shadow: float = 0.0
    uneven: float = 0.1
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    noise: float = 2.0
    glare: float = 0.0
    hidden_corner: Corner | None = None
    surface: Surface = "wall"
    margin: float = 0.04
    turns: int = 0
    exif_turns: int = 0
    jpeg_quality: int = 85
    messenger: bool = False


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo and its truth.

    Attributes:
        jpeg: the file's bytes.
        image: what a viewer shows: the decoded bytes after the EXIF turn.
        truth: from page millimetres to pixels of `image`.
    """

    jpeg: bytes
    image: Image
    truth: PageToPhoto


def photograph(
    page: Image,
    size: Size,
    *,
    params: CameraParams,
    rng: np.random.Generator,
    box_mm: float = BOX_MM,
) -> Shot:
    """Photograph a flat picture of a page that measures `size` millimetres.

    The digit box that `params.box_px` speaks of measures `box_mm` on the paper. The same arguments
    and seed give the same bytes.
    """
    truth, (width, height) = _frame(size, params, box_mm)
    scene = optics.background(params.surface, width, height, rng)
    scene = _with_sheet(scene, page, truth, size)
    if params.hidden_corner is not None:
        scene = _with_thumb(scene, truth, size, params.hidden_corner)
    scene = optics.uneven_light(scene, params.uneven, rng)
    if params.shadow > 0:
        scene = optics.shadow_edge(scene, params.shadow, rng)
    if params.glare > 0:
        place = truth.project(rng.uniform(0.25, 0.75, (1, 2)) * (size.width, size.height))[0]
        radius = rng.uniform(0.06, 0.12) * max(width, height)
        scene = optics.glare_spot(scene, params.glare, (place[0], place[1]), radius)
    scene = optics.blur(scene, params.blur_kind, params.blur * STROKE * params.box_px, rng)
    picture = optics.sensor(scene, params.cast, params.noise, rng)
    picture, truth = turned(picture, truth, params.turns)
    return _developed(picture, truth, params)


def turned(picture: Image, truth: PageToPhoto, turns: int) -> tuple[Image, PageToPhoto]:
    """The picture turned clockwise by quarter turns, and the truth with it."""
    for _ in range(turns % 4):
        height = picture.shape[0]
        picture = np.ascontiguousarray(np.rot90(picture, -1))
        truth = truth.then(np.array([[0, -1, height - 1], [1, 0, 0], [0, 0, 1.0]]))
    return picture, truth


def _frame(size: Size, params: CameraParams, box_mm: float) -> tuple[PageToPhoto, tuple[int, int]]:
    """Place the sheet and cut the picture around it."""
    truth = place_sheet(size, params.pose, params.box_px, box_mm)
    outline = truth.project(page_grid(size, 9, 13))
    low, high = outline.min(axis=0), outline.max(axis=0)
    edge = params.margin * (high - low)
    low, high = low - edge, high + edge
    width, height = (int(np.ceil(side)) for side in high - low)
    shift = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1.0]])
    return truth.then(shift), (width, height)


def _with_sheet(scene: Light, page: Image, truth: PageToPhoto, size: Size) -> Light:
    """The page laid into the scene along the true mapping."""
    height, width = scene.shape[:2]
    page_scale = page.shape[1] / size.width
    source = _page_map(truth, width, height)
    # A pixel's centre is half a pixel in from the page's edge.
    maps = (source * page_scale - 0.5).astype(np.float32)
    pixel_mm = _pixel_mm(truth, size)
    shrink = page_scale * pixel_mm
    paper = page if shrink < 1.2 else cv2.GaussianBlur(page, (0, 0), 0.35 * shrink)
    x, y = np.ascontiguousarray(maps[:, :, 0]), np.ascontiguousarray(maps[:, :, 1])
    sheet = cv2.remap(paper, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = np.minimum.reduce(
        [
            source[:, :, 0],
            source[:, :, 1],
            size.width - source[:, :, 0],
            size.height - source[:, :, 1],
        ]
    )
    cover = np.clip(inside / pixel_mm + 0.5, 0, 1)[:, :, None]
    reach = size.height / 150
    shade = 1 - 0.35 * np.exp(-np.square(np.minimum(inside, 0) / reach))[:, :, None]
    white = np.array([0.93, 0.94, 0.945], np.float32)
    return np.asarray(scene * shade * (1 - cover) + sheet * white * cover, np.float32)


def _pixel_mm(truth: PageToPhoto, size: Size) -> float:
    """Millimetres of paper that one pixel covers in the middle of the page."""
    x, y, step = size.width / 2, size.height / 2, size.height / 50
    corners = truth.project(np.array([[x, y], [x + step, y], [x, y + step]]))
    (ax, ay), (bx, by) = corners[1] - corners[0], corners[2] - corners[0]
    return step / float(np.sqrt(abs(ax * by - ay * bx)))


def _page_map(truth: PageToPhoto, width: int, height: int) -> NDArray[np.float32]:
    """For every pixel the page point it shows, (height, width, 2) float32 millimetres."""
    step = _MESH_STEP
    columns, rows = width // step + 3, height // step + 3
    # Nodes sit where resizing by `step` expects the centres of the coarse pixels.
    x = (np.arange(columns) - 0.5) * step - 0.5
    y = (np.arange(rows) - 0.5) * step - 0.5
    nodes = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    coarse = truth.page_points(nodes).reshape(rows, columns, 2).astype(np.float32)
    # Linear, because OpenCV's cubic does not keep straight ramps straight.
    fine = cv2.resize(coarse, (columns * step, rows * step), interpolation=cv2.INTER_LINEAR)
    return np.asarray(fine[step : step + height, step : step + width])


def _with_thumb(scene: Light, truth: PageToPhoto, size: Size, corner: Corner) -> Light:
    """A thumb over one corner mark."""
    x = size.width * (0.97 if "right" in corner else 0.03)
    y = size.height * (0.98 if "bottom" in corner else 0.02)
    ends = truth.project(np.array([[x, y], [size.width / 2, size.height / 2]]))
    outward = ends[0] - ends[1]
    away = outward / np.linalg.norm(outward)
    radius = 0.07 * float(np.linalg.norm(outward))
    middle = ends[0] + away * radius * 1.2
    axes = (int(radius * 2.6), int(radius))
    angle = float(np.degrees(np.arctan2(away[1], away[0])))
    mask = np.zeros(scene.shape[:2], np.uint8)
    place = (int(middle[0]), int(middle[1]))
    cv2.ellipse(mask, place, axes, angle, 0, 360, 255, -1, cv2.LINE_AA)
    cover = cv2.GaussianBlur(mask, (0, 0), max(1.0, radius / 25)).astype(np.float32) / 255
    skin = np.array([96, 126, 172], np.float32)
    return np.asarray(scene + cover[:, :, None] * (skin - scene), np.float32)


def _developed(picture: Image, truth: PageToPhoto, params: CameraParams) -> Shot:
    if not params.messenger:
        jpeg = _jpeg(turned(picture, truth, -params.exif_turns)[0], params)
        return Shot(jpeg, _decoded(jpeg), truth)
    first = _decoded(_jpeg(picture, params))
    height, width = first.shape[:2]
    scale = min(1.0, MESSENGER_LONG_SIDE / max(width, height))
    small_size = (round(width * scale), round(height * scale))
    small = cv2.resize(first, small_size, interpolation=cv2.INTER_AREA)
    sx, sy = small_size[0] / width, small_size[1] / height
    shrink = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1.0]])
    ok, coded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, MESSENGER_JPEG])
    assert ok  # noqa: S101 - encoding a valid array to memory cannot fail
    jpeg = coded.tobytes()
    return Shot(jpeg, _decoded(jpeg), truth.then(shrink))


def _jpeg(picture: Image, params: CameraParams) -> bytes:
    quality = [cv2.IMWRITE_JPEG_QUALITY, params.jpeg_quality]
    turns = params.exif_turns % 4
    if params.messenger or turns == 0:
        _, coded = cv2.imencode(".jpg", picture, quality)
        return coded.tobytes()
    orientation = {1: 6, 2: 3, 3: 8}[turns]
    tag = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    _, coded = cv2.imencodeWithMetadata(
        ".jpg",
        picture,
        [cv2.IMAGE_METADATA_EXIF],
        [np.frombuffer(tag, np.uint8)],
        quality,
    )
    return np.asarray(coded, np.uint8).tobytes()


def _decoded(jpeg: bytes) -> Image:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(picture, np.uint8)
