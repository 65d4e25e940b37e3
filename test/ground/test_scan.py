"""The ring as a scan around the base frame."""

import numpy as np
import pytest

from panoseg_ros.geometry import rotation_from_rpy_deg, transform
from panoseg_ros.ground import GroundProjector, GroundScanner, GroundSettings
from panoseg_ros.ground.scan import carried

WALL, PERSON = 3, 11
SETTINGS = GroundSettings(size_m=16.0, max_range_m=8.0)


@pytest.fixture
def look(label_set):
    """Return a function that gives the map and the scan of a scene."""

    def look(place, valid=None, tilt_from_base=None):
        projector = GroundProjector(
            place.geometry, place.base_from_pano, label_set, SETTINGS, base_frame='base'
        )
        segmentation = place.render(7)
        if valid is None:
            valid = np.ones(segmentation.labels.shape, bool)
        ground = projector(segmentation, valid, None, tilt_from_base)
        return ground, GroundScanner(projector, valid, 'base')(ground, tilt_from_base)

    return look


def azimuths(scan):
    return -np.pi + np.arange(len(scan.ranges_m)) * 2.0 * np.pi / len(scan.ranges_m)


def test_above_the_base_the_scan_is_the_ring(look, scene):
    place = scene().box((-1.0, 3.0, 0.0), (1.0, 3.3, 2.0), WALL)
    ground, scan = look(place)
    np.testing.assert_array_equal(scan.ranges_m, ground.ranges_m)
    assert (scan.stamp_ns, scan.frame_id) == (7, 'base')
    assert scan.range_max_m == pytest.approx(8.0)
    seen = np.isfinite(scan.ranges_m)
    assert np.allclose(azimuths(scan)[seen].mean(), np.pi / 2, atol=0.02)  # left is positive
    assert np.isposinf(scan.ranges_m[~seen]).all()


@pytest.mark.parametrize('camera', [(0.8, 0.0, 1.2), (-0.5, 0.6, 1.2)])
@pytest.mark.parametrize('yaw_deg', [0.0, 70.0])
def test_a_camera_elsewhere_gives_ranges_from_the_base(look, scene, camera, yaw_deg):
    place = scene(camera_m=camera, rpy_deg=(0.0, 0.0, yaw_deg))
    place.cylinder(4.0, 1.0, 0.3, 1.8, PERSON).box((-5.0, -4.0, 0.0), (5.0, -3.6, 2.0), WALL)
    _, scan = look(place)
    assert scan.range_max_m == pytest.approx(8.0 - np.hypot(*camera[:2]))
    azimuth = azimuths(scan)
    person = np.argmin(np.abs(azimuth - np.arctan2(1.0, 4.0)))
    assert scan.ranges_m[person] == pytest.approx(np.hypot(4.0, 1.0) - 0.3, abs=0.15)
    wall = np.abs(azimuth + np.pi / 2) < np.deg2rad(40.0)
    side = -scan.ranges_m[wall] * np.sin(azimuth[wall])
    assert np.isfinite(side).mean() > 0.97
    assert np.nanmedian(side) == pytest.approx(3.6, abs=0.1)
    assert np.nanmax(np.abs(side - 3.6)) < 0.3
    assert np.isposinf(scan.ranges_m[np.abs(azimuth - np.pi / 2) < 0.5]).all()


def test_ground_that_the_camera_does_not_see_is_never_free():
    ring = np.full(360, np.inf, np.float32)
    ring[90:270] = np.nan  # ahead of the camera
    at_base = carried(ring, (0.5, 0.0), 6.0)
    assert np.isnan(at_base[120:240]).all()
    assert np.isposinf(at_base[:60]).all() and np.isposinf(at_base[300:]).all()


def test_a_base_where_the_camera_does_not_see_still_has_obstacles_ahead():
    ring = np.full(360, np.nan, np.float32)
    ring[85:276] = 3.0  # a camera that looks ahead, 0.3 m in front of the base
    at_base = carried(ring, (0.3, 0.0), 5.0)
    assert at_base[180] == pytest.approx(3.3, abs=0.01)
    assert np.isfinite(at_base[110:250]).all()
    assert np.isnan(at_base[:70]).all() and np.isnan(at_base[290:]).all()


def test_behind_a_pole_seen_sideways_is_unknown():
    ring = np.full(360, np.inf, np.float32)
    ring[175:186] = 2.0  # a post 2 m ahead of the camera, which stands 1 m to the left
    at_base = carried(ring, (0.0, 1.0), 6.0)
    azimuth = np.rad2deg(-np.pi + np.arange(360) * 2.0 * np.pi / 360)
    post = np.abs(azimuth - np.rad2deg(np.arctan2(1.0, 2.0))) < 3.0
    assert at_base[post] == pytest.approx(np.hypot(2.0, 1.0), abs=0.2)
    shadow = (azimuth > 12.0) & (azimuth < 20.0)  # these cross what the post hides
    assert np.isnan(at_base[shadow]).all()
    assert np.isposinf(at_base[azimuth < 0.0]).all()


def test_feet_beyond_the_reach_are_none():
    ring = np.full(360, 5.0, np.float32)
    at_base = carried(ring, (1.0, 0.0), 4.5)
    assert np.isposinf(at_base[180])  # 6 m ahead
    assert at_base[0] == pytest.approx(4.0, abs=0.1)


def test_the_nearest_range_is_the_edge_of_the_blind_disc(look, scene):
    place = scene()
    below = place.geometry.elevation_rad() < -np.deg2rad(50.0)
    valid = np.ones((256, 512), bool)
    valid[below] = False
    _, scan = look(place, valid)
    assert scan.range_min_m == pytest.approx(1.2 / np.tan(np.deg2rad(50.0)), abs=0.05)
    _, moved = look(scene(camera_m=(0.6, 0.0, 1.2)), valid)
    assert moved.range_min_m == pytest.approx(scan.range_min_m - 0.6, abs=1e-3)
    _, far = look(scene(camera_m=(3.0, 0.0, 1.2)), valid)
    assert far.range_min_m == 0.0


def test_no_foot_is_nearer_than_the_nearest_range(look, scene):
    place = scene().cylinder(0.9, 0.0, 0.3, 1.8, PERSON)
    valid = np.ones((256, 512), bool)
    valid[place.geometry.elevation_rad() < -np.deg2rad(45.0)] = False  # hides the foot
    tilt = transform(rotation_from_rpy_deg(0.0, 0.0, 0.0), [0.0, 0.0, 1.2])
    for level_from_pano in (None, tilt):
        _, scan = look(place, valid, level_from_pano)
        assert np.isfinite(scan.ranges_m).any()
        assert 0.0 <= scan.range_min_m <= np.nanmin(scan.ranges_m)


def test_a_scan_cannot_be_written_to(look, scene):
    _, scan = look(scene(camera_m=(0.5, 0.0, 1.2)))
    assert not scan.ranges_m.flags.writeable and scan.ranges_m.dtype == np.float32
