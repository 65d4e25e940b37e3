"""A real node on painted pictures: a stand-in network reads labels off their red channel."""

from array import array

import numpy as np
import pytest
from node_harness import image

from panoseg_ros.ros import factory

ROAD, WALL, SKY = 0, 3, 10
HEIGHT, WIDTH = 64, 128
FOOT_M = 2.0
RIG = """
name: painted
base_from_pano: {translation_m: [%s, 0.0, 1.0]}
lenses:
  camera:
    topic: image
    source_size: [128, 64]
    pano_from_lens: {}
    lens: {model: equirectangular, top_deg: 90.0, bottom_deg: -90.0}
"""


class Labels:
    """Stands in for a network: the red channel of the picture is its label."""

    num_classes, runtime, fault = 19, 'none', ''

    def segment(self, panorama):
        return panorama[..., 0].copy(), np.full(panorama.shape[:2], 255, np.uint8)


def painting(stamp_ns, wall=True):
    """Return a picture of flat road with a wall to the left and a stretch of sky behind."""
    azimuth = 180.0 * (1.0 - 2.0 * (np.arange(WIDTH) + 0.5) / WIDTH)
    elevation = 90.0 - 180.0 * (np.arange(HEIGHT) + 0.5) / HEIGHT
    labels = np.where(elevation < 0.0, ROAD, SKY)[:, None] * np.ones(WIDTH, np.uint8)
    foot = elevation > -np.rad2deg(np.arctan(1.0 / FOOT_M))
    if wall:
        labels[np.ix_(foot, np.abs(azimuth - 90.0) < 15.0)] = WALL
    labels[np.ix_(elevation < 0.0, np.abs(azimuth) > 160.0)] = SKY
    message = image(0, stamp_ns, (WIDTH, HEIGHT))
    message.data = array('B', np.repeat(labels.astype(np.uint8)[..., None], 3, -1).tobytes())
    return message


@pytest.fixture
def painted(harness, make_bundle, monkeypatch):
    """Return a function that starts a node for paintings; its camera is one metre high."""
    monkeypatch.setattr(factory, 'load_backend', lambda *_: Labels())
    harness.build = factory.build_pipeline

    def start(camera_x=0.0, **values):
        harness.rig_file.write_text(RIG % camera_x)
        bundle = str(make_bundle(HEIGHT, WIDTH))
        sizes = {'ground__size_m': 12.0, 'ground__max_range_m': 6.0}
        harness.start(model__bundle=bundle, **sizes, **values)
        return harness.camera()

    return start
