"""The road of an image through the node: topics, frames, stamps and quality of service."""

from node_harness import START_NS, harness, image, stamp_of, value_of
from sensor_msgs.msg import Image

__all__ = ['harness']


def test_an_image_becomes_masks_and_costmaps_with_its_stamp(harness, spin_until):
    harness.start(costmap__classes=['car', 'traffic light'])
    combined = harness.listen('costmap/combined')
    car, light = harness.listen('costmap/car'), harness.listen('costmap/traffic_light')
    masks = harness.listen('segmentation/mask', Image, 10)
    confidences = harness.listen('segmentation/confidence', Image, 10)
    harness.camera().publish(image(7, START_NS))
    spin_until(lambda: masks and confidences and [g for g in combined if value_of(g) == 7])
    spin_until(lambda: [g for g in car if value_of(g) == 7])
    spin_until(lambda: [g for g in light if value_of(g) == 7])
    assert stamp_of(combined[-1]) == stamp_of(masks[-1]) == START_NS
    assert masks[-1].header.frame_id == 'panorama_optical_frame'
    assert masks[-1].encoding == 'mono8' and set(masks[-1].data) == {7}
    assert masks[-1].step == masks[-1].width
    assert set(confidences[-1].data) == {7}
    assert combined[-1].header.frame_id == 'base_link'
