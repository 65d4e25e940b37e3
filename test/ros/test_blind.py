"""Blind is not free: when the node stops seeing, its latched grids say unknown."""

import pytest
from node_harness import NS, START_NS, harness, image, now_ns, stamp_of, value_of
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

__all__ = ['harness']
UNKNOWN = -1


def seeing(harness, spin_until, **values):
    """Return (combined, car, camera) of an active node that has published one grid."""
    harness.start(costmap__classes=['car'], **values)
    combined, car = harness.listen('costmap/combined'), harness.listen('costmap/car')
    camera = harness.camera()
    camera.publish(image(5, harness.next_ns()))
    spin_until(lambda: combined and car and value_of(combined[-1]) == value_of(car[-1]) == 5)
    return combined, car, camera


def is_present(message):
    return abs(now_ns() - stamp_of(message)) < 1000 * NS  # images are years old


def assert_unknown_now(grid, seen_grid):
    assert value_of(grid) == UNKNOWN
    assert is_present(grid)  # and not the image's time
    assert grid.header.frame_id == seen_grid.header.frame_id
    assert grid.info.width == seen_grid.info.width
    assert grid.info.origin == seen_grid.info.origin


def test_without_input_every_grid_is_published_once_as_unknown(harness, spin_until):
    combined, car, camera = seeing(harness, spin_until)
    newest = harness.diagnostics()
    assert harness.set_parameters(input_timeout_s=0.2)[0]
    spin_until(lambda: value_of(combined[-1]) == value_of(car[-1]) == UNKNOWN)
    assert_unknown_now(combined[-1], combined[0])
    count = len(combined), len(car)
    spin_until(lambda: newest() and 'blind' in newest().message)
    assert newest().level == b'\x02' and 'image' in newest().message
    seen = newest().count
    spin_until(lambda: newest().count > seen)  # a second later: silence
    assert (len(combined), len(car)) == count
    assert harness.set_parameters(input_timeout_s=600.0)[0]
    camera.publish(image(6, harness.next_ns()))
    spin_until(lambda: value_of(combined[-1]) == value_of(car[-1]) == 6)
    assert harness.set_parameters(input_timeout_s=0.2)[0]
    spin_until(lambda: value_of(combined[-1]) == UNKNOWN)  # and blind again


def test_a_node_that_never_saw_anything_says_unknown_too(harness, spin_until):
    harness.start(input_timeout_s=0.1, ground__size_m=4.0, ground__resolution_m=0.5)
    combined = harness.listen('costmap/combined')
    spin_until(lambda: combined)
    assert value_of(combined[0]) == UNKNOWN and combined[0].info.width == 8
    assert combined[0].info.origin.position.x == -2.0


def test_images_that_cannot_be_read_do_not_keep_the_map_alive(harness, spin_until):
    combined, _, camera = seeing(harness, spin_until)
    assert harness.set_parameters(input_timeout_s=0.3)[0]
    bad = image(5, 0, encoding='rgb9')

    def still_bad():
        bad.header.stamp = image(5, harness.next_ns(0.001)).header.stamp
        camera.publish(bad)
        return value_of(combined[-1]) == UNKNOWN

    spin_until(still_bad)


def test_other_outputs_are_silent_while_blind(harness, spin_until):
    combined, _, _ = seeing(harness, spin_until)
    masks = harness.listen('segmentation/mask', Image, 10)
    assert harness.set_parameters(input_timeout_s=0.1)[0]
    spin_until(lambda: value_of(combined[-1]) == UNKNOWN)
    assert not masks


@pytest.mark.parametrize('steps', [['deactivate'], ['deactivate', 'cleanup'], ['shutdown']])
def test_leaving_the_active_state_publishes_unknown(harness, spin_until, steps):
    combined, car, _ = seeing(harness, spin_until)
    for step in steps:
        before = len(combined)
        assert harness.change(step)
        spin_until(lambda before=before: len(combined) > before)
        assert_unknown_now(combined[-1], combined[0])
    spin_until(lambda: value_of(car[-1]) == UNKNOWN)


def test_who_subscribes_after_deactivate_gets_unknown_and_not_the_old_grid(harness, spin_until):
    seeing(harness, spin_until)
    assert harness.change('deactivate')
    late = harness.listen_late('costmap/combined')
    spin_until(lambda: late)
    assert [value_of(grid) for grid in late] == [UNKNOWN]


def test_an_error_publishes_unknown(harness, spin_until):
    combined, _, _ = seeing(harness, spin_until)

    async def bug():
        raise RuntimeError('bug')

    harness.node.enter_deactivate = bug
    assert not harness.change('deactivate')
    spin_until(lambda: value_of(combined[-1]) == UNKNOWN)
    assert harness.state() == 'unconfigured'


def test_a_map_reset_publishes_unknown_and_goes_on_with_an_empty_map(harness, spin_until):
    combined, _, camera = seeing(harness, spin_until)
    resets = harness.pipeline.resets
    assert harness.call(Trigger, 'panoseg/reset_map').success
    spin_until(lambda: value_of(combined[-1]) == UNKNOWN)
    camera.publish(image(7, harness.next_ns()))
    spin_until(lambda: value_of(combined[-1]) == 7)
    assert harness.pipeline.resets == resets + 1


def test_stamps_that_jump_back_reset_the_map_and_are_accepted(harness, spin_until):
    combined, _, camera = seeing(harness, spin_until)
    resets, outputs, published = harness.pipeline.resets, harness.node._session.outputs, []
    publish = outputs._grids['combined'].publish
    outputs._grids['combined'].publish = lambda g: published.append(value_of(g)) or publish(g)
    camera.publish(image(8, START_NS - 30 * 10**9))
    spin_until(lambda: value_of(combined[-1]) == 8)
    assert published == [UNKNOWN, 8]
    assert stamp_of(combined[-1]) == START_NS - 30 * 10**9
    assert harness.pipeline.resets == resets + 1


def test_a_small_step_back_is_dropped_and_counted(harness, spin_until):
    combined, _, camera = seeing(harness, spin_until)
    newest = harness.diagnostics()
    for stamp_ns, count in [(harness.stamp_ns - 10**8, 1), (harness.stamp_ns, 2)]:
        camera.publish(image(8, stamp_ns))
        spin_until(lambda count=count: harness.node._session.intake.out_of_order == count)
    camera.publish(image(9, harness.next_ns()))
    spin_until(lambda: value_of(combined[-1]) == 9)
    assert [value_of(grid) for grid in combined] == [5, 9]
    spin_until(lambda: newest() and newest().values['out of order'] == '2')


def test_stamps_of_outputs_are_the_images_less_the_capture_delay(harness, spin_until):
    combined, _, camera = seeing(harness, spin_until, capture_delay_s=0.05)
    assert stamp_of(combined[-1]) == harness.stamp_ns - 50_000_000
    assert harness.set_parameters(capture_delay_s=0.0) == (True, '')
    camera.publish(image(6, harness.next_ns()))
    spin_until(lambda: value_of(combined[-1]) == 6)
    assert stamp_of(combined[-1]) == harness.stamp_ns


def test_a_zero_stamp_warns_once_and_takes_the_time_of_arrival(harness, spin_until):
    harness.start()
    lines = []
    harness.node.get_logger().warning = lines.append
    combined = harness.listen('costmap/combined')
    camera = harness.camera()
    for value in (3, 4):
        camera.publish(image(value, 0))
        spin_until(lambda value=value: [g for g in combined if value_of(g) == value])
        assert is_present(combined[-1])
    assert len([line for line in lines if 'zero stamp' in line]) == 1
    assert harness.node._session.intake.zero_stamps == 2


def test_receive_time_can_be_asked_for(harness, spin_until):
    combined, _, _ = seeing(harness, spin_until, stamp_source='receive')
    assert is_present(combined[-1])
