"""Headers of real streams of every kind that the encoder makes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from video_streams import GOP, avcc, stream, units

from panoseg_ros.errors import ImageError
from panoseg_ros.pictures import h264

KINDS = {
    'plain': {},
    'B-frames': {'b_frames': 2},
    'reference B-frames': {'b_frames': 3, 'b-pyramid': 'normal'},
    'slices': {'slices': 3},
    'interlaced': {'interlaced': 1},
    'scaling lists': {'cqm': 'jvt', '8x8dct': 1},
    'long': {'gop': 250},
}


def accesses(packets):
    headers = h264.StreamHeaders()
    return [headers.read(packet) for _, packet in packets]


@pytest.mark.parametrize('kind', KINDS)
def test_a_whole_stream_has_no_gap_and_begins_at_its_key_frames(kind):
    packets = stream(30, **KINDS[kind])
    found = accesses(packets)
    assert all(access.picture and not access.gap for access in found)
    gop = KINDS[kind].get('gop', GOP)
    keys = [index % gop == 0 for index, _ in packets]
    assert [access.entry for access in found] == keys
    assert [access.parameters for access in found] == keys


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('count', [1, 2, 5])
def test_a_lost_reference_shows_in_the_next_picture(kind, count):
    packets = stream(30, **KINDS[kind])
    references = [at for at, (_, packet) in enumerate(packets) if units(packet)[-1][0] >> 5 & 3]
    for at in references[:4]:
        rest = packets[:at] + packets[at + count :]
        assert accesses(rest)[at].gap or accesses(rest)[at].entry or at == 0


def test_a_lost_picture_that_nobody_refers_to_is_no_gap():
    packets = stream(20, b_frames=2)
    kept = [p for at, p in enumerate(packets) if at != 3 or units(p[1])[-1][0] >> 5 & 3]
    assert len(kept) < len(packets)
    assert not any(access.gap for access in accesses(kept))


def test_pictures_before_their_parameters_are_no_entry():
    for access in accesses(stream(5)[1:]):
        assert access == h264.Access(True, False, False, False)


def test_a_recovery_point_is_an_entry():
    packets = stream(30, **{'intra-refresh': 1})
    entries = [at for at, access in enumerate(accesses(packets)) if access.entry]
    idr = [at for at, (_, p) in enumerate(packets) if any(u[0] & 31 == 5 for u in units(p))]
    assert idr == [0] and len(entries) > 1


def test_lengths_become_start_codes():
    for _, packet in stream(3):
        rewritten = h264.annex_b(avcc(packet))
        assert list(h264.units(rewritten)) == units(packet)
        assert h264.annex_b(packet) == packet


def test_a_length_that_looks_like_a_start_code_is_a_length():
    unit = b'\x41' + bytes(range(1, 256)) + b'\x42' * 100
    packet = len(unit).to_bytes(4, 'big') + unit
    assert packet.startswith(h264.START)
    assert h264.annex_b(packet) == b'\0\0\0\1' + unit


@pytest.mark.parametrize(
    ('packet', 'words'),
    [(b'', "begins with b''"), (b'\xff\xd8\xff' + bytes(9), 'need input.transport: compressed'),
     (bytes(20), 'not as H.264')],
)  # fmt: skip
def test_what_is_no_h264_is_named(packet, words):
    with pytest.raises(ImageError) as caught:
        h264.annex_b(packet)
    assert caught.value.kind == 'format' and words in str(caught.value)


def test_h265_is_named():
    with pytest.raises(ImageError, match=r'H\.265, allowed is H\.264'):
        h264.StreamHeaders().read(b'\0\0\0\1\x40\1\x0c\1\xff\xff')


def test_a_packet_that_begins_inside_a_picture_is_named():
    (_, packet), *_ = stream(2, slices=3)
    *parameters, first, second, third = units(packet)
    headers = h264.StreamHeaders()
    headers.read(b''.join(h264.START + unit for unit in (*parameters, first)))
    with pytest.raises(ImageError, match='begins inside a picture'):
        headers.read(h264.START + second + h264.START + third)


PACKETS = [packet for _, packet in stream(3)]


@given(
    packet=st.sampled_from(PACKETS),
    at=st.integers(0, 400),
    rubbish=st.binary(max_size=60),
    keep=st.integers(0, 800),
)
@settings(max_examples=300, deadline=None)
def test_damaged_headers_are_an_image_error_at_worst(packet, at, rubbish, keep):
    damaged = (packet[:at] + rubbish + packet[at + len(rubbish) :])[:keep]
    headers = h264.StreamHeaders()
    for data in (PACKETS[0], damaged, *PACKETS):
        try:
            headers.read(h264.annex_b(data))
        except ImageError as err:
            assert err.kind in ('video', 'format') and '\n' not in str(err)


def test_golomb_codes_are_those_of_table_9_2():
    bits = h264._Bits(np.packbits([int(b) for b in '1010011001000010100110']).tobytes())
    assert [bits.golomb() for _ in range(6)] == [0, 1, 2, 3, 4, 5]
