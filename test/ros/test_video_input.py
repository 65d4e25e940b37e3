"""Packets from a subscription: every picture with its stamp, and no thread that dies."""

import threading
from collections import Counter
from types import SimpleNamespace

import pytest
from video_streams import GOP, stream

from panoseg_ros.ros.video_input import QUEUE, VideoInput

NS = 1_000_000_000
HANG_S = 100.0
PLAIN = stream(30)


def message(packet, stamp_ns):
    stamp = SimpleNamespace(sec=stamp_ns // NS, nanosec=stamp_ns % NS)
    return SimpleNamespace(header=SimpleNamespace(stamp=stamp, frame_id='eye'), data=packet)


class Listener:
    """A `VideoInput` and what it delivered."""

    def __init__(self):
        self.faults = Counter()
        self.stamps = []
        self.arrived = threading.Condition()
        self.video = VideoInput('image', self.take, lambda kind, _: self.faults.update([kind]))

    def take(self, video, picture):
        assert video is self.video
        stamp = picture.header.stamp
        with self.arrived:
            self.stamps.append(stamp.sec * NS + stamp.nanosec)
            self.arrived.notify()

    def wait_for(self, stamp_ns):
        with self.arrived:
            assert self.arrived.wait_for(lambda: stamp_ns in self.stamps, HANG_S)


@pytest.fixture
def listener():
    made = Listener()
    yield made
    made.video.close()
    made.video.thread.join(HANG_S)
    assert not made.video.thread.is_alive()


def test_pictures_are_delivered_with_the_stamps_of_their_packets(listener):
    for index, packet in PLAIN:
        listener.video.put(message(packet, NS + index), 0)
    listener.wait_for(NS + 29)
    assert listener.stamps == [NS + index for index in range(30)]
    assert listener.video.figures()['packets'] == 30


@pytest.mark.parametrize('jump_s', [-2, 2])
def test_a_jump_of_the_stamps_waits_for_a_key_frame(listener, jump_s):
    """The packets fit together, but the stamps say that something lies between them."""
    times = [100 * NS + index + (jump_s * NS if index >= 3 else 0) for index in range(30)]
    for at_ns, (_, packet) in zip(times, PLAIN, strict=True):
        listener.video.put(message(packet, at_ns), 0)
    listener.wait_for(times[-1])
    assert listener.stamps == times[:3] + times[GOP:] and not listener.faults


def test_a_lost_group_shows_in_the_stamps(listener):
    """Key frame and all: the picture numbers before and after fit together."""
    packets = stream(4 * GOP)
    for index, packet in packets[: GOP + 3] + packets[2 * GOP + 3 :]:
        listener.video.put(message(packet, NS + index), 0)
    listener.wait_for(NS + 4 * GOP - 1)
    assert listener.stamps == [NS + index for index in (*range(GOP + 3), *range(3 * GOP, 4 * GOP))]


def test_pictures_that_were_never_taken_are_no_loss(listener):
    times = [NS + index + (4 if index > 17 else 0) for index in range(30)]
    for at_ns, (_, packet) in zip(times, PLAIN, strict=True):
        listener.video.put(message(packet, at_ns), 0)
    listener.wait_for(times[-1])
    assert listener.stamps == times


@pytest.mark.parametrize('gop', [1, 2, 3])
def test_short_groups_are_decoded_whole(listener, gop):
    packets = stream(12, gop=gop)
    for index, packet in packets:
        listener.video.put(message(packet, NS + index * 1000 + index % 3 * 200), 0)
    listener.wait_for(NS + 11 * 1000 + 400)
    assert len(listener.stamps) == 12


def test_a_full_queue_is_dropped_and_waits_for_a_key_frame(listener):
    gate, entered = threading.Event(), threading.Event()
    decode = listener.video._stream.decoder.decode

    def slow(*arguments):
        entered.set()
        assert gate.wait(HANG_S)
        return decode(*arguments)

    listener.video._stream.decoder.decode = slow
    packets = [packet for _, packet in stream(QUEUE + 1 + GOP + 3)]
    listener.video.put(message(packets[0], NS), 0)
    assert entered.wait(HANG_S)
    for index, packet in enumerate(packets[1:], 1):
        listener.video.put(message(packet, NS + index), 0)
    gate.set()
    listener.wait_for(NS + len(packets) - 1)
    key = -(-(QUEUE + 1) // GOP) * GOP
    assert listener.stamps == [NS, *(NS + index for index in range(key, len(packets)))]
    assert listener.faults == {'video overflow': 1}
    assert listener.video.figures()['packets overflowed'] == QUEUE


def test_a_bug_is_reported_and_the_thread_lives_on(listener):
    listener.video.put(SimpleNamespace(header=None), 0)
    for index, packet in PLAIN[:2]:
        listener.video.put(message(packet, NS + index), 0)
    listener.wait_for(NS + 1)
    assert listener.faults == {'internal error': 1}
