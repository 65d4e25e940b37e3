"""The files of one bag, each read in its own way."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PurePath
from typing import Any, NamedTuple, Protocol

from rosbags.interfaces import MessageDefinition, MessageDefinitionFormat
from rosbags.rosbag1 import Reader as Ros1Reader
from rosbags.rosbag2.metadata import parse_qos
from rosbags.rosbag2.storage_mcap import McapReader, zstd
from rosbags.rosbag2.storage_sqlite3 import Sqlite3Reader

from panoseg_ros.bags import mcap
from panoseg_ros.bags.mcap import Report
from panoseg_ros.bags.qos import TopicQos, from_rosbags
from panoseg_ros.documents import read_yaml
from panoseg_ros.errors import BagError, SettingsError

METADATA = 'metadata.yaml'  # rosbag2 writes it into every folder that is a bag
_FORMATS = {
    'ros2msg': MessageDefinitionFormat.MSG,
    'ros2idl': MessageDefinitionFormat.IDL,
    'omgidl': MessageDefinitionFormat.IDL,
}


class Stream(NamedTuple):
    """One topic in one file."""

    topic: str
    msgtype: str
    definition: MessageDefinition
    message_count: int
    qos: tuple[TopicQos, ...]


class Sent(NamedTuple):
    """One message as the file holds it."""

    topic: str
    msgtype: str
    stamp_ns: int
    data: bytes | memoryview


class BagFile(Protocol):
    """One file of a bag, open; times are in nanoseconds."""

    is_ros1: bool
    streams: list[Stream]
    span_ns: tuple[int, int] | None  # first and last stamp, None where it is empty

    def messages(self, topics: Collection[str], start_ns: int, stop_ns: int) -> Iterator[Sent]:
        """Yield messages in the order of their stamps."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class McapFile:
    """A file in MCAP format, with an index or without."""

    is_ros1 = False

    def __init__(self, path: Path, report: Report) -> None:
        self._path, self._report = path, report
        self._known: dict[int, mcap.Channel] = {}
        reader = McapReader(path)
        try:
            reader.open()
        except Exception as err:  # rosbags lets many kinds of errors through
            report(f'{path}: has no usable index ({_reason(err)}); read from end to end')
            self._read_all()
            return
        self._read_index(reader)
        reader.close()

    def _read_index(self, reader: Any) -> None:
        self.streams, meta = [], reader.metadata
        for c in reader.connections:
            if c.ext.serialization_format == 'cdr':
                kind = {v: k for k, v in _FORMATS.items()}.get(c.msgdef.format, '')
                self._known[c.id] = mcap.Channel(c.topic, c.msgtype, kind, c.msgdef.data, '')
                qos = from_rosbags(c.ext)
                self.streams.append(Stream(c.topic, c.msgtype, c.msgdef, c.msgcount, qos))
        self.span_ns = (meta.start_time, meta.end_time - 1) if meta.message_count else None

    def _read_all(self) -> None:
        said: list[str] = []  # reading the messages will say it again
        found = mcap.first_scan(self._path, said.append)
        self.streams = []
        for channel, (count, _, _) in found.items():
            format_ = _FORMATS.get(channel.encoding, MessageDefinitionFormat.NONE)
            definition = MessageDefinition(format_, channel.definition)
            qos = _parsed_qos(channel.qos)
            self.streams.append(Stream(channel.topic, channel.msgtype, definition, count, qos))
        times = [entry[1:] for entry in found.values()]
        self.span_ns = (min(t[0] for t in times), max(t[1] for t in times)) if times else None

    def messages(self, topics: Collection[str], start_ns: int, stop_ns: int) -> Iterator[Sent]:
        """Yield messages in the order of their stamps."""
        for item in mcap.scan(self._path, self._report, start_ns, stop_ns, self._known):
            if item.channel.topic in topics:
                yield Sent(item.channel.topic, item.channel.msgtype, item.stamp_ns, item.data)

    def close(self) -> None:
        """Do nothing: the file is open only while its messages are read."""


class RosbagsFile:
    """A file that rosbags reads: sqlite3 of ROS 2, or a bag of ROS 1."""

    def __init__(self, path: Path, report: Report) -> None:
        self.is_ros1 = path.suffix == '.bag'
        self._path, self._report = path, report
        self._reader: Any = Ros1Reader(path) if self.is_ros1 else Sqlite3Reader(path)
        try:
            self._reader.open()
        except Exception as err:
            raise BagError(f'{path}: cannot be read: {_reason(err)}') from err
        self.streams = [
            Stream(c.topic, c.msgtype, c.msgdef, c.msgcount, from_rosbags(c.ext))
            for c in self._reader.connections
            if self.is_ros1 or c.ext.serialization_format == 'cdr'
        ]
        meta = self._reader if self.is_ros1 else self._reader.metadata
        some = any(stream.message_count for stream in self.streams)
        self.span_ns = (meta.start_time, meta.end_time - 1) if some else None

    def messages(self, topics: Collection[str], start_ns: int, stop_ns: int) -> Iterator[Sent]:
        """Yield messages in the order of their stamps."""
        wanted = [c for c in self._reader.connections if c.topic in topics]
        while wanted and start_ns < stop_ns:
            last = start_ns
            try:
                for c, stamp, data in self._reader.messages(wanted, start_ns, stop_ns):
                    last = stamp
                    yield Sent(c.topic, c.msgtype, stamp, data)
                return
            except Exception as err:
                start_ns = self._after_damage(last)
                left = 'the part' if start_ns < stop_ns else 'all'
                self._report(f'{self._path}: damaged, {left} after that is lost: {_reason(err)}')

    def _after_damage(self, last_ns: int) -> int:
        """Return where reading may go on: behind the chunk that was being read."""
        if not self.is_ros1:
            return 1 << 63
        ends = [c.end_time for c in self._reader.chunk_infos if c.end_time > last_ns]
        return int(min(ends, default=1 << 63))

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


def _reason(err: BaseException) -> str:
    if isinstance(err, UnicodeError):
        return 'it is damaged, or of another kind'
    return ' '.join(str(err).split()) or type(err).__name__


def _parsed_qos(text: str) -> tuple[TopicQos, ...]:
    class Extension(NamedTuple):
        offered_qos_profiles: Any

    try:
        return from_rosbags(Extension(parse_qos(text)))
    except Exception:  # a damaged record of it is no reason to refuse the topic
        return ()


KINDS: dict[str, Callable[[Path, Report], BagFile]] = {
    '.mcap': McapFile,
    '.db3': RosbagsFile,
    '.bag': RosbagsFile,
}


class BagFiles:
    """Opens the files of a bag one after the other, unpacking them where necessary."""

    def __init__(self, path: Path, report: Report) -> None:
        self._report = report
        self.messages_packed = False
        self.paths = [path] if path.is_file() else self._of_folder(path)
        wrong = [p for p in self.paths if _suffix(p) not in KINDS]
        if wrong:
            raise BagError(f'{wrong[0]}: is no bag, expected {", ".join(KINDS)} or a folder')

    def _of_folder(self, folder: Path) -> list[Path]:
        found = sorted(p for p in folder.iterdir() if _suffix(p) in KINDS)
        meta = folder / METADATA
        try:
            raw = read_yaml(meta)['rosbag2_bagfile_information']
            named = [folder / PurePath(name).name for name in raw['relative_file_paths']]
            self.messages_packed = str(raw.get('compression_mode') or '').lower() == 'message'
        except (SettingsError, KeyError, TypeError) as err:
            broken = isinstance(err, SettingsError)  # whose text names the file
            complaint = str(err) if broken else f'{meta}: cannot be used ({_reason(err)})'
            if found:
                self._report(f'{complaint}; all bag files are read')
            named = found
        for path in named:
            if not path.exists():
                self._report(f'{path}: is missing')
        present = [path for path in named if path.exists()]
        if not present:
            raise BagError(f'{folder}: holds no bag ({", ".join(KINDS)})')
        return present

    def open(self, path: Path, unpacked: Path) -> BagFile:
        """Open one of `paths`; a packed one is unpacked into a folder first."""
        if path.suffix == '.zstd':
            whole = unpacked / path.stem
            try:
                with zstd.open(path, 'rb') as packed, whole.open('wb') as out:
                    shutil.copyfileobj(packed, out)
            except Exception as err:
                raise BagError(f'{path}: cannot be unpacked: {_reason(err)}') from err
            path = whole
        return KINDS[path.suffix](path, self._report)

    @staticmethod
    def unpack(data: bytes | memoryview) -> bytes:
        """Return a message that was packed by itself."""
        return bytes(zstd.decompress(data))


def holds_bag(path: Path) -> bool:
    """Return whether a file is called like one of a bag, or a folder holds such a file."""
    if path.is_dir():
        return any(p.name == METADATA or _suffix(p) in KINDS for p in path.iterdir())
    return _suffix(path) in KINDS


def _suffix(path: Path) -> str:
    return Path(path.stem).suffix if path.suffix == '.zstd' else path.suffix


def scratch() -> Any:
    """Return a folder that removes itself when its `with` statement ends."""
    return tempfile.TemporaryDirectory(prefix='panoseg_bag_')
