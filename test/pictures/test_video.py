"""Whatever happens to the packets, a picture comes out right and with its own header, or not."""

import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from video_streams import GOP, avcc, flat, shade, stream, textured, units

from panoseg_ros.errors import SettingsError
from panoseg_ros.pictures.video import H264Decoder, require_pyav

NS = 1_000_000_000
PLAIN = stream(30)
REORDERED = stream(30, b_frames=2)


class Run:
    """Everything that a decoder made of some packets."""

    def __init__(self, packets, decoder=None):
        self.faults = Counter()
        self.lines = []
        self.decoder = decoder or H264Decoder(self.report)
        self.pictures = {}  # header -> picture; the header is the index of the picture
        self.order = []
        for header, packet in packets:
            for picture in self.decoder.decode(packet, header, 0):
                self.order.append(picture.header)
                self.pictures[picture.header] = picture.rgb()

    def report(self, kind, line):
        self.faults[kind] += 1
        self.lines.append(line)

    def agrees_with(self, whole):
        for header, picture in self.pictures.items():
            np.testing.assert_array_equal(picture, whole.pictures[header])


@pytest.fixture(scope='module')
def plain():
    return Run(PLAIN)


@pytest.fixture(scope='module')
def reordered():
    return Run(REORDERED)


def test_every_packet_becomes_its_picture_at_once(plain):
    assert plain.order == list(range(30)) and not plain.faults
    for index, picture in plain.pictures.items():
        assert np.abs(picture.astype(int) - textured(index)).mean() < 4
    assert plain.decoder.state == 'decoding 128x64'


def test_reordered_pictures_carry_the_headers_of_their_own_packets(reordered):
    sent = [index for index, _ in REORDERED]
    assert sent != sorted(sent)
    assert reordered.order == list(range(len(reordered.order)))
    assert len(reordered.order) >= 27 and not reordered.faults
    for index, picture in reordered.pictures.items():
        assert np.abs(picture.astype(int) - textured(index)).mean() < 4


@pytest.mark.parametrize('first', [1, 5, GOP - 1])
def test_joining_in_the_middle_waits_quietly_for_a_key_frame(plain, first):
    run = Run(PLAIN[first:GOP])
    assert not run.order and not run.faults
    assert run.decoder.state == 'waiting for a key frame'
    assert run.decoder.dropped == GOP - first
    joined = Run(PLAIN[first:])
    assert joined.order == list(range(GOP, 30))
    joined.agrees_with(plain)


def test_parameter_sets_may_come_in_messages_of_their_own(plain):
    separate = []
    for index, packet in PLAIN:
        found = units(packet)
        parameters = [unit for unit in found if unit[0] & 31 in (7, 8)]
        rest = [unit for unit in found if unit not in parameters]
        separate += [('parameters', b'\0\0\0\1' + unit) for unit in parameters]
        separate.append((index, b''.join(b'\0\0\1' + unit for unit in rest)))
    run = Run(separate)
    assert run.order == plain.order and not run.faults
    run.agrees_with(plain)


def test_lengths_instead_of_start_codes(plain):
    run = Run([(index, avcc(packet)) for index, packet in PLAIN])
    assert run.order == plain.order
    run.agrees_with(plain)


def test_nothing_comes_out_between_a_loss_and_the_next_key_frame(plain):
    run = Run(PLAIN[:4] + PLAIN[5:])
    assert run.order == [0, 1, 2, 3, *range(GOP, 30)]
    assert run.faults == {'image video': 1} and run.decoder.errors == 1
    assert 'packets are missing: waiting for a key frame' in run.lines[0]
    run.agrees_with(plain)


def test_a_lost_picture_that_nobody_refers_to_costs_only_itself(reordered):
    at = next(n for n, (_, p) in enumerate(REORDERED) if not units(p)[-1][0] >> 5 & 3)
    run = Run(REORDERED[:at] + REORDERED[at + 1 :])
    assert set(reordered.order) - set(run.order) == {REORDERED[at][0]} and not run.faults
    run.agrees_with(reordered)


@pytest.mark.parametrize('b_frames', [0, 2])
@given(lost=st.lists(st.booleans(), min_size=30, max_size=30))
@settings(max_examples=40, deadline=None)
def test_whatever_is_lost_every_picture_that_comes_out_is_right(b_frames, lost):
    packets = REORDERED if b_frames else PLAIN
    assume('1' * GOP not in ''.join('01'[gone] for gone in lost))
    run = Run([packet for packet, gone in zip(packets, lost, strict=True) if not gone])
    assert run.order == sorted(set(run.order))
    run.agrees_with(Run(packets))


@pytest.mark.parametrize('rubbish', [b'\0\0\0\1' + bytes(range(7, 200)), b'\0\0\0\1\x41\xff',
                                     b'\xff\xd8\xff\xe0 a jpeg', b'', b'\0\0\1'])  # fmt: skip
def test_rubbish_between_packets_does_no_harm(plain, rubbish):
    run = Run([*PLAIN[:5], ('rubbish', rubbish), *PLAIN[5:]])
    assert run.order[:5] == [0, 1, 2, 3, 4] and run.order[-6:] == list(range(24, 30))
    assert 'rubbish' not in run.pictures
    run.agrees_with(plain)


@pytest.mark.parametrize('keep', [0.3, 0.9])
def test_a_truncated_packet_costs_the_pictures_up_to_the_next_key_frame(plain, keep):
    index, packet = PLAIN[4]
    run = Run([*PLAIN[:4], (index, packet[: int(keep * len(packet))]), *PLAIN[5:]])
    assert run.order == [0, 1, 2, 3, *range(GOP, 30)]
    assert run.faults == {'image video': 1} and 'damaged' in run.lines[0]
    run.agrees_with(plain)


@given(at=st.integers(0, 29), start=st.integers(0, 900), rubbish=st.binary(max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_packet_raises(at, start, rubbish):
    index, packet = PLAIN[at]
    damaged = packet[:start] + rubbish + packet[start + len(rubbish) :]
    run = Run([*PLAIN[:at], (index, damaged), *PLAIN[at + 1 :], *PLAIN[:GOP]])
    assert run.decoder.packets == 30 + GOP


def test_a_refreshing_stream_without_key_frames_is_joined_and_survives_loss():
    packets = stream(60, **{'intra-refresh': 1})
    whole = Run(packets)
    assert whole.order == list(range(60))
    joined = Run(packets[3:])
    assert joined.order and joined.order[-1] == 59 and min(joined.order) > GOP
    joined.agrees_with(whole)
    damaged = Run(packets[:14] + packets[16:])
    assert damaged.order[:14] == list(range(14)) and damaged.order[-1] == 59
    assert not set(range(16, 24)) & set(damaged.order)
    damaged.agrees_with(whole)


def test_a_change_of_size_begins_anew():
    small = [(100 + index, packet) for index, packet in stream(14, flat, size=(64, 32))]
    run = Run([*PLAIN[:14], *small, *PLAIN[:3]])
    assert run.order == [*range(14), *range(100, 114), 0, 1, 2] and not run.faults
    assert run.pictures[100].shape == (32, 64, 3)
    assert run.decoder.size == '128x64'
    late = Run([*PLAIN[:14], *small[1:], *PLAIN[:3]])
    assert set(late.order) == {*range(14), 112, 113}


def test_an_odd_size_is_cropped_as_the_stream_says():
    codec_size = (126, 62)
    run = Run(stream(2, flat, size=codec_size))
    assert run.pictures[0].shape == (62, 126, 3)
    assert np.abs(run.pictures[1].astype(int) - shade(1)).max() <= 3


@pytest.mark.parametrize(('params', 'white'), [({}, 255), ({'fullrange': 'on'}, 235)])
def test_the_range_is_the_one_that_the_stream_names(params, white):
    """A luma of 235 is white in limited range and grey in full range."""
    run = Run(stream(1, lambda *_: np.full((32, 64, 3), 255, np.uint8), size=(64, 32), **params))
    assert np.abs(run.pictures[0].astype(int) - white).max() <= 2


def test_without_pyav_one_line_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, 'av', None)
    with pytest.raises(SettingsError) as caught:
        require_pyav()
    assert 'pip install "panoseg_ros[video]"' in str(caught.value)
    assert '\n' not in str(caught.value)


KINDS = {
    'open groups': {'b_frames': 2, 'open-gop': 1},
    'reference B-frames': {'b_frames': 3, 'b-pyramid': 'normal'},
    'interlaced': {'interlaced': 1, 'b_frames': 1},
    'slices': {'slices': 3},
}


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('lost', [slice(0, 5), slice(3, 4), slice(14, 17), slice(20, 28)])
def test_every_kind_of_stream_survives_loss(kind, lost):
    packets = stream(40, **KINDS[kind])
    run, whole = Run(packets[: lost.start] + packets[lost.stop :]), Run(packets)
    assert run.order == sorted(run.order) and max(run.order) >= 36
    run.agrees_with(whole)
