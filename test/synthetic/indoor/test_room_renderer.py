"""Light and truth of boxes whose answer is known; the same room twice gives the same bytes."""

import numpy as np
import pytest

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic import RoomRenderer, build_room, panorama_rays, random_indoor_pose
from panoseg_ros.synthetic.indoor import ids, lighting
from panoseg_ros.synthetic.indoor import surfaces as srf
from panoseg_ros.synthetic.mesh import box, join, quads
from panoseg_ros.synthetic.surfaces.materials import Materials

pytest.importorskip('embreex', reason='rendering needs embreex')

GRID = panorama_rays(PanoramaGeometry(32, 64))
POSE = np.eye(4)
POSE[2, 3] = 1.5


def daylight(sources=(), sun=0.0):
    f = np.float32
    return lighting.Daylight(
        np.array([0.28, 0.0, 0.96], f),
        np.full(3, sun, f),
        np.full((5, 3), 0.5, f),
        np.zeros(5, f),
        np.array(sources, f).reshape(-1, lighting.COLUMNS),
        'cloudy',
        True,
    )


def hull(grey, size=4.0, high=3.0, hole=False):
    h = 0.5 * size
    floor = [(-h, -h, 0), (h, -h, 0), (h, h, 0), (-h, h, 0)]
    top = [(x, y, high) for x, y, _ in floor]
    sides = [[floor[k], floor[k - 1], top[k - 1], top[k]] for k in range(4)]
    parts = [quads([floor], ids.FLOOR, grey), quads(sides, ids.WALL, grey)]
    if not hole:
        parts.append(quads([top[::-1]], ids.CEILING, grey))
    return join(parts)


def materials(*colors):
    table = Materials()
    for color in colors:
        table.add(srf.PLAIN, [color])
    return table


def lamp():
    return lighting.rectangle(
        np.array([0.0, 0.0, 2.9]),
        np.array([0.3, 0.0, 0.0]),
        np.array([0.0, 0.3, 0.0]),
        np.array([0.0, 0.0, -1.0]),
    )


def test_an_unlit_room_is_black():
    table = materials((0.5, 0.5, 0.5)).table()
    view = RoomRenderer(hull(0), table, daylight()).view(GRID, POSE)
    assert view.radiance.max() == 0.0
    assert set(np.unique(view.labels)) == {ids.CEILING, ids.FLOOR, ids.WALL}


def test_light_grows_with_the_lamp_and_with_pale_walls():
    dark, pale = materials((0.1,) * 3).table(), materials((0.8,) * 3).table()
    one, two = lamp(), lamp()
    two[lighting.COLOR :] *= 2.0
    mesh = hull(0)
    first = RoomRenderer(mesh, dark, daylight([one])).view(GRID, POSE).radiance
    second = RoomRenderer(mesh, dark, daylight([two])).view(GRID, POSE).radiance
    np.testing.assert_allclose(second, 2.0 * first, rtol=1e-4)
    white = RoomRenderer(mesh, pale, daylight([one])).view(GRID, POSE).radiance
    assert white.mean() > 8.0 * 1.3 * first.mean()  # more than 8-fold albedo: light comes back


def test_what_stands_below_a_lamp_throws_a_shadow():
    table = materials((0.5,) * 3).table()
    shade = box((1.0, 1.0, 0.05), (0.0, 0.0, 2.0), ids.TABLE, 0)
    free = RoomRenderer(hull(0), table, daylight([lamp()])).view(GRID, POSE)
    shaded = RoomRenderer(join([hull(0), shade]), table, daylight([lamp()])).view(GRID, POSE)
    assert shaded.radiance[-1].mean() < 0.5 * free.radiance[-1].mean()


def test_glass_has_the_label_and_shows_what_is_behind():
    table = materials((0.0, 0.0, 0.0))
    pane = table.add(srf.PANE, [(0.5, 0.5, 0.5)])
    glass = quads([[(1, -9, 0), (1, 9, 0), (1, 9, 3), (1, -9, 3)]], ids.WINDOW, pane)
    shine = table.add(srf.LAMP, [(1.0, 1.0, 1.0)], [2.0])
    behind = quads([[(1.9, -9, 0), (1.9, 9, 0), (1.9, 9, 3), (1.9, -9, 3)]], ids.WALL, shine)
    mesh = join([glass, hull(0), behind])
    view = RoomRenderer(mesh, table.table(), daylight()).view(GRID, POSE)
    assert view.labels[16, 32] == ids.WINDOW
    np.testing.assert_allclose(view.depth[16, 32], 1.0, rtol=0.02)
    np.testing.assert_allclose(view.radiance[16, 32], 1.0, rtol=0.05)


def test_sun_comes_through_an_opening_only():
    table = materials((0.5,) * 3).table()
    closed = RoomRenderer(hull(0), table, daylight(sun=2.0)).view(GRID, POSE)
    opened = RoomRenderer(hull(0, hole=True), table, daylight(sun=2.0)).view(GRID, POSE)
    assert closed.radiance.max() == 0.0
    assert opened.radiance[-1].mean() == pytest.approx(0.5 * 2.0 * 0.96, rel=0.25)


def test_outside_is_unlabelled_and_infinitely_far():
    table = materials((0.5,) * 3).table()
    truth = RoomRenderer(hull(0, hole=True), table, daylight()).truth(GRID, POSE)
    assert truth.labels[0, 0] == UNLABELLED
    assert np.isinf(truth.depth[0, 0])


def test_merged_sources_keep_their_power():
    rows = np.stack([lamp() for _ in range(9)])
    rows[:, 0] = np.arange(9)
    few = lighting.merged(rows, 4)
    assert len(few) == 4
    power = [sum(lighting.area(r) * r[lighting.COLOR] for r in group) for group in (rows, few)]
    assert power[0] == pytest.approx(power[1], rel=1e-5)


def test_same_seed_gives_the_same_picture():
    def picture():
        room = build_room(5, 5)
        renderer = RoomRenderer(room.mesh, room.table, room.sky)
        pose = random_indoor_pose(room, renderer, np.random.default_rng(1))
        return pose, renderer.view(GRID, pose, 7)

    (pose, first), (again, second) = picture(), picture()
    assert np.array_equal(pose, again)
    for mine, other in zip(first, second, strict=True):
        assert np.array_equal(mine, other)
    assert 0.0 < first.radiance.mean() < np.inf
