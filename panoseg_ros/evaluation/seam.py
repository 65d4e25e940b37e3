"""How much a bundle's segmentation changes where a panorama is cut, with and without margin."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import Bundle
from panoseg_ros.datasets.reading import read_image
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.environment import SCORED_IN, name_runtime
from panoseg_ros.inference import load_backend
from panoseg_ros.metrics.seam import BAND_SHARE, SeamCounts, pooled, seam_counts, seam_gain

ASPECT_TOLERANCE = 0.01


class SeamReport(NamedTuple):
    """Counts per panorama and wrap margin (columns on each side)."""

    bundle: str
    width: int
    height: int
    band_px: int
    names: tuple[str, ...]
    counts: Mapping[int, Sequence[SeamCounts]]  # wrap_px -> one per panorama
    runtime: str

    def as_json(self) -> dict[str, Any]:
        """Return plain values: pooled shares per margin, and each panorama's."""
        margins = {
            str(wrap_px): {
                'seam': pooled(counts).seam,
                'interior': pooled(counts).interior,
                'seam_per_panorama': [count.seam for count in counts],
                'interior_per_panorama': [count.interior for count in counts],
            }
            for wrap_px, counts in self.counts.items()
        }
        figures: dict[str, Any] = {
            'bundle': self.bundle,
            'runtime': self.runtime,
            'size': [self.width, self.height],
            'band_px': self.band_px,
            'panoramas': list(self.names),
            'margins': margins,
        }
        if len(self.counts) > 1:
            figures['gain'] = [None if math.isnan(one) else one for one in self.gain()]
        return figures

    def gain(self) -> tuple[float, float, float]:
        """Return by how much the widest margin lowers the share at the cuts; see `seam_gain`."""
        margins = sorted(self.counts)
        return seam_gain(self.counts[margins[0]], self.counts[margins[-1]])


def measure_seam(
    bundle: Bundle,
    images: Iterable[tuple[str, NDArray[np.uint8]]],
    wrap_px: int | None = None,
    band_px: int | None = None,
    threads: int = 0,
) -> SeamReport:
    """Segment each panorama as it is and turned by half its width, without and with margin.

    Args:
        bundle: the model; its weights are run by torch, whose margin can be chosen.
        images: names and panoramas (H, W, 3) uint8 RGB of the bundle's input size.
        wrap_px: the margin to compare with none; the bundle's when None, W / 16 where it has
            none.
        band_px: columns on each side of a cut, W / 32 when None.
        threads: CPU threads of the network, 0 for one per core.

    Raises:
        DatasetError: if there is no panorama, or the margin is impossible.
        MetricsError: if the band is.
        BackendError: if the bundle cannot be run by torch.
    """
    spec = bundle.input
    wrap_px = spec.wrap_px or spec.width // 64 * 4 if wrap_px is None else wrap_px
    band_px = max(1, spec.width // BAND_SHARE) if band_px is None else band_px
    try:
        variants = {wrap: replace(spec, wrap_px=wrap) for wrap in sorted({0, wrap_px})}
    except ValueError as err:
        raise DatasetError(str(err)) from err
    runtimes = {
        wrap: load_backend(replace(bundle, input=variant), 'torch', threads, precision=SCORED_IN)
        for wrap, variant in variants.items()
    }
    counts: dict[int, list[SeamCounts]] = {wrap: [] for wrap in runtimes}
    names = []
    half = spec.width // 2
    for name, image in images:
        turned = np.ascontiguousarray(np.roll(image, half, 1))
        for wrap, runtime in runtimes.items():
            labels, other = runtime.segment(image)[0], runtime.segment(turned)[0]
            counts[wrap].append(seam_counts(labels, np.roll(other, -half, 1), band_px))
        names.append(name)
    if not names:
        raise DatasetError('the seam needs at least one panorama')
    size, ran_by = (spec.width, spec.height), name_runtime(runtimes[wrap_px])
    return SeamReport(bundle.name, *size, band_px, tuple(names), counts, ran_by)


def read_panorama(path: Path, bundle: Bundle) -> NDArray[np.uint8]:
    """Return a whole panorama (H, W, 3) uint8 RGB, resized to the bundle's input size.

    Raises:
        DatasetError: naming the file, if it is no image or of another shape.
    """
    spec = bundle.input
    found = read_image(path)
    height, width = found.shape[:2]
    if abs(width * spec.height / (height * spec.width) - 1.0) > ASPECT_TOLERANCE:
        raise DatasetError(
            f'{path}: is {width}x{height}, but a whole panorama must have the shape of '
            f'{spec.width}x{spec.height}'
        )
    how = cv2.INTER_AREA if width > spec.width else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(found, (spec.width, spec.height), interpolation=how), np.uint8)
