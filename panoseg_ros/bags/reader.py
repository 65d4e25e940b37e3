"""ROS 2 and ROS 1 bags into plain tuples, without ROS."""

from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from rosbags.interfaces import MessageDefinitionFormat
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore

from panoseg_ros.bags.convert import NS_PER_S, from_ros
from panoseg_ros.bags.files import BagFile, BagFiles, Sent, Stream, scratch
from panoseg_ros.bags.messages import Message
from panoseg_ros.bags.qos import TopicQos
from panoseg_ros.bags.ros1 import Ros2Form, ros2_name
from panoseg_ros.errors import BagError
from panoseg_ros.resources import at_home


class BagTopic(NamedTuple):
    """A topic of a bag; `qos` holds what each of its publishers offered, if recorded."""

    name: str
    msgtype: str  # package/msg/Type, as ROS 2 calls it
    message_count: int
    qos: tuple[TopicQos, ...]
    readable: bool  # whether its messages can be decoded

    @property
    def latched(self) -> bool:
        """Whether late subscribers are to get its last message."""
        return any(offer.durability == 'transient_local' for offer in self.qos)


class Record(NamedTuple):
    """One decoded message and when it was received."""

    topic: str
    stamp_ns: int
    message: Message


class RawRecord(NamedTuple):
    """One message as it was sent, in CDR; those of ROS 1 as ROS 2 would have sent them."""

    topic: str
    stamp_ns: int
    msgtype: str
    data: bytes


class BagReader:
    """Reads one bag; use it in a `with` statement.

    A bag is a folder, a .mcap or .db3 file, either of them packed (.zstd), or a .bag file of
    ROS 1. Memory stays flat: one chunk, or one message of a .db3 file, at a time.

    What cannot be read does not stop it: `problems` says in one line each what was passed
    over, and grows while messages are read.

    Args:
        path: the bag.

    Raises:
        BagError: if there is no bag, or none of its files can be read at all.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = at_home(path)
        self._said: dict[str, int] = {}
        if not self.path.exists():
            raise BagError(f'{self.path}: does not exist')

    def __enter__(self) -> 'BagReader':
        """Open the bag and find out what it holds."""
        self._folder = scratch()
        try:
            self._files = BagFiles(self.path, self._report)
            self._opened = [file for path in self._files.paths if (file := self._open(path))]
            if not self._opened:
                raise BagError(self.problems[-1])
        except BaseException:
            self._folder.cleanup()
            raise
        self._is_ros1 = self._opened[0].is_ros1
        self._store: Any = get_typestore(Stores.ROS1_NOETIC if self._is_ros1 else
                                         Stores.ROS2_JAZZY)  # fmt: skip
        streams = [stream for file in self._opened for stream in file.streams]
        self._unknown = _learn(self._store, streams)
        self.topics = _summary(streams, self._unknown)
        spans = [file.span_ns for file in self._opened if file.span_ns is not None]
        self.start_ns = min((span[0] for span in spans), default=0)
        self.end_ns = max((span[1] for span in spans), default=0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the bag."""
        for file in self._opened:
            file.close()
        self._folder.cleanup()

    @property
    def duration_s(self) -> float:
        """Seconds from the first to the last message."""
        return (self.end_ns - self.start_ns) / NS_PER_S

    @property
    def problems(self) -> list[str]:
        """What was passed over so far, one line each."""
        return [
            line if count == 1 else f'{line} ({count} times)' for line, count in self._said.items()
        ]

    def messages(
        self,
        topics: Collection[str] | None = None,
        start_s: float = 0.0,
        stop_s: float | None = None,
        *,
        raw_images: bool = False,
    ) -> Iterator[Record]:
        """Yield decoded messages in the order in which they were received.

        Args:
            topics: which topics, all when None. Those whose type is unknown are passed over.
            start_s: seconds after the bag's start from which on.
            stop_s: seconds after the bag's start up to which, the end when None.
            raw_images: True leaves the pixels of Images as they were sent.

        Raises:
            BagError: if a topic is not in the bag.
        """
        for name in self._wanted(topics):
            if not self.topics[name].readable:
                self._report(f'{self.path}: topic {name}: type {self.topics[name].msgtype} is '
                             f'unknown, passed over')  # fmt: skip
        deserialize = self._store.deserialize_ros1 if self._is_ros1 else (
            self._store.deserialize_cdr
        )  # fmt: skip
        for sent in self._sent(topics, start_s, stop_s):
            if not self.topics[sent.topic].readable:
                continue
            try:
                found = deserialize(sent.data, sent.msgtype)
                message = from_ros(sent.msgtype, found, raw_images)
            except BagError as err:
                self._report(f'{self.path}: topic {sent.topic}: {err}')
            except Exception:  # whatever a decoder meets in damaged bytes
                self._report(f'{self.path}: topic {sent.topic}: a message is damaged')
            else:
                yield Record(sent.topic, sent.stamp_ns, message)

    def raw(
        self,
        topics: Collection[str] | None = None,
        start_s: float = 0.0,
        stop_s: float | None = None,
    ) -> Iterator[RawRecord]:
        """Yield messages as they were sent; arguments as for `messages`."""
        form = Ros2Form(self._store) if self._is_ros1 else None
        for topic, msgtype, stamp_ns, data in self._sent(topics, start_s, stop_s):
            if form is None:
                yield RawRecord(topic, stamp_ns, msgtype, bytes(data))
                continue
            try:
                converted = form(msgtype, data)
            except Exception:  # whatever a converter meets in damaged bytes or unknown types
                self._report(f'{self.path}: topic {topic}: a message has no form in ROS 2')
            else:
                yield RawRecord(topic, stamp_ns, ros2_name(msgtype), converted)

    def _sent(
        self, topics: Collection[str] | None, start_s: float, stop_s: float | None
    ) -> Iterator[Sent]:
        wanted = self._wanted(topics)
        start_ns = self.start_ns + round(start_s * NS_PER_S)
        stop_ns = self.end_ns + 1 if stop_s is None else self.start_ns + round(stop_s * NS_PER_S)
        for file in self._opened:
            span = file.span_ns
            if span is None or span[1] < start_ns or span[0] >= stop_ns:
                continue
            for sent in file.messages(wanted, start_ns, stop_ns):
                if not self._files.messages_packed:
                    yield sent
                    continue
                try:
                    plain = sent._replace(data=self._files.unpack(sent.data))
                except Exception:  # damaged bytes
                    self._report(f'{self.path}: topic {sent.topic}: a message cannot be unpacked')
                else:
                    yield plain

    def _wanted(self, topics: Collection[str] | None) -> Collection[str]:
        missing = [name for name in topics or () if name not in self.topics]
        if missing:
            known = ', '.join(self.topics)
            raise BagError(f'{self.path}: has no topic {missing[0]}, only {known}')
        return self.topics if topics is None else topics

    def _open(self, path: Path) -> BagFile | None:
        try:
            return self._files.open(path, Path(self._folder.name))
        except BagError as err:
            self._report(str(err))
            return None

    def _report(self, line: str) -> None:
        self._said[line] = self._said.get(line, 0) + 1


def _learn(store: Any, streams: list[Stream]) -> set[str]:
    """Teach the store the types that the bag defines; return those that stay unknown."""
    for stream in streams:
        kind, text = stream.definition
        if kind == MessageDefinitionFormat.NONE or stream.msgtype in store.fielddefs:
            continue
        try:
            types = (
                get_types_from_msg(text, stream.msgtype)
                if kind == MessageDefinitionFormat.MSG
                else get_types_from_idl(text)
            )
            store.register({n: t for n, t in types.items() if n not in store.fielddefs})
        except Exception:  # a definition that cannot be parsed leaves its type unknown
            continue
    return {stream.msgtype for stream in streams if stream.msgtype not in store.fielddefs}


def _summary(streams: list[Stream], unknown: set[str]) -> dict[str, BagTopic]:
    topics: dict[str, BagTopic] = {}
    for stream in streams:
        old = topics.get(stream.topic)
        count = stream.message_count + (old.message_count if old else 0)
        qos = tuple(dict.fromkeys((*(old.qos if old else ()), *stream.qos)))
        readable = stream.msgtype not in unknown
        name = ros2_name(stream.msgtype)
        topics[stream.topic] = BagTopic(stream.topic, name, count, qos, readable)
    return dict(sorted(topics.items()))
