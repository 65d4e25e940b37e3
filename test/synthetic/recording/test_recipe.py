"""What pictures are taken with: tilt, height, weather, lens."""

import numpy as np
import pytest

from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.synthetic.recording.dataset import rpy_deg
from panoseg_ros.synthetic.recording.recipe import Recipe, camera_of, scene_pictures
from panoseg_ros.synthetic.recording.views import Stand
from panoseg_ros.synthetic.scenes.world import Spot

pytest.importorskip('embreex', reason='rendering needs embreex')

SIZE = PanoramaGeometry(24, 48)


def pictures(seed, views=2, **recipe):
    return list(scene_pictures('train', seed, views, SIZE, Recipe(**recipe)))


def tilt_deg(pose):
    return np.rad2deg(np.arccos(np.clip(pose[2, 2], -1, 1)))


@pytest.fixture(scope='module')
def plain():
    return pictures(3)


def test_tilts_fill_the_disc_and_stay_inside():
    stand, rng = Stand(Spot(0, 0, 0), 1.0, (1.0, 1.0, 30.0)), np.random.default_rng(0)
    rpy = np.array([stand.tilted(rng, 10.0).rpy_deg for _ in range(400)])
    size = np.hypot(rpy[:, 0], rpy[:, 1])
    assert size.max() <= 10.0
    assert size.max() > 9.0
    assert size.mean() == pytest.approx(5.0, abs=0.5)
    assert (rpy[:, 2] == 30.0).all()
    assert abs(rpy[:, :2].mean(0)).max() < 0.7


def test_tilt_changes_nothing_but_the_tilt(plain):
    for one, other in zip(plain, pictures(3, tilt_deg=10.0), strict=True):
        assert one.stand.spot == other.stand.spot
        assert one.stand.height_m == other.stand.height_m
        assert one.stand.rpy_deg[2] == other.stand.rpy_deg[2]
        assert one.world.weather == other.world.weather
        assert one.stand.rpy_deg != other.stand.rpy_deg


def test_level_camera_on_request():
    for picture in pictures(3, 1, tilt_deg=0.0):
        assert picture.stand.rpy_deg[:2] == (0.0, 0.0)


def test_height_range_is_kept():
    for picture in pictures(4, 2, heights_m=(1.8, 1.8)):
        assert picture.stand.height_m == pytest.approx(1.8)
        nadir = picture.shot.depth[-1].mean()
        assert nadir == pytest.approx(1.8, rel=0.05)


def test_weather_is_fixed_and_the_scene_stays(plain):
    wanted = 'fog' if plain[0].world.weather != 'fog' else 'clear'
    for one, other in zip(plain, pictures(3, weather=wanted), strict=True):
        assert other.world.weather == other.world.sky.weather == wanted
        assert np.array_equal(one.shot.labels, other.shot.labels)
        assert not np.array_equal(one.shot.image, other.shot.image)


def test_pinhole_looks_ahead_with_its_field_of_view():
    pano, pin = pictures(3, 1), pictures(3, 1, camera='pinhole', fov_deg=(80.0, 80.0))
    assert pin[0].hfov_deg == 80.0
    assert np.array_equal(pano[0].shot.world_from_camera, pin[0].shot.world_from_camera)
    rays = camera_of(Recipe(camera='pinhole', fov_deg=(80.0, 80.0)), SIZE, None)[1].centre
    edge = np.rad2deg(np.arctan2(rays[:, [0, -1], 1], rays[:, [0, -1], 0]))
    np.testing.assert_allclose(edge, np.tile([39.2, -39.2], (24, 1)), atol=0.3)  # left is +y
    assert (rays[0, :, 2] > 0).all()
    assert (pin[0].shot.labels != 255).mean() > 0.5  # every pixel of a pinhole sees something


def test_fields_of_view_vary_within_the_range():
    fov = [picture.hfov_deg for picture in pictures(3, 3, camera='pinhole')]
    assert len(set(fov)) == 3
    assert all(70 <= value <= 90 for value in fov)


def test_angles_of_a_pose():
    pose = transform(rotation_from_rpy_deg(3.0, -7.0, 120.0), [0, 0, 0])
    assert rpy_deg(pose) == pytest.approx((3.0, -7.0, 120.0))


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'camera': 'fisheye'}, "unknown camera 'fisheye', expected panorama or pinhole"),
        ({'layout': 'kitti'}, "unknown layout 'kitti', expected street, cityscapes"),
        ({'weather': 'snow'}, "unknown weather 'snow', expected clear"),
        ({'heights_m': (2.0, 1.0)}, 'heights_m must rise within 0.1 to 30.0'),
        ({'fov_deg': (70.0, 200.0)}, 'fov_deg must rise'),
        ({'tilt_deg': -1.0}, 'tilt_deg must be 0 to 90'),
    ],
)
def test_impossible_recipes_are_refused(values, message):
    with pytest.raises(SyntheticError, match=message):
        Recipe(**values)
