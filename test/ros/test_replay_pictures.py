"""Pictures and calibrations out of a bag are those that the node makes of its messages."""

import numpy as np
import pytest
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CameraInfo, Image

pytest.importorskip('rosbags', reason='bags need rosbags')

from panoseg_ros import bags
from panoseg_ros.cameras import load_rig_template
from panoseg_ros.evaluation.replay.bag_source import BagSource
from panoseg_ros.evaluation.replay.shots import frames_of
from panoseg_ros.pictures import ENCODINGS, PLANAR
from panoseg_ros.ros.camera_info import lens_from_message
from panoseg_ros.ros.conversions import array_from_image
from panoseg_ros.streams import StreamRules, parse_remaps

START, STEP = 1_700_000_000_000_000_000, 100_000_000
WIDTH, HEIGHT = 32, 16
KNOWN = f"""
name: known
base_from_pano: {{}}
lenses:
  eye:
    topic: image
    source_size: [{WIDTH}, {HEIGHT}]
    pano_from_lens: {{}}
    lens: {{model: equirectangular, top_deg: 90.0, bottom_deg: -90.0}}
"""
OPEN = """
name: open
base_from_pano: {}
lenses:
  eye: {topic: eye/image, calibration: camera_info, pano_from_lens: {}}
"""


def raw(index, encoding, height, step, count, big_endian=False):
    data = np.random.default_rng(index).integers(0, 256, count, np.uint8)
    size = height, WIDTH
    return bags.RawImageMessage(START + index * STEP, 'c', *size, encoding, big_endian, step, data)


def layouts():
    """Yield every encoding tight and with padded rows, and every way to fill in planes."""
    for encoding, layout in ENCODINGS.items():
        tight = WIDTH * layout.channels * layout.bytes
        for step in (tight, tight + 6):
            last = HEIGHT * step - (step - tight)  # the last row need not be padded
            yield encoding, HEIGHT, step, last, False
        if layout.bytes == 2:
            yield encoding, HEIGHT, tight, HEIGHT * tight, True
    for encoding in PLANAR:
        whole = HEIGHT * 3 // 2
        yield encoding, HEIGHT, WIDTH, whole * WIDTH, False
        yield encoding, HEIGHT, WIDTH + 6, whole * (WIDTH + 6), False
        yield encoding, whole, WIDTH, whole * WIDTH, False  # the height counts the chroma
        yield encoding, HEIGHT, WIDTH * 3 // 2, whole * WIDTH, False  # so does the step


def test_every_encoding_and_layout_becomes_the_picture_of_the_node(tmp_path):
    rig, path = tmp_path / 'known.yaml', tmp_path / 'a.mcap'
    rig.write_text(KNOWN)
    made = [
        raw(index, encoding, height, step, count, big_endian)
        for index, (encoding, height, step, count, big_endian) in enumerate(layouts())
    ]
    with bags.BagWriter(path) as writer:
        for message in made:
            writer.write('/image', message.stamp_ns, message)
    with bags.BagReader(path) as bag:
        live = [array_from_image(deserialize_message(r.data, Image)) for r in bag.raw()]
    with BagSource(path, load_rig_template(str(rig)), StreamRules()) as source:
        offline = [frames_of(source.rig, shot)[0].image for shot in source]
        assert source.problems == []
    assert len(live) == len(offline) == len(made)
    for message, node, replay in zip(made, live, offline, strict=True):
        np.testing.assert_array_equal(node, replay, str(message[:-1]))


@pytest.mark.parametrize('binning', [(0, 0), (2, 2), (2, 1)])
@pytest.mark.parametrize('roi', [(0, 0, 0, 0), (16, 8, 96, 48)])
@pytest.mark.parametrize(
    ('remap', 'topic'), [((), '/eye'), (('eye/image:=/cam/front/raw',), '/cam/front')]
)
def test_binning_and_region_make_the_lens_of_the_node(tmp_path, binning, roi, remap, topic):
    rig, path = tmp_path / 'open.yaml', tmp_path / 'a.mcap'
    rig.write_text(OPEN)
    k = (60.0, 0.0, 63.5, 0.0, 60.0, 31.5, 0.0, 0.0, 1.0)
    info = bags.CameraInfoMessage(
        START, 'c', 128, 64, 'plumb_bob', (0.1, -0.02, 0.001, 0.002, 0.0), k,
        tuple(np.eye(3).ravel()), (*k[:3], 0.0, *k[3:6], 0.0, *k[6:], 0.0), binning, roi,
    )  # fmt: skip
    image = f'{topic}/{"raw" if remap else "image"}'
    with bags.BagWriter(path) as writer:
        writer.write(f'{topic}/camera_info', START, info)
        writer.write(image, START, raw(0, 'mono8', HEIGHT, WIDTH, HEIGHT * WIDTH))
    with bags.BagReader(path) as bag:
        (record,) = bag.raw([f'{topic}/camera_info'])
    wanted = lens_from_message(deserialize_message(record.data, CameraInfo), None, 'x')
    rules = StreamRules(remaps=parse_remaps(remap))
    with BagSource(path, load_rig_template(str(rig)), rules) as source:
        (entry,) = source.rig.lenses
    assert entry.lens.size == wanted.size
    pixels = np.random.default_rng(0).uniform(0.0, entry.lens.size, (100, 2))
    np.testing.assert_array_equal(entry.lens.unproject(pixels), wanted.unproject(pixels))
