"""H.264 through the node: real messages in, costmaps with the stamps of their packets out."""

import sys

import pytest
from node_harness import NS, START_NS, TWO_TOPICS, compressed, harness, now_ns, stamp_of
from rclpy.qos import QoSReliabilityPolicy
from sensor_msgs.msg import CompressedImage
from video_streams import GOP, RATE_HZ, flat, shade, stream

__all__ = ['harness']
PERIOD_NS = NS // RATE_HZ
PLAIN = stream(60, flat, size=(64, 32))
REORDERED = stream(30, flat, size=(64, 32), b_frames=2)


def at_ns(index):
    return START_NS + index * PERIOD_NS


def index_of(stamp_ns):
    return round((stamp_ns - START_NS) / PERIOD_NS)


def start(harness, **values):
    harness.start(input__transport='h264', **values)
    return harness.camera('image/compressed', CompressedImage)


def send(camera, packets):
    for index, packet in packets:
        camera.publish(compressed(packet, at_ns(index)))


def figures(harness, topic='image'):
    found = harness.node._session.figures()
    mark = f'video: {topic} '
    return {name[len(mark) :]: value for name, value in found.items() if name.startswith(mark)}


def shown(harness):
    """Return the indices of the processed pictures; the value of each must be its own."""
    pictures = [(index_of(stamp), value) for stamp, value in harness.pipeline.seen if stamp]
    assert all(abs(value - shade(index)) <= 3 for index, value in pictures)
    assert pictures == sorted(pictures)
    return [index for index, _ in pictures]


def test_a_stream_of_fifteen_pictures_per_second_becomes_costmaps(harness, spin_until):
    camera = start(harness)
    combined = harness.listen('costmap/combined')
    left = iter(PLAIN[:30] + PLAIN[38:])  # 30 to 37 are lost on the way, 36 is a key frame

    sent = []

    def tick():
        if len(sent) != 30 or combined_at(29):
            packet = next(left, None)
            sent.extend([packet] if packet else [])
            send(camera, sent[-1:] if packet else [])

    def combined_at(index):
        return combined and index_of(stamp_of(combined[-1])) == index

    harness.tester.create_timer(1.0 / RATE_HZ, tick)
    spin_until(lambda: combined_at(29))
    assert figures(harness)['pictures'] == 30 and not harness.node.faults.counts()
    spin_until(lambda: combined_at(59))
    assert harness.node.faults.counts() == {'image video': 1}
    assert next(index for index in shown(harness) if index > 29) >= 48
    assert {stamp_of(grid) for grid in combined} <= {at_ns(index) for index, _ in PLAIN}
    assert figures(harness)['decode errors'] == 1


def test_reordered_pictures_keep_the_stamps_of_their_packets(harness, spin_until):
    camera = start(harness)
    combined = harness.listen('costmap/combined')
    for sent, packet in enumerate(REORDERED, 1):
        send(camera, [packet])
        spin_until(lambda sent=sent: figures(harness)['packets'] == sent)
    spin_until(lambda: combined and index_of(stamp_of(combined[-1])) >= 26)
    assert shown(harness) and not harness.node.faults.counts()
    assert harness.node._session.intake.out_of_order == 0


def test_joining_in_the_middle_says_what_it_waits_for(harness, spin_until):
    camera = start(harness)
    newest = harness.diagnostics()
    combined = harness.listen('costmap/combined')
    send(camera, PLAIN[2:GOP])
    spin_until(lambda: newest() and newest().values.get('video: image packets') == str(GOP - 2))
    assert newest().values['video: image state'] == 'waiting for a key frame'
    assert newest().values['video: image decode errors'] == '0'
    assert not shown(harness) and not combined and not harness.node.faults.counts()
    send(camera, PLAIN[GOP : GOP + 3])
    spin_until(lambda: index_of(stamp_of(combined[-1])) == GOP + 2 if combined else False)
    spin_until(lambda: newest().values['video: image state'] == 'decoding 64x32')


def test_every_packet_is_decoded_and_only_the_newest_picture_is_segmented(harness, spin_until):
    camera = start(harness)
    session = harness.node._session
    harness.occupy(lambda: send(camera, PLAIN[:1]))
    for index, packet in PLAIN[1:10]:
        send(camera, [(index, packet)])
        spin_until(lambda index=index: session.intake.received == index + 1)
    harness.pipeline.open.set()
    spin_until(lambda: 9 in shown(harness))
    assert shown(harness) == [0, 9] and session.skipped == 8
    assert figures(harness)['pictures'] == 10


def test_the_subscription_is_reliable_and_deep(harness):
    start(harness)
    topic = harness.node.resolve_topic_name('image/compressed')
    (subscription,) = [s for s in harness.node.subscriptions if s.topic_name == topic]
    assert subscription.qos_profile.reliability == QoSReliabilityPolicy.RELIABLE
    assert subscription.qos_profile.depth == 60


def test_after_a_pause_the_node_waits_for_a_key_frame_again(harness, spin_until):
    camera = start(harness)
    send(camera, PLAIN[:4])
    spin_until(lambda: 3 in shown(harness))
    assert harness.change('deactivate')
    threads = [t for t in harness.node._threads if t.name == 'panoseg_video']
    spin_until(lambda: not any(thread.is_alive() for thread in threads))
    assert harness.change('activate')
    spin_until(camera.get_subscription_count)
    send(camera, PLAIN[4 : GOP + 2])
    spin_until(lambda: GOP + 1 in shown(harness))
    assert not set(shown(harness)) & set(range(4, GOP))
    assert not harness.node.faults.counts()


def test_a_picture_from_before_a_stop_is_not_delivered(harness, spin_until):
    camera = start(harness)
    session = harness.node._session
    (video,) = session._video._inputs.values()
    send(camera, PLAIN[:1])
    spin_until(lambda: session.intake.received == 1)
    assert harness.change('deactivate')
    session._video._hand_over(video, None)
    spin_until(lambda: not session._video._ready)
    assert session.intake.received == 1


def test_a_zero_stamp_takes_the_time_of_arrival(harness, spin_until):
    camera = start(harness)
    before_ns = now_ns()
    camera.publish(compressed(PLAIN[0][1], 0))
    spin_until(lambda: [s for s, _ in harness.pipeline.seen if s])
    assert before_ns <= harness.pipeline.seen[-1][0] <= now_ns()


def test_lenses_on_two_topics_are_paired(harness, spin_until):
    harness.rig_file.write_text(TWO_TOPICS)
    harness.start(input__transport='h264')
    front = harness.camera('front/image/compressed', CompressedImage)
    back = harness.camera('back/image/compressed', CompressedImage)
    session = harness.node._session
    for index, packet in PLAIN[:4]:
        send(front, [(index, packet)])
        send(back, [(index, packet)])
        spin_until(lambda index=index: session.intake.received == 2 * index + 2)
    spin_until(lambda: 3 in shown(harness))
    assert figures(harness, 'back/image')['pictures'] == 4


def test_another_format_on_the_topic_is_named(harness, spin_until):
    camera, lines = start(harness), harness.fault_lines()
    camera.publish(compressed(b'\xff\xd8\xff\xe0 a jpeg', START_NS))
    spin_until(lambda: harness.node.faults.counts() == {'image format': 1})
    assert len(lines) == 1 and 'need input.transport: compressed' in lines[0]


def test_without_pyav_configure_fails_in_one_line(harness, spin_until, monkeypatch):
    monkeypatch.setitem(sys.modules, 'av', None)
    harness.start(wait_for=None, input__transport='h264')
    newest = harness.diagnostics()
    spin_until(lambda: newest() and 'PyAV' in newest().message)
    assert 'pip install "panoseg_ros[video]"' in newest().message
    assert harness.state() == 'unconfigured'


@pytest.mark.parametrize('transport', ['raw', 'compressed'])
def test_other_transports_do_not_need_pyav(harness, monkeypatch, transport):
    monkeypatch.setitem(sys.modules, 'av', None)
    harness.start(input__transport=transport)
    assert 'video' not in ' '.join(harness.node._session.figures())
