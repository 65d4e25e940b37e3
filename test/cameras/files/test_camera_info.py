"""Lenses of live camera_info numbers: sizes, ROI, binning and every refusal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras import KannalaBrandt, Pinhole, lens_from_camera_info
from panoseg_ros.errors import CameraError

K = (300.0, 0.0, 319.0, 0.0, 301.0, 241.0, 0.0, 0.0, 1.0)
D = (-0.01, 0.002, -0.001, 0.0001)
TOPIC = 'camera_info topic /front/camera_info'


def lens(**changes):
    numbers = {
        'width': 640,
        'height': 480,
        'distortion_model': 'equidistant',
        'd': D,
        'k': K,
        'where': TOPIC,
    }
    return lens_from_camera_info(**{**numbers, **changes})


def test_models_and_padding():
    assert lens() == KannalaBrandt((640, 480), 300.0, 301.0, 319.0, 241.0, D)
    plumb_bob = lens(distortion_model='plumb_bob', d=(-0.2, 0.05, 0.001, 0.002))
    assert plumb_bob == Pinhole(
        (640, 480), 300.0, 301.0, 319.0, 241.0, (-0.2, 0.05, 0.001, 0.002, 0.0)
    )
    eight = (0.1, 0.02, 0.001, 0.002, 0.003, 0.2, 0.03, 0.004)
    assert lens(distortion_model='rational_polynomial', d=eight).distortion == eight
    assert lens(d=np.array(D), k=np.array(K)) == lens()  # rclpy gives arrays


@pytest.mark.parametrize('size', [(320, 240), (1280, 960), (213, 160), (64, 48)])
def test_a_scaled_picture_shows_the_same_rays(size):
    rays = lens().unproject([[100.0, 100.0], [320.0, 240.0], [600.0, 50.0]])
    scaled = lens(image_size=size)
    assert scaled.size == size
    share = scaled.project(rays) / size
    np.testing.assert_allclose(share, lens().project(rays) / (640, 480), atol=1e-12)


@pytest.mark.parametrize('size', [(640, 481), (320, 480), (640, 360), (319, 242)])
def test_another_shape_is_refused(size):
    with pytest.raises(
        CameraError, match=rf'{TOPIC}: describes pictures of 640x480, which {size[0]}'
    ):
        lens(image_size=size)


def test_roi_and_binning_cut_and_shrink():
    """Pixels of the sent picture see the rays of the full picture's pixels that they hold."""
    sent = lens(roi=(40, 20, 560, 400), binning=(2, 4))
    assert sent.size == (280, 100)
    in_sent = np.array([[0.0, 0.0], [140.0, 50.0], [280.0, 100.0]])
    in_full = in_sent * (2, 4) + (40, 20)
    np.testing.assert_allclose(sent.unproject(in_sent), lens().unproject(in_full), atol=1e-12)


def test_a_scaled_roi():
    sent = lens(roi=(40, 20, 560, 400), binning=(2, 2), image_size=(140, 100))
    in_full = np.array([[140.0, 100.0]]) / (140, 100) * (560, 400) + (40, 20)
    np.testing.assert_allclose(
        sent.unproject([[140.0, 100.0]]), lens().unproject(in_full), atol=1e-12
    )
    with pytest.raises(CameraError, match='describes pictures of 280x200'):
        lens(roi=(40, 20, 560, 400), binning=(2, 2), image_size=(640, 480))


def test_an_odd_side_is_binned_to_whole_pixels():
    assert lens(width=641, height=481, binning=(2, 2)).size == (320, 240)
    assert lens(width=641, height=481, binning=(2, 2), image_size=(320, 240)).size == (320, 240)


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        ({'distortion_model': 'fisheye'}, "one of plumb_bob, .* got 'fisheye' .* equidistant in"),
        ({'distortion_model': ''}, "distortion_model must be one of .*, got ''"),
        ({'d': D[:3]}, r'\(d\) of equidistant must be 4 numbers .k1 k2 k3 k4., got 3'),
        ({'d': (*D, 0.0)}, r'\(d\) of equidistant must be 4 .* got 5'),
        ({'distortion_model': 'plumb_bob', 'd': ()}, 'plumb_bob must be 4 or 5 numbers .* got 0'),
        ({'distortion_model': 'plumb_bob', 'd': (0.0,) * 8}, 'must be 4 or 5 numbers .* got 8'),
        ({'distortion_model': 'rational_polynomial', 'd': D}, 'must be 8 numbers .* got 4'),
        ({'d': (0.1, 0.1, 0.1, float('nan'))}, r'\(d\) must be finite'),
        ({'k': (0.0,) * 9}, 'the camera is not calibrated'),
        ({'k': K[:8]}, r'camera matrix \(k\) must be 9 finite numbers'),
        ({'k': (300.0, 5.0, *K[2:])}, r'\(k\) must be fx 0 cx, 0 fy cy, 0 0 1'),
        ({'k': (-300.0, *K[1:])}, 'fx must be'),
        ({'width': 0}, 'width must be whole numbers 1..32767, got 0'),
        ({'roi': (600, 0, 100, 100)}, 'roi must be x, y, width, height inside 640x480'),
        ({'roi': (10, 10, 0, 0)}, 'roi must be x, y'),
        ({'binning': (1000, 1)}, 'binning leaves no picture'),
        ({'image_size': (0, 0)}, 'image size must be whole numbers'),
    ],
)
def test_faults_name_topic_and_field(change, named):
    with pytest.raises(CameraError, match=named) as caught:
        lens(**change)
    assert str(caught.value).startswith(f'{TOPIC}: ')
    assert '\n' not in str(caught.value)


anything = st.one_of(
    st.floats(), st.integers(), st.text(max_size=3), st.none(), st.lists(st.floats(), max_size=14)
)


@settings(deadline=None)
@given(
    key=st.sampled_from(
        ['width', 'height', 'distortion_model', 'd', 'k', 'binning', 'roi', 'image_size']
    ),
    value=anything,
)
def test_no_other_error_escapes(key, value):
    if key == 'binning':
        value = (value, 1)
    if key == 'roi':
        value = (value, 0, 10, 10)
    if key == 'image_size':
        value = (value, 480)
    try:
        lens(**{key: value})
    except CameraError as err:
        assert TOPIC in str(err)


def test_an_echoed_message_is_read(read_sample):
    (camera,) = read_sample('echoed_info.yaml')
    expected = lens(
        distortion_model='plumb_bob',
        d=(-0.2, 0.05, 0.001, 0.002, 0.0),
        binning=(2, 2),
        roi=(40, 20, 560, 400),
    )
    assert camera.lens == expected
    assert camera.name == 'echoed_info'
    (again,) = read_sample('echoed_info.yaml', ('\nd:', '\nD:'), ('\nk:', '\nK:'))  # ROS 1
    assert again.lens == expected
