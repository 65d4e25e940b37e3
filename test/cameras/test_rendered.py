"""A rendered place: stitched from fisheyes against seen directly, and back again."""

import dataclasses

import cv2
import numpy as np
import pytest
from test_mapper import bilinear

from panoseg_ros.cameras import PanoramaMapper, Rig, load_rig
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.synthetic import mesh as m
from panoseg_ros.synthetic.recording.sensor import Sensor, develop
from panoseg_ros.synthetic.rendering import render
from panoseg_ros.synthetic.rendering.sky import Sky
from panoseg_ros.synthetic.surfaces import materials as mat

pytest.importorskip('embreex', reason='rendering needs embreex')

SIDE = 240  # of the lens pictures: as fine against the panorama as 960 against 1024
GEOMETRY = PanoramaGeometry(128, 256)
SENSOR = Sensor(1.0, (1.0, 1.0, 1.0), 1.05, 2.2, 1.05, 0.0, 0.0, 100)
POSE = transform(rotation_from_rpy_deg(2.0, -3.0, 25.0), [0.0, 0.0, 1.5])


def plain_sky():
    f = np.float32
    return Sky(
        np.array([0.3, 0.4, 0.87], f),
        np.array([2, 2, 1.8], f),
        np.full(3, 0.5, f),
        np.array([0.3, 0.45, 0.8], f),
        np.full((4, 3), 0.7, f),
        np.array([0, 1, 1, 0], f),
        0.0,
    )


@pytest.fixture(scope='module')
def renderer():
    """A square of road with boxes of many colours and sizes all around the camera."""
    rng = np.random.default_rng(11)
    materials = mat.Materials()
    grey = materials.add(mat.PLAIN, [(0.2, 0.2, 0.2)])
    parts = [m.box((120.0, 120.0, 0.2), (0.0, 0.0, -0.2), 0, grey)]
    for index in range(100):
        azimuth, away = rng.uniform(-np.pi, np.pi), rng.uniform(4.0, 30.0)
        colour = materials.add(mat.PLAIN, [tuple(rng.uniform(0.05, 0.7, 3))])
        size = tuple(rng.uniform(0.3, 4.0, 3))
        at = (away * np.cos(azimuth), away * np.sin(azimuth), 0.0)
        parts.append(m.box(size, at, 1 + index % 18, colour))
    return render.Renderer(m.join(parts), materials.table(), plain_sky())


@pytest.fixture(scope='module')
def rig():
    rig = load_rig('dual_fisheye')
    half = SIDE / 960
    entries = []
    for entry in rig.lenses:
        shorter = {key: half * getattr(entry.lens, key) for key in ('fx', 'fy')}
        centre = {key: half * (getattr(entry.lens, key) + 0.5) - 0.5 for key in ('cx', 'cy')}
        lens = dataclasses.replace(entry.lens, size=(SIDE, SIDE), **shorter, **centre)
        entries.append(dataclasses.replace(entry, lens=lens, source_size=lens.size, crop=None))
    return Rig('rendered', tuple(entries), np.eye(4))


def picture(renderer, grid):
    return develop(renderer.view(grid, POSE).radiance, SENSOR, np.random.default_rng(0), 0.8)


@pytest.fixture(scope='module')
def views(renderer, rig):
    grids = {e.name: render.lens_rays(e.lens, e.pano_from_lens[:3, :3]) for e in rig.lenses}
    return {name: picture(renderer, grid) for name, grid in grids.items()}


@pytest.fixture(scope='module')
def stitched(rig, views):
    return PanoramaMapper(rig, GEOMETRY)(views)[0]


def test_stitched_is_as_seen_directly(renderer, stitched):
    direct = picture(renderer, render.panorama_rays(GEOMETRY))
    error = np.abs(stitched.astype(int) - direct).mean(-1)
    seam = np.abs(np.abs(np.rad2deg(GEOMETRY.azimuth_rad())) - 90.0) < 10.0
    assert direct.std() > 20.0  # there is something to see
    assert error.mean() < 3.0
    assert error[:, seam].mean() < 1.2 * error[:, ~seam].mean()


def test_lens_to_panorama_and_back(rig, views, stitched):
    for entry in rig.lenses:
        u, v = np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5)
        rays = entry.lens.unproject(np.stack([u, v], -1)) @ entry.pano_from_lens[:3, :3].T
        seen = np.isfinite(rays[..., 0])
        again = bilinear(stitched.astype(float), np.nan_to_num(GEOMETRY.pixels(rays)))
        view = views[entry.name]
        spread = cv2.dilate(view, np.ones((5, 5))).astype(int) - cv2.erode(view, np.ones((5, 5)))
        plain = seen & (spread.max(-1) < 24)
        assert plain.mean() > 0.4
        assert np.abs(again - view)[plain].mean() < 2.0
