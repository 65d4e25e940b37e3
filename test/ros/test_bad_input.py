"""Bad input: one line per fault, a counter, and good frames before and after."""

import cv2
import numpy as np
import pytest
from node_harness import compressed, harness, image, value_of
from sensor_msgs.msg import CompressedImage, Image

from panoseg_ros.errors import BackendError

__all__ = ['harness']


def changed(message, **fields):
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def jpeg(value):
    return cv2.imencode('.png', np.full((32, 64, 3), value, np.uint8))[1].tobytes()


RAW_FAULTS = {
    'image encoding': (lambda m: changed(m, encoding='rgb9'), "'rgb9' is not one of rgb8"),
    'image step': (lambda m: changed(m, step=5), 'step 5'),
    'image truncated': (lambda m: changed(m, data=m.data[:100]), 'holds 100 bytes'),
    'image size': (lambda m: changed(m, height=0, width=0, step=0), '0x0'),
    'image shape': (lambda m: changed(m, height=16), 'aspect ratio of 1024x512'),
}
PICTURE = cv2.imencode('.jpg', np.random.default_rng(0).integers(0, 255, (32, 64, 3)))[1].tobytes()
COMPRESSED_FAULTS = {
    'image format': (b'not a picture', 'not as jpeg or png'),
    'image truncated': (PICTURE[:-300], 'has no end'),
    'image corrupt': (PICTURE[:900] + bytes(200) + PICTURE[1100:], 'is damaged: Corrupt JPEG'),
}


def watch(harness, spin_until):
    """Return (lines, good): the logged lines, and a function that sends a good image."""
    lines, combined = harness.fault_lines(), harness.listen('costmap/combined')

    def good(publish, value):
        publish(value)
        spin_until(lambda: [g for g in combined if value_of(g) == value])

    return lines, good


def expect_fault(harness, spin_until, send, kind, words, lines):
    for count in (1, 2, 3):
        send()
        spin_until(lambda count=count: harness.node.faults.counts().get(kind) == count)
    assert len(lines) == 1 and words in lines[0] and '\n' not in lines[0]


@pytest.mark.parametrize('kind', RAW_FAULTS)
def test_a_bad_raw_image_is_one_line_and_a_counter(harness, spin_until, kind):
    change, words = RAW_FAULTS[kind]
    harness.start()
    lines, good = watch(harness, spin_until)
    camera = harness.camera()
    good(lambda v: camera.publish(image(v, harness.next_ns())), 3)
    expect_fault(
        harness,
        spin_until,
        lambda: camera.publish(change(image(9, harness.next_ns()))),
        kind,
        words,
        lines,
    )
    good(lambda v: camera.publish(image(v, harness.next_ns())), 4)
    newest = harness.diagnostics()
    spin_until(lambda: newest() and newest().values[f'faults: {kind}'] == '3')
    assert harness.state() == 'active'


@pytest.mark.parametrize('kind', COMPRESSED_FAULTS)
def test_a_bad_compressed_image_is_one_line_and_a_counter(harness, spin_until, kind):
    payload, words = COMPRESSED_FAULTS[kind]
    harness.start(input__transport='compressed')
    lines, good = watch(harness, spin_until)
    camera = harness.camera('image/compressed', CompressedImage)
    good(lambda v: camera.publish(compressed(jpeg(v), harness.next_ns())), 3)
    expect_fault(
        harness,
        spin_until,
        lambda: camera.publish(compressed(payload, harness.next_ns())),
        kind,
        words,
        lines,
    )
    good(lambda v: camera.publish(compressed(jpeg(v), harness.next_ns())), 4)


def test_another_size_of_the_same_shape_is_no_fault(harness, spin_until):
    harness.start()
    lines, good = watch(harness, spin_until)
    camera = harness.camera()
    good(lambda v: camera.publish(image(v, harness.next_ns(), size=(128, 64))), 3)
    good(lambda v: camera.publish(image(v, harness.next_ns())), 4)
    assert not lines


@pytest.mark.parametrize(
    ('error', 'kind', 'words'),
    [
        (BackendError('network: out of memory'), 'BackendError', 'out of memory'),
        (ZeroDivisionError('bug'), 'internal error', 'ZeroDivisionError: bug (/'),
    ],
)
def test_a_failing_network_costs_its_frame_only(harness, spin_until, error, kind, words):
    harness.start()
    lines, good = watch(harness, spin_until)
    camera = harness.camera()
    harness.pipeline.error = error
    expect_fault(
        harness,
        spin_until,
        lambda: camera.publish(image(9, harness.next_ns())),
        kind,
        words,
        lines,
    )
    harness.pipeline.error = None
    good(lambda v: camera.publish(image(v, harness.next_ns())), 4)


def test_masks_are_not_published_for_a_bad_image(harness, spin_until):
    harness.start()
    masks = harness.listen('segmentation/mask', Image, 10)
    camera = harness.camera()
    camera.publish(changed(image(9, harness.next_ns()), encoding='rgb9'))
    spin_until(harness.node.faults.counts)
    camera.publish(image(4, harness.next_ns()))
    spin_until(lambda: masks)
    assert len(masks) == 1 and set(masks[0].data) == {4}
