"""The compiled passes that write points of clouds: x, y, z and a word of 4 bytes each."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.ground.paint import across
from panoseg_ros.ground.rays import LATTICE_STEP
from panoseg_ros.ground.trace import Feet


@compiled(error_model='numpy')
def mark_points(
    feet: Feet,
    pairs: NDArray[np.int32],
    words: NDArray[np.int32],
    along: NDArray[np.float64],
    cell_m: float,
    turn: NDArray[np.float64],
    below_m: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return points (P, 4) in every cell that `paint_feet` and `join_feet` mark.

    Args:
        feet: settled, of F.
        pairs: (J, 2) of feet that are joined, see `neighbours`.
        words: (F,) last four bytes of the points of every foot.
        along: (K, 2) unit direction of every ray.
        cell_m: side of a cell.
        turn: (3, 3) to the frame of the points.
        below_m: (3,) point below the camera at the height of the points, before that turn.
    """
    spread = 2.0 * np.pi / len(along)
    points = np.empty((_number_of_marks(feet, pairs, spread), 4), np.float32)
    count = 0
    for f in range(len(feet.ray)):
        length = feet.end[f] - feet.begin[f]
        steps = max(1, int(np.ceil(length / LATTICE_STEP)))
        for n in range(steps):
            reach = feet.begin[f] + length * n / steps
            aside = across(reach, spread)
            for i in range(aside):
                offset = spread * ((i + 0.5) / aside - 0.5)
                at = points[count]
                _put(at, reach * cell_m, offset, along[feet.ray[f]], turn, below_m)
                at.view(np.int32)[3] = words[f]
                count += 1
    for j in range(len(pairs)):
        f = pairs[j, 0]
        length = feet.begin[pairs[j, 1]] - feet.begin[f]
        steps = int(np.ceil(abs(length) / LATTICE_STEP))
        for i in range(steps):
            part = (i + 0.5) / steps
            reach = feet.begin[f] + part * length
            at = points[count]
            _put(at, reach * cell_m, spread * part, along[feet.ray[f]], turn, below_m)
            at.view(np.int32)[3] = words[f]
            count += 1
    return points


@compiled(error_model='numpy')
def _number_of_marks(feet: Feet, pairs: NDArray[np.int32], spread: float) -> int:
    count = 0
    for f in range(len(feet.ray)):
        length = feet.end[f] - feet.begin[f]
        steps = max(1, int(np.ceil(length / LATTICE_STEP)))
        for n in range(steps):
            count += across(feet.begin[f] + length * n / steps, spread)
    for j in range(len(pairs)):
        length = feet.begin[pairs[j, 1]] - feet.begin[pairs[j, 0]]
        count += int(np.ceil(abs(length) / LATTICE_STEP))
    return count


@compiled(inline='always')
def _put(
    at: NDArray[np.float32],
    reach_m: float,
    offset: float,
    along: NDArray[np.float64],
    turn: NDArray[np.float64],
    below_m: NDArray[np.float64],
) -> None:
    """Fill x, y, z of the point at a range, a small angle to the left of a ray."""
    x = below_m[0] + reach_m * (along[0] - along[1] * offset)
    y = below_m[1] + reach_m * (along[1] + along[0] * offset)
    for i in range(3):
        at[i] = turn[i, 0] * x + turn[i, 1] * y + turn[i, 2] * below_m[2]


@compiled(error_model='numpy')
def pixel_points(
    labels: NDArray[np.uint8],
    confidence: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    directions: NDArray[np.float32],
    below: NDArray[np.bool_],
    is_ground: NDArray[np.bool_],
    least: int,
    turn: NDArray[np.float32],
    camera_m: tuple[np.float32, np.float32, np.float32],
    up: tuple[np.float32, np.float32, np.float32],
    height_m: np.float32,
    lowest: np.float32,
    points: NDArray[np.float32],
) -> None:
    """Fill x, y, z of ground pixels, NaN of the others, and their label and confidence.

    Args:
        labels: (H, W).
        confidence: (H, W).
        valid: (H, W).
        directions: (H, W, 3) unit rays of the pixels.
        below: (H,) rows that may hold ground.
        is_ground: (256,) by label.
        least: ground of less confidence has no place.
        turn: (3, 3) from the frame of the directions to that of the points.
        camera_m: x, y, z in the frame of the points.
        up: vertical in the frame of the directions.
        height_m: of the camera above the ground.
        lowest: sine of the elevation above which ground is left out.
        points: (H, W, 4).
    """
    rows, columns = labels.shape
    words, nowhere = points.view(np.int32), np.float32(np.nan)
    x0, y0, z0 = camera_m  # read once: what is written may lie where they do, for all LLVM knows
    xx, xy, xz = turn[0, 0], turn[0, 1], turn[0, 2]
    yx, yy, yz = turn[1, 0], turn[1, 1], turn[1, 2]
    zx, zy, zz = turn[2, 0], turn[2, 1], turn[2, 2]
    up_x, up_y, up_z = up
    for v in range(rows):
        for u in range(columns):
            label, sure = labels[v, u], confidence[v, u]
            place = (nowhere, nowhere, nowhere)
            if below[v] and is_ground[label] and sure >= least and valid[v, u]:
                x, y, z = directions[v, u, 0], directions[v, u, 1], directions[v, u, 2]
                rise = x * up_x + y * up_y + z * up_z
                if rise < lowest:
                    length_m = -height_m / rise
                    place = (
                        x0 + length_m * (xx * x + xy * y + xz * z),
                        y0 + length_m * (yx * x + yy * y + yz * z),
                        z0 + length_m * (zx * x + zy * y + zz * z),
                    )
            points[v, u, 0], points[v, u, 1], points[v, u, 2] = place
            words[v, u, 3] = np.int32(label) | np.int32(sure) << np.int32(8)
