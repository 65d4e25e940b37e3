from array import array

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CompressedImage, Image

from panoseg_ros.errors import RosError
from panoseg_ros.frames import GroundMap
from panoseg_ros.pictures.encodings import ENCODINGS
from panoseg_ros.ros.conversions import (
    array_from_grid,
    array_from_image,
    diagnostic,
    grid_from_array,
    image_from_array,
    ns_from_time,
    pose_from_odometry,
    time_from_ns,
)

STAMP_NS = 1_700_000_000_123_456_789
RGB = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)


def over_the_wire(message):
    return deserialize_message(serialize_message(message), type(message))


@pytest.mark.parametrize('stamp_ns', [0, 1, 999_999_999, 1_000_000_000, STAMP_NS])
def test_stamps_are_bit_identical(stamp_ns):
    assert ns_from_time(time_from_ns(stamp_ns)) == stamp_ns


def test_a_time_before_zero_becomes_zero():
    assert ns_from_time(time_from_ns(-5)) == 0


def test_field_checks_are_on_in_these_tests():
    with pytest.raises(AssertionError):
        Image().data = [300]


@pytest.mark.parametrize('pixels', [RGB, RGB[..., 1], RGB[:, ::2], RGB[::-1, :, ::-1]])
def test_an_image_comes_back_as_it_went(pixels):
    message = over_the_wire(image_from_array(pixels, STAMP_NS, 'eye'))
    assert isinstance(message.data, array) and message.data.typecode == 'B'
    assert message.step * message.height == len(message.data)
    assert message.header.frame_id == 'eye' and ns_from_time(message.header.stamp) == STAMP_NS
    grey = pixels.ndim == 2
    assert message.encoding == ('mono8' if grey else 'rgb8')
    expected = np.repeat(pixels[..., None], 3, 2) if grey else pixels
    np.testing.assert_array_equal(array_from_image(message), expected)


@pytest.mark.parametrize(
    'pixels', [RGB.astype(np.float32), np.zeros((4, 4, 2), np.uint8), np.zeros(4, np.uint8)]
)
def test_what_is_no_picture_is_refused(pixels):
    with pytest.raises(RosError, match='uint8 of shape'):
        image_from_array(pixels, 0, '')


def test_a_compressed_image_is_recognised_by_its_type():
    payload = cv2.imencode('.png', RGB[..., ::-1])[1].tobytes()
    message = over_the_wire(CompressedImage(format='', data=array('B', payload)))
    np.testing.assert_array_equal(array_from_image(message), RGB)


BRIDGED = {
    **dict.fromkeys(['rgb8', 'bgr8', 'rgba8', 'bgra8', 'mono8', 'yuv422', 'yuv422_yuy2'], 0),
    **{f'bayer_{pattern}8': 0 for pattern in ('rggb', 'bggr', 'gbrg', 'grbg')},
    **dict.fromkeys(['mono16', 'rgb16', 'bgr16', 'rgba16', 'bgra16'], 1),  # it rounds
}


@pytest.mark.parametrize('pad', [0, 6])
@pytest.mark.parametrize('encoding', BRIDGED)
def test_cv_bridge_makes_the_same_arrays(encoding, pad):
    bridge = pytest.importorskip('cv_bridge', reason='cv_bridge is not installed').CvBridge()
    layout = ENCODINGS[encoding]
    tight = 10 * layout.channels * layout.bytes
    message = Image(height=8, width=10, encoding=encoding, step=tight + pad)
    rng = np.random.default_rng(6)
    message.data = array('B', rng.integers(0, 256, 8 * (tight + pad), np.uint8).tobytes())
    expected = bridge.imgmsg_to_cv2(message, 'rgb8').astype(int)
    assert np.abs(array_from_image(message) - expected).max() <= BRIDGED[encoding]


def ground(cells):
    ranges = np.zeros(8, np.float32)
    return GroundMap(STAMP_NS, 'base', 0.25, (-3.0, 4.5), {}, cells, ranges)


def test_a_grid_comes_back_as_it_went():
    cells = np.arange(-1, 11, dtype=np.int8).reshape(3, 4)
    message = over_the_wire(grid_from_array(cells, ground(cells), 'odom', ground_z_m=-0.3))
    assert isinstance(message, OccupancyGrid) and message.data.typecode == 'b'
    np.testing.assert_array_equal(array_from_grid(message), cells)
    info = message.info
    assert (info.width, info.height, info.resolution) == (4, 3, 0.25)
    place, turn = info.origin.position, info.origin.orientation
    assert (place.x, place.y, place.z) == (-3.0, 4.5, -0.3)
    assert (turn.x, turn.y, turn.z, turn.w) == (0.0, 0.0, 0.0, 1.0)
    assert message.header.frame_id == 'odom'
    assert ns_from_time(message.header.stamp) == STAMP_NS


def test_a_grid_can_carry_another_time_and_strided_cells():
    cells = np.arange(12, dtype=np.int8).reshape(3, 4)[:, ::2]
    message = grid_from_array(cells, ground(cells), 'odom', stamp_ns=7)
    assert ns_from_time(message.header.stamp) == 7
    np.testing.assert_array_equal(array_from_grid(message), cells)


def test_a_resolution_without_exact_float32_passes_field_checks():
    cells = np.zeros((2, 2), np.int8)
    message = grid_from_array(cells, ground(cells)._replace(resolution_m=0.1), 'odom')
    assert message.info.resolution == pytest.approx(0.1)


def test_cells_of_another_type_are_refused():
    with pytest.raises(RosError, match='int8'):
        grid_from_array(np.zeros((2, 2)), ground(np.zeros((2, 2), np.int8)), 'odom')


def test_a_diagnostic_names_levels_and_writes_texts():
    status = over_the_wire(diagnostic('/panoseg', 'warn', 'words', {'rate': 1.5, 'n': 3}, 'rig'))
    assert status.level == DiagnosticStatus.WARN and status.hardware_id == 'rig'
    assert [(v.key, v.value) for v in status.values] == [('rate', '1.5'), ('n', '3')]


def test_a_pose_is_read_from_odometry():
    message = Odometry()
    message.pose.pose.position.y = 2.0
    message.pose.pose.orientation.w = 1.0
    assert pose_from_odometry(message) == ((0.0, 2.0, 0.0), (0.0, 0.0, 0.0, 1.0))
