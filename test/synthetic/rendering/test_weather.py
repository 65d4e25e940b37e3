"""Fog, lamps and wet ground against closed forms; labels do not depend on them."""

import itertools

import numpy as np
import pytest

from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic import mesh as m
from panoseg_ros.synthetic.rendering import render
from panoseg_ros.synthetic.rendering.lamps import gather_lamps
from panoseg_ros.synthetic.rendering.sky import WEATHERS, Sky, random_sky
from panoseg_ros.synthetic.surfaces import materials as mat

pytest.importorskip('embreex', reason='rendering needs embreex')

PANORAMA = PanoramaGeometry(64, 128)
GROUND = [[(-100, -100, 0), (100, -100, 0), (100, 100, 0), (-100, 100, 0)]]
POSE = transform(rotation_from_rpy_deg(0, 0, 0), [0, 0, 1.5])


def even_sky(light=0.5, **changes):
    f = np.float32
    sky = Sky(
        np.array([0, 0, 1], f),
        np.zeros(3, f),
        np.full(3, light, f),
        np.full(3, light, f),
        np.full((4, 3), light, f),
        np.array([0, 1, 1, 0], f),
        0.0,
    )
    return sky._replace(**changes)


def downward_lamp(x, y, height, material):
    """Return a lamp of 20 cm side that shines straight down."""
    s = 0.1
    quad = [(x - s, y - s), (x - s, y + s), (x + s, y + s), (x + s, y - s)]
    return m.quads([[(*corner, height) for corner in quad]], ids.POLE, material)


def ray_to(point):
    """Return a grid of one pixel that looks from POSE at a point."""
    ray = np.asarray(point, np.float64) - POSE[:3, 3]
    ray = (ray / np.linalg.norm(ray)).astype(np.float32)
    return render.RayGrid(ray[None, None], np.broadcast_to(ray, (2, 2, 3)).copy())


def test_fog_takes_contrast_exponentially_with_distance():
    materials = mat.Materials()
    black = materials.add(mat.EMIT, [(0, 0, 0)], [0.0])
    white = materials.add(mat.EMIT, [(1, 1, 1)], [0.5])
    parts = []
    for away in (-10.0, 30.0):  # the near ones stand behind the camera
        for side, paint in ((-1, black), (1, white)):
            at = (away + np.copysign(0.5, away), side * 0.2 * away, 0.0)
            parts.append(m.box((1, 0.2 * abs(away), 3), at, ids.BUILDING, paint))
    fog = even_sky(0.4, haze_per_m=0.05, fog_top_m=1e6)
    scene = render.Renderer(m.join(parts), materials.table(), fog)

    def contrast(away):
        bright, dark = (
            scene.view(ray_to((away, side * 0.2 * away, 1.5)), POSE).radiance.mean()
            for side in (1, -1)
        )
        return bright - dark

    way = np.hypot(1.0, 0.2) * 20.0
    assert contrast(30.0) / contrast(-10.0) == pytest.approx(np.exp(-0.05 * way), rel=0.02)


def test_fog_thins_with_height():
    scene = render.Renderer(
        m.box((1, 1, 1), (0, 0, -50), 0, 0),
        mat.MaterialTable(
            np.zeros(1, np.int32), np.zeros((1, 4, 3), np.float32), np.zeros((1, 24), np.float32)
        ),
        even_sky(0.4, haze_per_m=0.2, fog_top_m=5.0)._replace(
            colors=np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, 1]], np.float32)
        ),
    )
    radiance = scene.view(render.panorama_rays(PANORAMA), POSE).radiance
    red = radiance[:32, 0, 0]  # of the sky behind the fog, from the zenith down
    assert (np.diff(red) <= 1e-6).all()
    assert red[0] > 0.4
    assert red[-1] < 0.01


@pytest.mark.parametrize('height', [3.0, 6.0])
def test_a_lamp_lights_the_ground_by_inverse_square(height):
    materials = mat.Materials()
    road = materials.add(mat.GLOSS, [(0.2, 0.2, 0.2)], [0.0])
    glow = materials.add(mat.EMIT, [(1.0, 0.6, 0.2)], [0.0, 0.8])
    parts = [m.quads(GROUND, ids.ROAD, road), downward_lamp(8, 0, height, glow)]
    scene = render.Renderer(m.join(parts), materials.table(), even_sky(0.0, night=1.0))
    below = scene.view(ray_to((8, 0, 0)), POSE).radiance[0, 0]
    expected = 0.2 * 0.8 * 25.0 / height**2 * np.array([1.0, 0.6, 0.2])
    np.testing.assert_allclose(below, expected, rtol=0.09)  # the texture varies by 7 %
    aside = scene.view(ray_to((8, height, 0)), POSE).radiance[0, 0]
    np.testing.assert_allclose(aside, below / 4, rtol=0.2)  # 1/2 way, 1/2 slopes


def test_a_roof_keeps_a_lamp_from_the_ground_and_day_puts_it_out():
    materials = mat.Materials()
    road = materials.add(mat.PLAIN, [(0.2, 0.2, 0.2)])
    glow = materials.add(mat.EMIT, [(1, 1, 1)], [0.0, 1.0])
    parts = [m.quads(GROUND, ids.ROAD, road), downward_lamp(8, 0, 5, glow)]
    roof = m.box((2, 2, 0.1), (8, 0, 3), ids.BUILDING, road)
    night, day = even_sky(0.0, night=1.0), even_sky(0.0)
    under = ray_to((8, 0, 0))
    open_, covered = (
        render.Renderer(m.join(p), materials.table(), night).view(under, POSE).radiance.mean()
        for p in (parts, [*parts, roof])
    )
    assert open_ > 0.1
    assert covered == 0.0
    scene = render.Renderer(m.join(parts), materials.table(), day)
    assert scene.view(under, POSE).radiance.mean() == 0.0


def test_lamps_are_groups_of_triangles():
    materials = mat.Materials()
    glow = materials.add(mat.EMIT, [(1, 1, 1)], [0.0, 1.0])
    dead = materials.add(mat.EMIT, [(1, 1, 1)], [2.0, 0.0])
    parts = [downward_lamp(0, 0, 5, glow), downward_lamp(20, 3, 4, glow)]
    parts += [downward_lamp(5, 5, 5, dead), m.box((0.1, 0.3, 0.2), (9, 9, 1), ids.CAR, glow)]
    lamps = gather_lamps(m.join(parts), materials.table(), even_sky(0.0, night=1.0))
    np.testing.assert_allclose(lamps.places, [[0, 0, 5], [20, 3, 4], [9, 9, 1.1]], atol=1e-4)
    np.testing.assert_allclose(lamps.facing[:2], [[0, 0, -1]] * 2, atol=1e-5)
    assert lamps.beams.tolist() == [1.0, 1.0, 0.0]
    assert len(gather_lamps(m.join(parts), materials.table(), even_sky(0.0)).places) == 0


def test_wet_ground_mirrors_what_stands_behind_it():
    materials = mat.Materials()
    road = materials.add(mat.ASPHALT, [(0.2, 0.2, 0.2)])
    red = materials.add(mat.EMIT, [(1.0, 0.0, 0.0)], [3.0])
    parts = [
        m.quads(GROUND, ids.ROAD, road),
        m.box((1, 8, 5), (20.5, 0, 0), ids.BUILDING, red),
    ]
    rows = {}
    for wet in (0.0, 1.0):
        scene = render.Renderer(m.join(parts), materials.table(), even_sky(0.3, wet=wet))
        image = scene.view(render.panorama_rays(PanoramaGeometry(128, 256)), POSE).radiance
        rows[wet] = image[74, 120:136].mean(0)  # about 6 m before the camera
    assert rows[0.0][0] == pytest.approx(rows[0.0][1], rel=0.01)
    assert rows[1.0][0] > 1.5 * rows[1.0][1]
    assert rows[1.0][1] < rows[0.0][1]  # where it mirrors nothing it is darker


def test_labels_and_depth_do_not_depend_on_the_weather():
    materials = mat.Materials()
    road = materials.add(mat.ASPHALT, [(0.2, 0.2, 0.2)])
    glow = materials.add(mat.EMIT, [(1, 1, 1)], [0.0, 1.0])
    box = m.counted(m.box((2, 2, 2), (6, 1, 0), ids.CAR, road), 3)
    parts = [m.quads(GROUND, ids.ROAD, road), box, downward_lamp(3, 0, 5, glow)]
    views = []
    for weather in WEATHERS:
        sky = random_sky(np.random.default_rng(1), weather)
        scene = render.Renderer(m.join(parts), materials.table(), sky)
        views.append(scene.view(render.panorama_rays(PANORAMA), POSE))
    truth = scene.truth(render.panorama_rays(PANORAMA), POSE)
    for view in views:
        for got, want in zip(view[1:], truth, strict=True):
            assert np.array_equal(got, want)
    pictures = [view.radiance for view in views]
    assert not any(np.allclose(a, b) for a, b in itertools.pairwise(pictures))
