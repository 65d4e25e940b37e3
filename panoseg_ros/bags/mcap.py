"""Messages of an mcap file, also of one that is damaged or was never closed.

Source: the MCAP specification, https://mcap.dev/spec. Records are read in the order of the
file, one chunk in memory at a time; what cannot be read is reported and passed over.
"""

import struct
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from rosbags.rosbag2.storage_mcap import decompress

from panoseg_ros.errors import BagError

MAGIC = b'\x89MCAP0\r\n'
_SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _DATA_END, _LAST = 0x03, 0x04, 0x05, 0x06, 0x0F, 0x0F
_CHUNK_HEAD = struct.Struct('<QQQI')  # first and last time, size, checksum
_MESSAGE_HEAD = struct.Struct('<HIQQ')  # channel, sequence, log time, publish time
_MOST_BYTES = 1 << 31  # of one record; more is damage
Report = Callable[[str], None]


class Channel(NamedTuple):
    """A topic as the file declares it."""

    topic: str
    msgtype: str
    encoding: str  # of the definition
    definition: str
    qos: str  # YAML of rosbag2, '' where nothing is said


class Item(NamedTuple):
    """One message, still serialized."""

    channel: Channel
    stamp_ns: int
    data: memoryview


def scan(
    path: Path,
    report: Report,
    start_ns: int = 0,
    stop_ns: int = 1 << 63,
    known: dict[int, Channel] | None = None,
) -> Iterator[Item]:
    """Yield messages with start <= stamp < stop in the order of their stamps.

    Chunks may overlap in time as long as they are sorted by when they begin.

    Args:
        path: the file.
        report: is told in one line what was passed over.
        start_ns: first stamp.
        stop_ns: the stamp after the last one.
        known: every channel of the file, if its index was read: then chunks outside the
            span stay closed.

    Raises:
        BagError: if the file cannot be opened or is no mcap file.
    """
    state = _State(known or {})
    waiting: list[tuple[int, int, Item]] = []  # heap; the count keeps equal stamps in order
    count = 0
    for start, read in _blocks(path, report, state, start_ns, stop_ns):
        while waiting and waiting[0][0] < start:
            yield heappop(waiting)[2]
        for item in read():
            if start_ns <= item.stamp_ns < stop_ns:
                heappush(waiting, (item.stamp_ns, count, item))
                count += 1
    while waiting:
        yield heappop(waiting)[2]


class _State:
    """Schemas and channels met so far."""

    def __init__(self, known: dict[int, Channel]) -> None:
        self.schemas: dict[int, tuple[str, str, str]] = {}
        self.channels = dict(known)
        self.complete = bool(known)

    def take(self, opcode: int, body: memoryview) -> Item | None:
        """Learn from a record, and return the message if it is one."""
        if opcode == _MESSAGE:
            channel, _, stamp, _ = _MESSAGE_HEAD.unpack_from(body)
            known = self.channels.get(channel)
            return Item(known, stamp, body[_MESSAGE_HEAD.size :]) if known else None
        if opcode == _SCHEMA:
            name, encoding, definition = _texts(body, 2, 3)
            self.schemas[_u16(body, 0)] = (name, encoding, definition)
        elif opcode == _CHANNEL:
            topic, encoding = _texts(body, 4, 2)
            name, kind, definition = self.schemas.get(_u16(body, 2), ('', '', ''))
            if encoding == 'cdr':
                qos = _metadata(body, 4 + 8 + len(topic.encode()) + len(encoding))
                self.channels[_u16(body, 0)] = Channel(topic, name, kind, definition, qos)
        return None


Block = tuple[int, Callable[[], Iterator[Item]]]


def _blocks(
    path: Path, report: Report, state: _State, start_ns: int, stop_ns: int
) -> Iterator[Block]:
    """Yield the first time of every chunk, or loose message, and how to read it."""
    try:
        file = path.open('rb')
    except OSError as err:
        raise BagError(f'{path}: cannot be opened: {err.strerror}') from err
    with file:
        size = file.seek(0, 2)
        file.seek(0)
        if file.read(8) != MAGIC:
            raise BagError(f'{path}: is no mcap file')
        while (head := file.read(9)) and head[0] != _DATA_END:
            if len(head) < 9 or not 0 < head[0] <= _LAST:
                report(f'{path}: unreadable from byte {file.tell() - len(head)} on')
                return
            length = struct.unpack_from('<Q', head, 1)[0]
            end = file.tell() + length
            if end > size or length > _MOST_BYTES:
                report(f'{path}: ends in the middle of a record at byte {file.tell() - 9}')
                return
            yield from _block(file, head[0], length, path, report, state, start_ns, stop_ns)
            file.seek(end)


def _block(
    file: BinaryIO, opcode: int, length: int, path: Path, report: Report, state: _State,
    start_ns: int, stop_ns: int,
) -> Iterator[Block]:  # fmt: skip
    at = file.tell() - 9
    if opcode == _CHUNK and length >= _CHUNK_HEAD.size:
        first, last, size, checksum = _CHUNK_HEAD.unpack(file.read(_CHUNK_HEAD.size))
        if state.complete and (last < start_ns or first >= stop_ns):
            return  # else it is opened: it may be the one that declares topics
        body = memoryview(file.read(length - _CHUNK_HEAD.size))
        where = f'{path}: chunk at byte {at}'
        yield first, lambda: _chunk(body, size, checksum, where, report, state)
    elif opcode in (_SCHEMA, _CHANNEL, _MESSAGE):
        body = memoryview(file.read(length))
        try:
            item = state.take(opcode, body)
        except (struct.error, UnicodeDecodeError, ValueError):
            report(f'{path}: record at byte {at} is damaged')
            return
        if item is not None:
            yield item.stamp_ns, lambda: iter([item])


def _chunk(
    body: memoryview, size: int, checksum: int, where: str, report: Report, state: _State
) -> Iterator[Item]:
    try:
        (kind,) = _texts(body, 0, 1)
        data = body[4 + len(kind) + 8 :]
        raw = memoryview(decompress(data, kind, size, checksum))
    except Exception as err:  # each codec raises errors of its own
        report(f'{where} is damaged and skipped: {" ".join(str(err).split())}')
        return
    at = 0
    while at + 9 <= len(raw):
        opcode, length = raw[at], struct.unpack_from('<Q', raw, at + 1)[0]
        item = None
        try:
            item = state.take(opcode, raw[at + 9 : at + 9 + length])
        except (struct.error, UnicodeDecodeError, ValueError):
            report(f'{where}: a record in it is damaged')
        if item is not None:
            yield item
        at += 9 + length


def _u16(body: memoryview, at: int) -> int:
    return int(struct.unpack_from('<H', body, at)[0])


def _texts(body: memoryview, at: int, count: int) -> list[str]:
    """Return texts that each follow their length."""
    texts = []
    for _ in range(count):
        (length,) = struct.unpack_from('<I', body, at)
        part = body[at + 4 : at + 4 + length]
        if len(part) < length:
            raise ValueError('text is cut off')
        texts.append(str(part, 'utf-8'))
        at += 4 + length
    return texts


def _metadata(body: memoryview, at: int) -> str:
    """Return the recorded quality of service from a channel's map of texts."""
    (length,) = struct.unpack_from('<I', body, at)
    at, end = at + 4, at + 4 + length
    while at < end:
        key, value = _texts(body, at, 2)
        if key == 'offered_qos_profiles':
            return value
        at += 8 + len(key.encode()) + len(value.encode())
    return ''


def first_scan(path: Path, report: Report) -> dict[Channel, list[Any]]:
    """Return [count, first, last stamp] of every channel by reading the whole file."""
    found: dict[Channel, list[Any]] = {}
    for item in scan(path, report):
        entry = found.setdefault(item.channel, [0, item.stamp_ns, item.stamp_ns])
        entry[0] += 1
        entry[2] = max(entry[2], item.stamp_ns)
    return found
