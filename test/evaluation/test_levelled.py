"""The network sees an upright picture; its labels come back into the tilted one."""

import numpy as np
import pytest

from panoseg_ros.evaluation.levelled import LevelledRuntime
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg

GEOMETRY = PanoramaGeometry(64, 128)


class Watcher:
    """Calls bright pixels 1 and remembers what it saw."""

    num_classes = 2

    def segment(self, image):
        self.seen = image
        labels = (image[..., 0] > 127).astype(np.uint8)
        return labels, np.full_like(labels, 255)


def world(rays):
    """Return the brightness of directions in the level frame: a bright upper half and a spot."""
    spot = np.arccos((rays @ [0.8, 0.6, 0.0]).clip(-1, 1)) < 0.4
    return np.where((rays[..., 2] > 0) ^ spot, 220, 30).astype(np.uint8)


@pytest.mark.parametrize(
    'tilt', [(0.0, 0.0), (10.0, 0.0), (0.0, -12.0), (7.0, 9.0), (-25.0, 40.0)]
)
def test_tilted_picture_is_seen_upright_and_labelled_as_it_is(tilt):
    level_from_pano = rotation_from_rpy_deg(*tilt, 0.0)  # as in a frame table: Ry(pitch) Rx(roll)
    tilted = world(GEOMETRY.rays() @ level_from_pano.T)
    network = Watcher()
    labels = LevelledRuntime(network, GEOMETRY).segment(np.repeat(tilted[..., None], 3, -1), *tilt)
    level = world(GEOMETRY.rays())
    assert np.mean(np.abs(network.seen[..., 0].astype(int) - level) > 60) < 0.02
    assert np.mean(labels != (tilted > 127)) < 0.03
