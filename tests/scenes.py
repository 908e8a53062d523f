"""Pictures that are no sheet of a form at all: noise, faces of buildings, QR codes."""

import cv2
import numpy as np

from digitizer.synth.strokes import Image

WIDTH, HEIGHT = 1200, 1600


def noise(rng: np.random.Generator) -> Image:
    """Coloured noise, coarse and fine."""
    scene = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for step in (4, 16, 64, 256):
        small = rng.normal(0, 1, (HEIGHT // step + 2, WIDTH // step + 2, 3)).astype(np.float32)
        large = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        scene += large * float(rng.uniform(8, 45))
    return np.clip(scene + rng.uniform(80, 170, 3), 0, 255).astype(np.uint8)


def building(rng: np.random.Generator) -> Image:
    """A wall with rows of windows, each a dark frame with panes."""
    wall = np.asarray(np.clip(noise(rng) * 0.12 + rng.uniform(120, 200, 3), 0, 255), np.uint8)
    columns, rows = int(rng.integers(3, 9)), int(rng.integers(4, 13))
    pitch_x, pitch_y = WIDTH / columns, HEIGHT / rows
    share_x, share_y = rng.uniform(0.4, 0.75, 2)
    glass = [int(shade) for shade in rng.uniform(20, 110, 3)]
    frame = [int(shade) for shade in rng.uniform(180, 250, 3)]
    for row in range(rows):
        for column in range(columns):
            x, y = round((column + 0.15) * pitch_x), round((row + 0.15) * pitch_y)
            right, bottom = round(x + share_x * pitch_x), round(y + share_y * pitch_y)
            shade = [min(255, int(part * rng.uniform(0.6, 1.5))) for part in glass]
            cv2.rectangle(wall, (x, y), (right, bottom), shade, -1)
            cv2.rectangle(wall, (x, y), (right, bottom), frame, 7)
            middle = (x + right) // 2
            cv2.line(wall, (middle, y), (middle, bottom), frame, 5)
    return wall


def bricks(rng: np.random.Generator) -> Image:
    """A wall of bricks, every second row shifted by half a brick."""
    mortar = rng.uniform(150, 210)
    wall = np.full((HEIGHT, WIDTH, 3), mortar, np.uint8)
    height, width = int(rng.integers(40, 90)), int(rng.integers(110, 220))
    gap = max(4, height // 9)
    tint = np.array([60, 80, 150]) * rng.uniform(0.7, 1.2)
    for row, y in enumerate(range(0, HEIGHT, height)):
        for x in range(-(row % 2) * width // 2, WIDTH, width):
            shade = [int(part) for part in np.clip(tint * rng.uniform(0.8, 1.2), 0, 255)]
            cv2.rectangle(wall, (x, y), (x + width - gap, y + height - gap), shade, -1)
    grain = rng.normal(0, 7, wall.shape)
    return np.clip(wall + grain, 0, 255).astype(np.uint8)


def qr_codes(rng: np.random.Generator) -> Image:
    """A sheet with one to six QR codes on it."""
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    across, down = ((1, 1), (2, 2), (2, 3))[int(rng.integers(3))]
    cell_x, cell_y = WIDTH // across, HEIGHT // down
    side = int(0.72 * min(cell_x, cell_y))
    for row in range(down):
        for column in range(across):
            text = "".join(chr(97 + int(letter)) for letter in rng.integers(0, 26, 40))
            code = cv2.QRCodeEncoder.create().encode(text)
            code = cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)
            x = column * cell_x + (cell_x - side) // 2
            y = row * cell_y + (cell_y - side) // 2
            page[y : y + side, x : x + side] = code[:, :, None]
    return page
