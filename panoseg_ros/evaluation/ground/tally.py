"""Sums over the maps of many drives, and the figures that they amount to.

The definitions stand in `scores` and `feet`, where the sums are made.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.metrics.ground_maps import GroundCounts, ground_figures

Samples = NDArray[np.floating]

_RATIOS = (  # figure, part, whole
    ('false free', 'fronts_lost', 'fronts'),
    ('false free of the very cell', 'fronts_free', 'fronts'),
    ('false free of feet', 'feet_lost', 'feet'),
    ('recall', 'fronts_found', 'fronts'),
    ('recall of the very cell', 'fronts_marked', 'fronts'),
    ('recall of feet', 'feet_found', 'feet'),
    ('recall of all faces', 'faces_found', 'faces'),
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
_QUANTILES = (  # figure, samples, quantile
    ('foot error median m', 'foot_m', 0.5),
    ('foot error p95 m', 'foot_m', 0.95),
    ('foot error median / allowed', 'foot_of_median', 0.5),
    ('foot error p95 / allowed', 'foot_of_p95', 0.95),
    ('face error median / allowed', 'face_of_median', 0.5),
    ('face error p95 / allowed', 'face_of_p95', 0.95),
    ('displacement of marks m', 'marks_off_m', 0.5),
    ('displacement of feet m', 'feet_off_m', 0.5),
)


@dataclass
class Tally:
    """Sums over maps; `figures` turns them into numbers."""

    counts: GroundCounts = field(default_factory=GroundCounts)
    more: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[Samples]] = field(default_factory=dict)

    def add(self, name: str, value: int | np.integer) -> None:
        """Add to a count."""
        self.more[name] = self.more.get(name, 0) + int(value)

    def extend(self, name: str, values: Samples) -> None:
        """Add samples."""
        self.samples.setdefault(name, []).append(np.asarray(values, np.float32))

    def count(self, counts: GroundCounts) -> None:
        """Add the counts of a map."""
        self.counts = GroundCounts._make(a + b for a, b in zip(self.counts, counts, strict=True))

    def join(self, other: 'Tally') -> None:
        """Add another tally."""
        self.count(other.counts)
        for name, value in other.more.items():
            self.add(name, value)
        for name, values in other.samples.items():
            self.samples.setdefault(name, []).extend(values)

    def figures(self) -> dict[str, float]:
        """Return all figures; NaN where there was nothing to divide by."""
        found = ground_figures(self.counts)
        found['false free of all faces'] = found.pop('false free')
        for name, part, whole in _RATIOS:
            total = self.more.get(whole, 0)
            found[name] = self.more.get(part, 0) / total if total else float('nan')
        for name, source, quantile in _QUANTILES:
            values = np.concatenate(self.samples.get(source, [np.zeros(0)]))
            found[name] = (
                float(np.quantile(values, quantile, method='nearest'))
                if len(values)
                else float('nan')
            )
        return found
