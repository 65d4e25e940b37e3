"""What the headers of an H.264 stream say, without decoding a picture.

Convention: a packet is one access unit, all of one picture, as a driver puts it into one
message. Clause numbers are those of ITU-T H.264 (08/2021).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from panoseg_ros.errors import ImageError

SLICE, IDR_SLICE, SEI, SEQUENCE, PICTURE = 1, 5, 6, 7, 8  # nal_unit_type, table 7-1
START = b'\0\0\1'
H265 = b'\x40\1'  # its video parameter set; H.264 has no unit of type 0
RECOVERY_POINT = 6  # payloadType, D.1.1
I_SLICES = (2, 4, 7, 9)  # slice_type I and SI, table 7-6
HIGH_PROFILES = (44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244)  # 7.3.2.1.1
HEADER_BYTES = 48  # enough for all of a slice header that is read here


class Access(NamedTuple):
    """What one packet is for."""

    picture: bool  # it holds slices
    parameters: bool  # it holds a sequence or picture parameter set
    entry: bool  # decoding can begin here
    gap: bool  # a picture that this one may refer to is missing


class _Sequence(NamedTuple):
    frame_num_bits: int
    separate_planes: bool
    gaps_allowed: bool
    frames_only: bool


@dataclass
class _Slice:
    first: bool  # it begins a picture
    intra: bool
    frame_num: int
    sequence: _Sequence


class StreamHeaders:
    """Follows the parameter sets and picture numbers of one stream."""

    def __init__(self) -> None:
        self._sequences: dict[int, _Sequence] = {}
        self._sequence_of: dict[int, int] = {}  # picture parameter set -> sequence
        self._reference: int | None = None  # frame_num of the last reference picture

    def read(self, packet: bytes) -> Access:
        """Return what an Annex B packet is for.

        Raises:
            ImageError: of kind video, if a header is broken or the picture has no beginning;
                of kind format, if it is H.265.
        """
        parameters = recovery = idr = referred = picture = False
        slices: list[_Slice] = []
        try:
            for unit in units(packet):
                kind = unit[0] & 31
                if unit.startswith(H265):
                    raise ImageError('format', 'video packet is H.265, allowed is H.264')
                if kind == SEQUENCE:
                    self._read_sequence(unit)
                elif kind == PICTURE:
                    self._read_picture_parameters(unit)
                elif kind == SEI:
                    recovery |= unit[1:2] == bytes([RECOVERY_POINT])
                elif kind in (SLICE, IDR_SLICE):
                    picture = True
                    slices += self._read_slice(unit)
                    idr |= kind == IDR_SLICE
                    referred |= bool(unit[0] >> 5 & 3)  # nal_ref_idc
                parameters |= kind in (SEQUENCE, PICTURE)
        except (IndexError, ValueError) as err:
            raise ImageError('video', 'H.264 packet with a broken header') from err
        if not slices:
            return Access(picture, parameters, False, False)
        if not slices[0].first:
            raise ImageError('video', 'H.264 packet begins inside a picture')
        intra = all(found.intra for found in slices)
        gap = not idr and self._misses(slices[0])
        if referred:
            self._reference = slices[0].frame_num
        return Access(True, parameters, idr or recovery or (parameters and intra), gap)

    def _misses(self, found: _Slice) -> bool:
        """Tell from frame_num whether a reference picture never came (7.4.3)."""
        if self._reference is None or found.sequence.gaps_allowed:
            return False
        expected = (self._reference + 1) % (1 << found.sequence.frame_num_bits)
        second_field = not found.sequence.frames_only and found.frame_num == self._reference
        return found.frame_num != expected and not second_field

    def _read_sequence(self, unit: bytes) -> None:
        """Read the beginning of seq_parameter_set_data (7.3.2.1.1)."""
        bits = _Bits(_payload(unit))
        profile = bits.take(8)
        bits.take(16)
        number = bits.golomb()
        separate = _skip_chroma(bits) if profile in HIGH_PROFILES else False
        frame_num_bits = bits.golomb() + 4
        order = bits.golomb()  # pic_order_cnt_type
        if order == 0:
            bits.golomb()
        elif order == 1:
            bits.take(1)
            bits.golomb()
            bits.golomb()
            for _ in range(bits.golomb()):
                bits.golomb()
        bits.golomb()  # max_num_ref_frames
        gaps_allowed = bool(bits.take(1))
        bits.golomb()
        bits.golomb()  # size in macroblocks
        frames_only = bool(bits.take(1))
        self._sequences[number] = _Sequence(frame_num_bits, separate, gaps_allowed, frames_only)

    def _read_picture_parameters(self, unit: bytes) -> None:
        bits = _Bits(_payload(unit[:HEADER_BYTES]))
        number = bits.golomb()
        self._sequence_of[number] = bits.golomb()

    def _read_slice(self, unit: bytes) -> Iterator[_Slice]:
        """Yield the slice header (7.3.3), nothing if its parameter sets are not known."""
        bits = _Bits(_payload(unit[:HEADER_BYTES]))
        first, kind = bits.golomb() == 0, bits.golomb()
        sequence = self._sequences.get(self._sequence_of.get(bits.golomb(), -1))
        if sequence is None:
            return
        if sequence.separate_planes:
            bits.take(2)
        yield _Slice(first, kind in I_SLICES, bits.take(sequence.frame_num_bits), sequence)


def annex_b(packet: bytes) -> bytes:
    """Return a packet with start codes; units behind 4-byte lengths (AVCC) are rewritten.

    Raises:
        ImageError: of kind format, if it is neither.
    """
    if packet.startswith(b'\0' + START):
        return packet
    lengths = list(_lengths(packet))
    if lengths and lengths[-1][1] == len(packet):
        return b''.join(b'\0' + START + packet[start:end] for start, end in lengths)
    if packet.startswith(START):
        return packet
    raise ImageError(
        'format',
        f'video packet begins with {packet[:8]!r}, not as H.264 (Annex B or AVCC); '
        'jpeg and png need input.transport: compressed',
    )


def _lengths(packet: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at + 4 < len(packet):
        start, at = at + 4, at + 4 + int.from_bytes(packet[at : at + 4], 'big')
        if at <= start or packet[start] & 0x80:  # forbidden_zero_bit
            return
        yield start, at


def units(packet: bytes) -> Iterator[bytes]:
    """Yield the NAL units of an Annex B packet, without start codes (B.1)."""
    at = packet.find(START)
    while at >= 0:
        end = packet.find(START, at + 3)
        unit = (packet[at + 3 : end] if end >= 0 else packet[at + 3 :]).rstrip(b'\0')
        if unit:
            yield unit
        at = end


def _payload(unit: bytes) -> bytes:
    """Return the bytes behind the unit's first, without emulation prevention (7.3.1)."""
    return unit[1:].replace(b'\0\0\3', b'\0\0')


def _skip_chroma(bits: '_Bits') -> bool:
    """Skip the fields that only high profiles have; return separate_colour_plane_flag."""
    chroma = bits.golomb()
    separate = bool(bits.take(1)) if chroma == 3 else False
    bits.golomb()
    bits.golomb()  # bit depths
    bits.take(1)
    if bits.take(1):  # seq_scaling_matrix_present_flag
        for index in range(12 if chroma == 3 else 8):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return separate


def _skip_scaling_list(bits: '_Bits', size: int) -> None:
    """Skip a scaling list (7.3.2.1.1.1)."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed_golomb()) % 256
        last = following or last


class _Bits:
    """Reads bits from the most significant one on; IndexError behind the last."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, 'big'), 8 * len(data)

    def take(self, count: int) -> int:
        """Return an unsigned number of `count` bits."""
        self._left -= count
        if self._left < 0:
            raise IndexError(count)
        return self._value >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        """Return ue(v) (9.1)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise ValueError(zeros)
        return (1 << zeros) - 1 + self.take(zeros)

    def signed_golomb(self) -> int:
        """Return se(v) (9.1.1)."""
        code = self.golomb()
        return (code + 1) // 2 if code % 2 else -(code // 2)
