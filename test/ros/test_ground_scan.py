"""The contract of ground/scan, held on messages of a real node and a real pipeline."""

from array import array

import numpy as np
import pytest
from nav_msgs.msg import OccupancyGrid
from node_harness import harness, image, stamp_of
from painted_node import FOOT_M, painted, painting
from rclpy.qos import QoSDurabilityPolicy, QoSReliabilityPolicy, qos_profile_sensor_data
from sensor_msgs.msg import LaserScan

from panoseg_ros.ground import GroundScan
from panoseg_ros.ros.conversions import array_from_grid, laser_scan

__all__ = ['harness', 'painted']


@pytest.fixture
def seen(painted, harness, spin_until):
    """Return a function that starts a node and gives (scan, grid) of one picture."""

    def start(camera_x=0.0, **values):
        camera = painted(camera_x, **values)
        scans = harness.listen('ground/scan', LaserScan, qos_profile_sensor_data)
        grids = harness.listen('costmap/combined', OccupancyGrid)
        camera.publish(painting(harness.next_ns()))
        spin_until(lambda: scans and grids and stamp_of(grids[-1]) == stamp_of(scans[-1]))
        return scans[-1], grids[-1]

    return start


def azimuths(scan):
    return np.rad2deg(scan.angle_min + np.arange(len(scan.ranges)) * scan.angle_increment)


def test_bearings_cover_the_circle_once(seen):
    scan, _ = seen(ground__bearings=90)
    assert len(scan.ranges) == 90 and len(scan.intensities) == 0
    assert scan.angle_min == pytest.approx(-np.pi, abs=1e-6)
    assert scan.angle_increment == pytest.approx(2.0 * np.pi / 90)
    assert scan.angle_max == pytest.approx(np.pi - scan.angle_increment, abs=1e-6)
    assert scan.time_increment == scan.scan_time == 0.0
    assert isinstance(scan.ranges, array) and scan.ranges.typecode == 'f'


def test_a_wall_to_the_left_is_at_positive_angles(seen, harness):
    scan, grid = seen()
    ranges, azimuth = np.array(scan.ranges), azimuths(scan)
    assert stamp_of(scan) == stamp_of(grid) == harness.stamp_ns
    assert scan.header.frame_id == grid.header.frame_id == harness.node._session.frames.base
    wall = np.abs(azimuth - 90.0) < 12.0
    assert ranges[wall] == pytest.approx(FOOT_M, abs=0.15)
    assert np.isnan(ranges[np.abs(azimuth) > 165.0]).all()  # unseen is not free
    assert np.isposinf(ranges[np.abs(azimuth) < 60.0]).all()
    assert np.isposinf(ranges[np.abs(azimuth + 90.0) < 40.0]).all()
    assert 0.0 <= scan.range_min < 0.1  # the camera sees the nadir
    assert scan.range_max == pytest.approx(6.0, abs=1e-3)
    cells = array_from_grid(grid)  # the same wall in the grid, at +y
    occupied = np.argwhere(cells == 100) * grid.info.resolution
    origin = grid.info.origin.position
    middle = np.array([origin.y, origin.x]) + occupied.mean(0)
    assert middle == pytest.approx((FOOT_M, 0.0), abs=0.3)


def test_a_camera_elsewhere_on_the_robot_gives_ranges_from_the_base(seen):
    scan, _ = seen(camera_x=0.5)
    azimuth, ranges = azimuths(scan), np.array(scan.ranges)
    wall = np.argmin(np.abs(azimuth - np.rad2deg(np.arctan2(FOOT_M, 0.5))))
    assert ranges[wall] == pytest.approx(np.hypot(FOOT_M, 0.5), abs=0.15)
    assert scan.range_max == pytest.approx(5.5, abs=1e-3)


def test_what_a_pose_moves_is_the_grid_and_not_the_scan(harness, spin_until):
    harness.start(pose_source='odom', pose_timeout_s=0.2)
    scans = harness.listen('ground/scan', LaserScan, qos_profile_sensor_data)
    grids = harness.listen('costmap/combined')
    camera = harness.camera()
    camera.publish(image(9, harness.next_ns()))  # no pose: no grid, and no scan either
    spin_until(lambda: harness.node.faults.counts().get('pose missing'))
    assert not scans and not grids


def test_a_blind_node_sends_no_scan(harness, spin_until):
    harness.start(input_timeout_s=0.2)
    scans = harness.listen('ground/scan', LaserScan, qos_profile_sensor_data)
    grids = harness.listen('costmap/combined')
    harness.camera().publish(image(5, harness.next_ns()))
    spin_until(lambda: scans and grids and (array_from_grid(grids[-1]) == -1).all())
    assert harness.change('deactivate')
    assert [set(scan.ranges) for scan in scans] == [{5.0}]


@pytest.mark.parametrize('reliability', ['best_effort', 'reliable'])
def test_its_quality_is_that_of_sensors_and_can_be_set(harness, reliability):
    harness.start(qos__scan__reliability=reliability, qos__scan__depth=3)
    (publisher,) = [p for p in harness.node.publishers if p.topic_name.endswith('ground/scan')]
    assert publisher.qos_profile.reliability == QoSReliabilityPolicy[reliability.upper()]
    assert publisher.qos_profile.durability == QoSDurabilityPolicy.VOLATILE
    assert publisher.qos_profile.depth == 3


def test_a_message_of_any_number_of_bearings_ends_one_short_of_the_circle():
    for count in (8, 361, 8192):
        ranges = np.full(count, np.nan, np.float32)
        scan = laser_scan(GroundScan(5, 'x', ranges, 0.25, 7.0), 'base')
        last = scan.angle_min + (count - 1) * scan.angle_increment
        assert scan.angle_max == pytest.approx(last, abs=1e-4) and scan.angle_max < np.pi
        assert (scan.range_min, scan.range_max) == (0.25, 7.0)
        assert np.isnan(scan.ranges).all() and scan.header.frame_id == 'base'
