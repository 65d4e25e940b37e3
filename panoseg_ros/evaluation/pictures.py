"""Pictures for people: classes in colour, a legend, a costmap seen from above.

Convention: pictures are (H, W, 3) uint8 RGB. A costmap is drawn with its +x axis up and
its +y axis to the left, as a driver sees it, so a robot of yaw 0 looks up.
"""

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.labels import LETHAL, LabelSet
from panoseg_ros.pictures.colouring import paint

Picture = NDArray[np.uint8]
PAPER, INK = (250, 250, 250), (30, 30, 30)
UNKNOWN_COLOR, FREE_COLOR = (125, 125, 125), (240, 240, 240)
LOW_COLOR, HIGH_COLOR, LETHAL_COLOR = (255, 226, 120), (235, 120, 20), (170, 10, 30)
ROBOT_COLOR = (20, 90, 200)
_FONT, _LINE_PX, _SWATCH_PX = cv2.FONT_HERSHEY_SIMPLEX, 22, 14


def colorize(labels: NDArray[np.uint8], label_set: LabelSet) -> Picture:
    """Return the class colours (H, W, 3) of labels (H, W); unlabelled is black."""
    return paint(labels, label_set.palette())


def draw_legend(label_set: LabelSet, ids: Iterable[int], width: int) -> Picture:
    """Return a strip (h, width, 3) with colour and name of these classes; others are left out."""
    entries = [
        (label_set.classes[i].color, label_set.classes[i].name)
        for i in sorted(set(ids))
        if i < len(label_set)
    ]
    return draw_entries(entries, width)


def draw_cost_legend(width: int) -> Picture:
    """Return a strip (h, width, 3) that explains the colours of `draw_costs`."""
    entries = [
        (UNKNOWN_COLOR, 'unknown'),
        (FREE_COLOR, 'free'),
        (LOW_COLOR, 'cost 1'),
        (HIGH_COLOR, 'cost 98'),
        (LETHAL_COLOR, 'lethal'),
        (ROBOT_COLOR, 'robot'),
    ]
    return draw_entries(entries, width)


def draw_entries(entries: Sequence[tuple[tuple[int, int, int], str]], width: int) -> Picture:
    """Return a strip (h, width, 3) of colour patches and names, wrapped into lines."""
    places, x, y = [], 6, 0
    for color, name in entries:
        needed = _SWATCH_PX + 6 + _text_width(name) + 14
        if x > 6 and x + needed > width:
            x, y = 6, y + _LINE_PX
        places.append((x, y, color, name))
        x += needed
    strip = np.full((y + _LINE_PX + 6, width, 3), PAPER, np.uint8)
    for x, y, color, name in places:
        low = (x + _SWATCH_PX, y + 6 + _SWATCH_PX)
        cv2.rectangle(strip, (x, y + 6), low, color, cv2.FILLED)
        cv2.rectangle(strip, (x, y + 6), low, INK, 1)
        write(strip, name, (x + _SWATCH_PX + 6, y + 5 + _SWATCH_PX))
    return strip


def write(picture: Picture, text: str, at: tuple[int, int]) -> None:
    """Write dark text into a picture; `at` (x, y) is the left end of its base line."""
    cv2.putText(picture, text, at, _FONT, 0.45, INK, 1, cv2.LINE_AA)


def _text_width(text: str) -> int:
    return int(cv2.getTextSize(text, _FONT, 0.45, 1)[0][0])


def cost_palette() -> NDArray[np.uint8]:
    """Return the colours (256, 3) of the costs -1..100, indexed by cost modulo 256."""
    palette = np.full((256, 3), UNKNOWN_COLOR, np.uint8)
    palette[0] = FREE_COLOR
    share = np.linspace(0.0, 1.0, LETHAL - 1)[:, None]  # (99, 1): costs 1..99
    palette[1:LETHAL] = (1.0 - share) * np.array(LOW_COLOR) + share * np.array(HIGH_COLOR)
    palette[LETHAL] = LETHAL_COLOR
    return palette


def draw_costs(
    costs: NDArray[np.int8],
    resolution_m: float,
    origin_xy_m: tuple[float, float],
    robot: tuple[float, float, float] | None = None,
    size_px: int = 512,
) -> Picture:
    """Return a costmap seen from above with a scale, (size, size, 3) for a square one.

    Args:
        costs: (N, M) int8 indexed [y, x], -1 unknown, 0 free, 1..100 cost.
        resolution_m: edge of a cell.
        origin_xy_m: outer corner of cell (0, 0).
        robot: x, y in metres and yaw in radians in the frame of the map, to be marked.
        size_px: longest edge of the picture.
    """
    colors = paint(costs.astype(np.uint8), cost_palette())
    return draw_cells(colors, resolution_m, origin_xy_m, robot, size_px)


def draw_cells(
    colors: NDArray[np.uint8],
    resolution_m: float,
    origin_xy_m: tuple[float, float],
    robot: tuple[float, float, float] | None = None,
    size_px: int = 512,
) -> Picture:
    """Return a grid of colours (N, M, 3), indexed [y, x], seen from above; see `draw_costs`."""
    rows, columns = colors.shape[:2]
    pixels_per_cell = size_px / max(rows, columns)
    up = np.swapaxes(colors, 0, 1)[::-1, ::-1]  # (M, N, 3), x up, y left
    size = (round(rows * pixels_per_cell), round(columns * pixels_per_cell))
    picture = np.asarray(cv2.resize(up, size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
    per_m = pixels_per_cell / resolution_m
    if robot is not None:
        x_m, y_m = robot[0] - origin_xy_m[0], robot[1] - origin_xy_m[1]
        _mark_robot(picture, (size[0] - y_m * per_m, size[1] - x_m * per_m), robot[2])
    _draw_scale(picture, per_m)
    return picture


def _mark_robot(picture: Picture, at: tuple[float, float], yaw_rad: float) -> None:
    arms = [(0.0, 12.0), (2.5, 9.0), (math.pi, 4.0), (-2.5, 9.0)]  # an arrow head
    points = [
        (at[0] - r * math.sin(yaw_rad + turn), at[1] - r * math.cos(yaw_rad + turn))
        for turn, r in arms
    ]
    cv2.fillPoly(picture, [np.round(points).astype(np.int32)], ROBOT_COLOR, cv2.LINE_AA)


def _draw_scale(picture: Picture, pixels_per_m: float) -> None:
    """Draw a bar of a round number of metres, about a quarter of the picture long."""
    wanted_m = picture.shape[1] / pixels_per_m / 4.0
    length_m = max((m for m in (1, 2, 5, 10, 20, 50, 100) if m <= wanted_m), default=1)
    x, y = 10, picture.shape[0] - 12
    cv2.line(picture, (x, y), (x + round(length_m * pixels_per_m), y), INK, 3)
    write(picture, f'{length_m} m', (x, y - 8))


def fit(picture: Picture, *, width: int = 0, height: int = 0) -> Picture:
    """Return the picture scaled to a width or to a height."""
    scale = width / picture.shape[1] if width else height / picture.shape[0]
    size = (width or round(picture.shape[1] * scale), height or round(picture.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how), dtype=np.uint8)


def stack(pictures: Sequence[Picture], gap_px: int = 6) -> Picture:
    """Return pictures of any width below each other, left-aligned on paper."""
    width = max(picture.shape[1] for picture in pictures)
    height = sum(p.shape[0] for p in pictures) + gap_px * (len(pictures) - 1)
    sheet = np.full((height, width, 3), PAPER, np.uint8)
    y = 0
    for picture in pictures:
        sheet[y : y + picture.shape[0], : picture.shape[1]] = picture
        y += picture.shape[0] + gap_px
    return sheet


def beside(pictures: Sequence[Picture], gap_px: int = 6) -> Picture:
    """Return pictures of any height next to each other, top-aligned on paper."""
    turned = stack([np.swapaxes(picture, 0, 1) for picture in pictures], gap_px)
    return np.ascontiguousarray(np.swapaxes(turned, 0, 1))


def to_png(picture: NDArray[np.uint8]) -> bytes:
    """Return values (H, W) or a picture (H, W, 3) RGB of few colours as a png file."""
    stored = picture[..., ::-1] if picture.ndim == 3 else picture
    return bytes(cv2.imencode('.png', np.ascontiguousarray(stored))[1])


def to_jpeg(picture: Picture) -> bytes:
    """Return a photograph (H, W, 3) RGB as a jpeg file."""
    stored = np.ascontiguousarray(picture[..., ::-1])
    return bytes(cv2.imencode('.jpg', stored, [cv2.IMWRITE_JPEG_QUALITY, 80])[1])
