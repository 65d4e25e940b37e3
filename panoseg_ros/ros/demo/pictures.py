"""The demo's pictures: what belongs to one moment, put side by side; free of ROS."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import RosError
from panoseg_ros.evaluation import pictures
from panoseg_ros.evaluation.pictures import Picture
from panoseg_ros.labels import LabelSet

_WAITING = 24  # moments that may be incomplete at a time


class Costs(NamedTuple):
    """A combined costmap as it was received."""

    cells: NDArray[np.int8]  # (N, M), [y, x]
    resolution_m: float
    origin_xy_m: tuple[float, float]


class Snapshot(NamedTuple):
    """Everything that the node said about one image."""

    stamp_ns: int
    panorama: Picture  # (H, W, 3)
    overlay: Picture  # (H, W, 3)
    mask: NDArray[np.uint8]  # (H, W) class ids
    costs: Costs
    pose: tuple[float, float, float]  # x, y in metres and yaw in radians


class SnapshotCollector:
    """Puts messages of the same stamp together, in whatever order they come."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[int, dict[str, Any]] = OrderedDict()

    def add(self, stamp_ns: int, part: str, value: Any) -> Snapshot | None:
        """Add one field of a `Snapshot`; returns it when it is complete."""
        parts = self._waiting.setdefault(stamp_ns, {})
        parts[part] = value
        if len(parts) == len(Snapshot._fields) - 1:
            del self._waiting[stamp_ns]
            return Snapshot(stamp_ns, **parts)
        while len(self._waiting) > _WAITING:
            self._waiting.popitem(last=False)
        return None


def draw_costmap(snapshot: Snapshot, size_px: int) -> Picture:
    """Return the costmap from above with the robot in it, (size, size, 3)."""
    costs = snapshot.costs
    return pictures.draw_costs(
        costs.cells, costs.resolution_m, costs.origin_xy_m, snapshot.pose, size_px
    )


def compose(
    snapshot: Snapshot, label_set: LabelSet, ids: Iterable[int], width: int = 1024
) -> Picture:
    """Return panorama, overlay and legend on the left, the costmap from above on the right.

    Args:
        snapshot: one moment.
        label_set: names and colours of the legend.
        ids: classes in the legend, the same for all pictures of a video.
        width: of the panorama in the picture.
    """
    panorama = pictures.fit(snapshot.panorama, width=width)
    overlay = pictures.fit(snapshot.overlay, width=width)
    left = pictures.stack([panorama, overlay, pictures.draw_legend(label_set, ids, width)])
    size_px = panorama.shape[0] + overlay.shape[0] + 6
    right = [draw_costmap(snapshot, size_px), pictures.draw_cost_legend(size_px)]
    return pictures.beside([left, pictures.stack(right)])


def classes_in(snapshots: Iterable[Snapshot]) -> list[int]:
    """Return the ids that occur in the masks."""
    seen: set[int] = set()
    for snapshot in snapshots:
        seen.update(np.unique(snapshot.mask).tolist())
    return sorted(seen)


def save_pictures(snapshot: Snapshot, label_set: LabelSet, folder: Path) -> list[Path]:
    """Write panorama, overlay with legend, costmap and all of them side by side as PNG.

    Returns:
        The files.

    Raises:
        RosError: naming the file that cannot be written.
    """
    ids = classes_in([snapshot])
    legend = pictures.draw_legend(label_set, ids, 1024)
    costmap = draw_costmap(snapshot, 800)
    sheets = {
        'panorama': snapshot.panorama,
        'overlay': pictures.stack([pictures.fit(snapshot.overlay, width=1024), legend]),
        'costmap': pictures.stack([costmap, pictures.draw_cost_legend(costmap.shape[1])]),
        'side_by_side': compose(snapshot, label_set, ids),
    }
    return [_save(folder / f'{name}.png', sheet) for name, sheet in sheets.items()]


def film(snapshots: Sequence[Snapshot], label_set: LabelSet) -> Iterable[Picture]:
    """Yield one small sheet of the same size per moment."""
    ids = classes_in(snapshots)
    return (compose(snapshot, label_set, ids, 640) for snapshot in snapshots)


def _save(path: Path, picture: Picture) -> Path:
    if not cv2.imwrite(str(path), np.ascontiguousarray(picture[..., ::-1])):
        raise RosError(f'{path}: cannot be written')
    return path
