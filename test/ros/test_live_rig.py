"""What CameraInfo and TF add to a rig file, without a node."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo, RegionOfInterest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cameras import load_rig_template
from panoseg_ros.errors import CameraError
from panoseg_ros.frames import Frame
from panoseg_ros.geometry import BODY_FROM_OPTICAL, transform
from panoseg_ros.pipeline import Pipeline, warm_up
from panoseg_ros.ros.camera_info import fingerprint, lens_from_message
from panoseg_ros.ros.live_rig import LiveRig

RIG = """
name: live
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  front:
    topic: image
    calibration: camera_info
    pano_from_lens: {frame_id: front_optical}
"""
K = (300.0, 0.0, 319.5, 0.0, 300.0, 239.5, 0.0, 0.0, 1.0)


def info(**fields):
    values = {'width': 640, 'height': 480, 'distortion_model': 'plumb_bob', 'd': [0.0] * 5}
    return CameraInfo(k=np.array(K), **values | fields)


@pytest.fixture
def live(tmp_path):
    path = tmp_path / 'rig.yaml'
    path.write_text(RIG)
    return LiveRig(load_rig_template(path), {'front': '/camera_info'}, 'base_link')


def test_it_says_what_it_waits_for(live):
    assert live.missing == ('camera_info on /camera_info', 'TF base_link <- front_optical')
    assert live.take_info('front', info())
    live.take_pose('front', np.eye(4))
    assert live.missing == () and live.unposed == ()
    rig = live.rig()
    assert rig.lenses[0].lens.size == (640, 480)
    np.testing.assert_allclose(rig.lenses[0].pano_from_lens[:3, 3], (0.0, 0.0, -1.0))
    assert live.sources() == {
        'front': 'camera_info on /camera_info, pose from TF front_optical'
    }  # fmt: skip


@pytest.mark.parametrize(
    'change',
    [
        {'width': 320},
        {'distortion_model': 'equidistant'},
        {'d': [0.1] * 5},
        {'binning_x': 2},
        {'roi': RegionOfInterest(x_offset=1)},
    ],
)
def test_only_what_makes_another_lens_is_new(live, change):
    assert live.take_info('front', info())
    again = info()
    again.header.stamp.sec, again.header.frame_id = 5, 'elsewhere'
    again.p, again.r = np.ones(12), np.ones(9)
    assert not live.take_info('front', again)
    version = live.version
    assert live.take_info('front', info(**change)) and live.version > version


def test_numbers_that_are_none_are_not_new_each_time():
    assert fingerprint(info(d=[math.nan] * 5)) == fingerprint(info(d=[math.nan] * 5))


FLOATS = st.floats(width=64) | st.sampled_from([0.0, 1.0, 300.0, 319.5])
WHOLE = st.integers(0, 2**32 - 1) | st.integers(0, 1000)


@settings(max_examples=80, deadline=None)
@given(
    st.tuples(WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE),
    st.sampled_from(['plumb_bob', 'rational_polynomial', 'equidistant', '']) | st.text(),
    st.lists(FLOATS, max_size=9),
    st.just(K) | st.tuples(*[FLOATS] * 9),
    st.none() | st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
)  # fmt: skip
def test_no_message_raises_anything_but_the_rooms_own_error(whole, model, d, k, image_size):
    width, height, x, y, w, h, binning_x, binning_y = whole
    model = model.encode('utf-8', 'ignore').decode()
    roi = RegionOfInterest(x_offset=x, y_offset=y, width=w, height=h)
    message = CameraInfo(
        width=width,
        height=height,
        distortion_model=model,
        d=d,
        k=np.array(k),
        binning_x=binning_x,
        binning_y=binning_y,
        roi=roi,
    )
    try:
        lens = lens_from_message(message, image_size, '/x')
    except CameraError as err:
        assert 'camera_info on /x: ' in str(err) and '\n' not in str(err)
    else:
        assert image_size in (None, lens.size)


def test_a_real_pipeline_is_warmed_up_before_its_lens_is_known(live, make_bundle):
    bundle = load_bundle(make_bundle(64, 128))
    pipeline = Pipeline(bundle, live.template.blind(), threads=1)
    warm_up(pipeline, posed=False)
    equidistant = {'distortion_model': 'equidistant', 'd': [0.0] * 4}
    live.take_info('front', info(**equidistant))
    live.take_pose('front', transform(BODY_FROM_OPTICAL, (0.0, 0.0, 1.0)))
    calibrated = pipeline.with_rig(live.rig())
    picture = np.full((480, 640, 3), 200, np.uint8)
    result = calibrated([Frame(5, '', picture, 'front')])
    assert 0.05 < result.panorama.valid.mean() < 0.5
    assert result.panorama.valid[32, 64] and not result.panorama.valid[32, 0]
    assert not pipeline([Frame(5, '', picture[:2, :2], 'front')]).panorama.valid.any()
