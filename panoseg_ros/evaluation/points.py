"""A bundle scored on points that people marked in real photographs.

A point counts right in its class if the network's label is one of those accepted, and right
in its group if the label's group is that of one of those accepted. Points with nothing
accepted (void, unsure, other) are left out, see `point_file`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import Bundle
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.environment import SCORED_IN, name_runtime
from panoseg_ros.evaluation.fitting import at_size
from panoseg_ros.evaluation.point_file import GROUP_OF, Point, read_points
from panoseg_ros.evaluation.point_split import place_of
from panoseg_ros.evaluation.point_views import View, open_view
from panoseg_ros.evaluation.watching import Watch, unwatched
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.inference import load_backend
from panoseg_ros.labels import LabelSet, load_label_set
from panoseg_ros.metrics.points import GROUPS

GROUP_NAMES = tuple(GROUPS)
BAND_DEG = 15.0  # of the elevation prior


class Scored(NamedTuple):
    """One point with what the network and the prior said.

    Convention: `label` and `at_px`, where the panorama of the network shows the point (right,
    down), are None where it does not reach.
    """

    image: str
    place: str
    kind: str
    point: Point
    elevation_deg: float
    label: str | None
    at_px: tuple[float, float] | None = None

    @property
    def class_right(self) -> bool:
        """Return whether the label is one of those accepted."""
        return self.label in self.point.accept

    @property
    def group_right(self) -> bool:
        """Return whether the label's group is that of one accepted."""
        return self.accepts(GROUP_OF.get(self.label or ''))

    def accepts(self, group: str | None) -> bool:
        """Return whether a group is that of one accepted label."""
        return group in {GROUP_OF[name] for name in self.point.accept}


class PointRun(NamedTuple):
    """All points of one half, scored; `left_out` says why for images that could not be.

    `views` holds what the network saw and said, (H, W, 3) uint8 RGB and (H, W) uint8 class ids,
    by image, where they were kept.
    """

    scored: tuple[Scored, ...]
    how: Mapping[str, str]  # image -> how it became a panorama
    left_out: Mapping[str, str]
    facts: Mapping[str, Any]
    views: Mapping[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]]


def evaluate_points(
    bundle: Bundle,
    images: Path,
    points: Path,
    half: str,
    *,
    backend: str = 'auto',
    threads: int = 0,
    precision: str = SCORED_IN,
    size: tuple[int, int] | None = None,
    keep_views: bool = False,
    watch: Watch = unwatched,
) -> PointRun:
    """Run a bundle on the photographs of one half and look its labels up at their points.

    Args:
        bundle: the model; it must have the 19 Cityscapes classes.
        images: folder of the photographs.
        points: the file of points.
        half: dev or test. The test half is for the last figure only.
        backend: runtime, see `inference.load_backend`.
        threads: CPU threads of the network, 0 for one per core.
        precision: of the network on a GPU, see `inference.load_backend`.
        size: height and width to run at instead of the bundle's, by torch.
        keep_views: what the network saw, too, for a page.
        watch: shows progress.

    Raises:
        DatasetError: if the points or a photograph are missing or malformed, or the bundle
            has other classes.
        CameraError: if a calibration does not fit.
        BackendError: if the bundle cannot run, or not at that size.
    """
    label_set = load_label_set(bundle.label_set)
    _check_classes(label_set, bundle.name)
    chosen = read_points(points, half)
    bundle = at_size(bundle, size)
    runtime = load_backend(bundle, 'torch' if size else backend, threads, precision=precision)
    names = watch(list(chosen), 'scoring', len(chosen))
    scored: list[Scored] = []
    how, left_out, views, nowhere = {}, {}, {}, 0
    for name in names:
        view = open_view(images, name, bundle.geometry)
        if view is None:
            left_out[name] = 'nobody says what part of the sphere it shows'
            continue
        how[name] = view.how
        labels = runtime.segment(view.image)[0]
        if keep_views:
            views[name] = (view.image, labels)
        found = list(_look_up(name, chosen[name], view, labels, bundle.geometry, label_set))
        nowhere += len(chosen[name]) - len(found)
        scored += found
    facts = {
        'bundle': bundle.name,
        'width': bundle.input.width,
        'height': bundle.input.height,
        'runtime': name_runtime(runtime),
        'label set': label_set.name,
        'half': half,
        'resized': size is not None,
        'points without a direction': nowhere,
    }
    return PointRun(tuple(scored), how, left_out, facts, views)


def _look_up(
    image: str,
    points: Sequence[Point],
    view: View,
    labels: NDArray[np.uint8],
    geometry: PanoramaGeometry,
    label_set: LabelSet,
) -> Iterator[Scored]:
    """Yield the points of one photograph with the labels of the nearest panorama pixels.

    Points where the calibration of their lens ends have no direction and are left out.
    """
    if not points:
        return
    scene = place_of(image)
    rays = view.rays(np.array([(p.x + 0.5, p.y + 0.5) for p in points]))  # (N, 3)
    elevation_deg = np.rad2deg(np.arctan2(rays[:, 2], np.hypot(rays[:, 0], rays[:, 1])))
    for point, at, elevation in zip(points, geometry.pixels(rays), elevation_deg, strict=True):
        if np.isnan(elevation):
            continue
        label, place = None, None
        if not np.isnan(at).any():
            place = (float(at[0]), float(at[1]))
            row = min(int(at[1]), geometry.height - 1)
            found = int(labels[row, min(int(at[0]), geometry.width - 1)])
            label = None if found == UNLABELLED else label_set.classes[found].name
        yield Scored(image, scene.name, scene.kind, point, float(elevation), label, place)


class ElevationPrior:
    """The most frequent group of each 15 degrees of elevation: what needs no picture at all.

    Args:
        fitted: points to count.
    """

    def __init__(self, fitted: Iterable[Scored]) -> None:
        bands = int(180.0 / BAND_DEG)
        counts = np.zeros((bands, len(GROUP_NAMES)))
        for entry in fitted:
            counts[_band(entry.elevation_deg), GROUP_NAMES.index(entry.point.group)] += 1
        if not counts.any():
            raise DatasetError('the elevation prior needs at least one point of another place')
        # A band without points takes the most frequent group of all.
        lean = counts + 1e-6 * counts.sum(0)
        self._groups: list[str] = [GROUP_NAMES[i] for i in lean.argmax(1)]

    def __call__(self, elevation_deg: float) -> str:
        """Return the group that an elevation suggests."""
        return self._groups[_band(elevation_deg)]


def prior_verdicts(run: PointRun) -> NDArray[np.bool_]:
    """Return for every point (N,) whether the elevation prior finds its group.

    The prior of a point is fitted to the random points of all outdoor panoramas of other
    places of the same half. Without any it finds nothing.
    """
    verdicts = np.zeros(len(run.scored), np.bool_)
    for place in {entry.place for entry in run.scored}:
        others = [
            entry
            for entry in run.scored
            if entry.place != place and entry.kind == 'outdoor panorama' and not entry.point.placed
        ]
        if not others:
            continue
        prior = ElevationPrior(others)
        for index, entry in enumerate(run.scored):
            if entry.place == place:
                verdicts[index] = entry.accepts(prior(entry.elevation_deg))
    return verdicts


def _band(elevation_deg: float) -> int:
    return min(int((elevation_deg + 90.0) / BAND_DEG), int(180.0 / BAND_DEG) - 1)


def _check_classes(label_set: LabelSet, bundle: str) -> None:
    names = [cls.name for cls in label_set.classes]
    odd = [name for name in names if name not in GROUP_OF]
    if odd or len(names) != len(GROUP_OF):
        raise DatasetError(
            f'bundle {bundle} has label set {label_set.name}, '
            f'but the points are of the 19 classes of cityscapes19'
        )
