"""Sums over the maps of many drives, and the figures that they amount to.

The definitions stand in `scores` and `feet`, where the sums are made.
"""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.metrics.ground_maps import GroundCounts, ground_figures

Samples = NDArray[np.float32]
Bits = NDArray[np.uint8]

_RATIOS = (  # figure, part, whole
    ('false free', 'fronts_lost', 'fronts'),
    ('false free of the very cell', 'fronts_free', 'fronts'),
    ('false free of feet', 'feet_lost', 'feet'),
    ('recall', 'fronts_found', 'fronts'),
    ('recall of the very cell', 'fronts_marked', 'fronts'),
    ('recall of feet', 'feet_found', 'feet'),
    ('recall of all faces', 'faces_marked', 'faces'),
    ('smear', 'marked', 'area'),
    ('smear over all faces', 'marked', 'faces_standing'),
    ('occluded reported free, edges too', 'shadow_free', 'shadow'),
    ('persons missed', 'persons_missed', 'persons'),
    ('things missed', 'things_missed', 'things'),
    ('bearings missed', 'bearings_missed', 'bearings'),
    ('bearings unknown', 'bearings_unknown', 'bearings'),
    ('bearings invented', 'bearings_invented', 'bearings_told'),
    ('not cleared', 'left_not_free', 'left'),
)
_QUANTILES = {  # samples: figure and quantile
    'foot_m': {'foot error median m': 0.5, 'foot error p95 m': 0.95},
    'foot_of_median': {'foot error median / allowed': 0.5},
    'foot_of_p95': {'foot error p95 / allowed': 0.95},
    'face_of_median': {'face error median / allowed': 0.5},
    'face_of_p95': {'face error p95 / allowed': 0.95},
    'marks_off_m': {'displacement of marks m': 0.5},
    'feet_off_m': {'displacement of feet m': 0.5},
}


class Tally:
    """Sums over maps, of some regions at once; `figures` turns them into numbers.

    Attributes:
        counts: (R,) of every name.
        samples: values (n,) of every name, and in bit r of (n,) whether they are of region r.
    """

    def __init__(self, regions: int) -> None:
        self.regions = regions
        self.counts: dict[str, NDArray[np.int64]] = {}
        self.samples: dict[str, list[tuple[Samples, Bits]]] = {}

    def add(self, name: str, values: NDArray[np.integer]) -> None:
        """Add to a count of all regions (R,)."""
        self.counts[name] = self.counts.get(name, np.zeros(self.regions, np.int64)) + values

    def extend(self, name: str, values: NDArray[np.floating], bits: NDArray[np.integer]) -> None:
        """Add samples (n,) of the regions in the bits (n,)."""
        some = bits != 0
        pair = (np.asarray(values[some], np.float32), np.asarray(bits[some], np.uint8))
        self.samples.setdefault(name, []).append(pair)

    def join(self, other: 'Tally') -> None:
        """Add another tally of the same regions."""
        for name, values in other.counts.items():
            self.add(name, values)
        for name, pairs in other.samples.items():
            self.samples.setdefault(name, []).extend(pairs)

    def count(self, name: str, region: int) -> int:
        """Return a count of a region, 0 if nothing was added."""
        return int(self.counts[name][region]) if name in self.counts else 0

    def values(self, name: str, region: int) -> Samples:
        """Return the samples (n,) of a region."""
        parts = [v[b >> region & 1 == 1] for v, b in self.samples.get(name, [])]
        return np.concatenate([np.zeros(0, np.float32), *parts])

    def figures(self, region: int) -> dict[str, float]:
        """Return all figures of a region; NaN where there was nothing to divide by."""
        found = ground_figures(
            GroundCounts._make(self.count(name, region) for name in GroundCounts._fields)
        )
        found['false free of all faces'] = found.pop('false free')
        for name, part, whole in _RATIOS:
            total = self.count(whole, region)
            found[name] = self.count(part, region) / total if total else float('nan')
        for source, quantiles in _QUANTILES.items():
            values = self.values(source, region)
            for name, quantile in quantiles.items():
                found[name] = (
                    float(np.quantile(values, quantile, method='nearest'))
                    if len(values)
                    else float('nan')
                )
        return found
