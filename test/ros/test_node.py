"""The road of an image through the node: topics, frames, stamps, quality of service."""

import numpy as np
import pytest
from node_harness import HANG_S, START_NS, TWO_TOPICS, harness, image, stamp_of, value_of
from rclpy.qos import QoSDurabilityPolicy, QoSReliabilityPolicy
from sensor_msgs.msg import Image

from panoseg_ros.labels import load_label_set
from panoseg_ros.pictures.colouring import overlay
from panoseg_ros.ros.conversions import array_from_image

__all__ = ['harness']


def test_an_image_becomes_masks_and_costmaps_with_its_stamp(harness, spin_until):
    harness.start(costmap__classes=['car', 'traffic light'], ground__ground_z_m=-0.25)
    combined = harness.listen('costmap/combined')
    car, light = harness.listen('costmap/car'), harness.listen('costmap/traffic_light')
    masks = harness.listen('segmentation/mask', Image, 10)
    confidences = harness.listen('segmentation/confidence', Image, 10)
    harness.camera().publish(image(7, START_NS))
    spin_until(lambda: masks and confidences and combined and car and light)
    assert {stamp_of(m) for m in (masks[0], confidences[0], combined[0], car[0], light[0])} == {
        START_NS
    }
    assert value_of(combined[0]) == value_of(car[0]) == value_of(light[0]) == 7
    assert (masks[0].encoding, confidences[0].encoding) == ('mono8', 'mono8')
    assert masks[0].step == masks[0].width == 64 and masks[0].height == 32
    assert set(masks[0].data) == set(confidences[0].data) == {7}
    assert {m.header.frame_id for m in masks + confidences} == {'panorama_optical_frame'}
    assert combined[0].header.frame_id == 'base_link'
    origin = combined[0].info.origin
    assert (origin.position.x, origin.position.y, origin.position.z) == (-1.0, -2.0, -0.25)
    assert origin.orientation.w == 1.0


def test_overlay_and_panorama_are_made_only_when_someone_listens(harness, spin_until, monkeypatch):
    made = []
    monkeypatch.setattr(
        'panoseg_ros.ros.publishers.overlay', lambda *a: made.append(a) or overlay(*a)
    )
    harness.start()
    combined = harness.listen('costmap/combined')
    camera = harness.camera()
    camera.publish(image(7, harness.next_ns()))
    spin_until(lambda: combined)
    assert not made
    overlays = harness.listen('segmentation/overlay', Image, 10)
    panoramas = harness.listen('panorama/image', Image, 10)
    publisher = harness.node._session.outputs._images['panorama/image']
    spin_until(publisher.get_subscription_count)
    camera.publish(image(200, harness.next_ns()))
    spin_until(lambda: overlays and panoramas)
    assert len(made) == 1
    assert set(panoramas[0].data) == {200} and panoramas[0].encoding == 'rgb8'
    color = load_label_set('cityscapes19').classes[200 % 19].color
    expected = np.round((np.array(color) + 200) / 2)
    np.testing.assert_allclose(array_from_image(overlays[0])[3, 3], expected, atol=1)


def test_outputs_have_the_promised_quality_of_service(harness):
    harness.start(costmap__classes=['road'])
    best, reliable = QoSReliabilityPolicy.BEST_EFFORT, QoSReliabilityPolicy.RELIABLE
    latched, volatile = QoSDurabilityPolicy.TRANSIENT_LOCAL, QoSDurabilityPolicy.VOLATILE
    expected = {
        'segmentation/mask': (reliable, volatile),
        'segmentation/confidence': (reliable, volatile),
        'segmentation/overlay': (reliable, volatile),
        'panorama/image': (reliable, volatile),
        'costmap/combined': (reliable, latched),
        'costmap/road': (reliable, latched),
    }
    for name, policies in expected.items():
        topic = harness.node.resolve_topic_name(name)
        (info,) = harness.node.get_publishers_info_by_topic(topic)
        assert (info.qos_profile.reliability, info.qos_profile.durability) == policies, name
    topic = harness.node.resolve_topic_name('image')
    (info,) = harness.node.get_subscriptions_info_by_topic(topic)
    assert info.qos_profile.reliability == best
    (subscription,) = [s for s in harness.node.subscriptions if s.topic_name == topic]
    assert subscription.qos_profile.depth == 1
    publishers = {p.topic_name.rsplit('/', 2)[-2]: p for p in harness.node.publishers}
    assert publishers['costmap'].qos_profile.depth == 1


def test_reliability_and_depth_of_a_topic_can_be_overridden(harness):
    harness.start(
        qos__image__reliability='reliable',
        qos__image__depth=3,
        qos__mask__reliability='best_effort',
    )
    (info,) = harness.node.get_publishers_info_by_topic(
        harness.node.resolve_topic_name('segmentation/mask')
    )
    assert info.qos_profile.reliability == QoSReliabilityPolicy.BEST_EFFORT
    topic = harness.node.resolve_topic_name('image')
    (subscription,) = [s for s in harness.node.subscriptions if s.topic_name == topic]
    assert subscription.qos_profile.depth == 3
    assert subscription.qos_profile.reliability == QoSReliabilityPolicy.RELIABLE


def test_only_the_newest_image_is_processed_and_the_others_are_counted(harness, spin_until):
    harness.start()
    combined = harness.listen('costmap/combined')
    camera = harness.camera()
    session = harness.node._session
    harness.occupy(lambda: camera.publish(image(1, harness.next_ns())))
    for value in (2, 3, 4, 5):
        camera.publish(image(value, harness.next_ns()))
        spin_until(lambda value=value: session.intake.received == value)
    harness.pipeline.open.set()
    spin_until(lambda: [g for g in combined if value_of(g) == 5])
    assert [value for stamp, value in harness.pipeline.seen if stamp] == [1, 5]
    assert session.skipped == 3


def test_callbacks_leave_the_pixels_to_the_worker(harness):
    """A callback that looked at the data would fail on this message."""

    class Headed:
        def __init__(self, message):
            self.header = message.header

    harness.start()
    session = harness.node._session
    harness.pipeline.open.clear()
    session._on_image('image', Headed(image(1, START_NS)))
    assert session.intake.received == 1


def test_lenses_on_two_topics_are_paired_by_stamp(harness, spin_until):
    harness.rig_file.write_text(TWO_TOPICS)
    harness.start()
    combined = harness.listen('costmap/combined')
    front, back = harness.camera('front/image'), harness.camera('back/image')
    for topic in ('front/image', 'back/image'):
        name = harness.node.resolve_topic_name(topic)
        (found,) = [s for s in harness.node.subscriptions if s.topic_name == name]
        assert found.qos_profile.depth == 5
    session = harness.node._session
    back.publish(image(9, START_NS + 3_000_000))
    spin_until(lambda: session.intake.received == 1)
    assert not [s for s, _ in harness.pipeline.seen if s]
    front.publish(image(8, START_NS))
    spin_until(lambda: combined)
    assert stamp_of(combined[0]) == START_NS and value_of(combined[0]) == 8
    front.publish(image(8, START_NS + 100_000_000))  # its partner never comes
    back.publish(image(9, START_NS + 300_000_000))
    front.publish(image(6, START_NS + 300_000_000))
    spin_until(lambda: [g for g in combined if value_of(g) == 6])
    stamps = [s - START_NS for s, _ in harness.pipeline.seen if s]
    assert stamps == [0, 300_000_000]


@pytest.mark.parametrize('topic', ['image', 'image/compressed'])
def test_a_compressed_image_arrives_on_the_topic_of_image_transport(harness, spin_until, topic):
    harness.start(input__transport='compressed' if topic != 'image' else 'raw')
    (name,) = harness.node._session.topics
    assert name == harness.node.resolve_topic_name(topic)


def test_a_frame_that_is_done_too_late_is_dropped(harness, spin_until):
    """Deactivated while the network runs: its grid must not follow the unknown one."""
    harness.start()
    combined = harness.listen('costmap/combined')
    camera = harness.camera()
    harness.occupy(lambda: camera.publish(image(1, harness.next_ns())))
    assert harness.change('deactivate')
    spin_until(lambda: combined)
    harness.pipeline.open.set()
    spin_until(lambda: 1 in [value for stamp, value in harness.pipeline.seen if stamp])
    assert harness.change('activate')
    camera = harness.camera()
    camera.publish(image(2, harness.next_ns()))
    spin_until(lambda: [g for g in combined if value_of(g) == 2])
    assert 1 not in [value_of(g) for g in combined]


def test_a_frame_that_is_done_after_cleanup_is_dropped_without_a_fault(harness):
    harness.start()
    session = harness.node._session
    camera = harness.camera()
    harness.occupy(lambda: camera.publish(image(1, harness.next_ns())))
    assert harness.change('deactivate') and harness.change('cleanup')
    harness.pipeline.open.set()
    assert session._worker.close(timeout_s=HANG_S)
    assert harness.node.faults.counts() == {}
