"""Pictures, poses and tilt out of a bag, by the rules of the node."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bags import (
    BagReader,
    CompressedImageMessage,
    RawImageMessage,
    TransformsMessage,
)
from panoseg_ros.cameras import Rig, RigTemplate
from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.replay.bag_rig import complete_rig
from panoseg_ros.evaluation.replay.faults import Faults
from panoseg_ros.evaluation.replay.shots import Shot, Still
from panoseg_ros.evaluation.replay.whereabouts import Whereabouts, take_transforms
from panoseg_ros.pictures import Picture, VideoStream, decode_compressed, decode_raw, require_pyav
from panoseg_ros.streams import (
    BASE_FOOTPRINT,
    BASE_LINK,
    NS_PER_S,
    Intake,
    Moment,
    StreamRules,
    TfTree,
    resolve_frames,
)

IMAGES = ('sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage')
STATIC_S = 10.0  # recorders write latched topics first; a whole bag can be large
START_CODES = (b'\0\0\1', b'\0\0\0\1')  # of H.264 packets in Annex B


class BagSource:
    """Replays one bag; use it in a `with` statement.

    Args:
        path: the bag, as for `BagReader`.
        template: the rig file; what it leaves to CameraInfo and TF is taken from the bag.
        rules: pairing, poses, tilt and topics.

    Raises:
        BagError: if there is no bag, or none of its files can be read.
        ReplayError: if none of the rig's topics is in the bag.
        CameraError: if the bag does not tell what the rig file leaves open.
        SettingsError: if the frames of robot and map contradict each other.
    """

    def __init__(self, path: str | Path, template: RigTemplate, rules: StreamRules) -> None:
        self.name = str(path)
        self._template, self._rules = template, rules
        self._faults = Faults()
        self._bag = BagReader(path)

    def __enter__(self) -> 'BagSource':
        """Open the bag and look which of the topics it has."""
        self._bag.__enter__()
        try:
            self._open()
        except BaseException:
            self._bag.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the bag."""
        self._bag.__exit__(kind, error, trace)

    def _open(self) -> None:
        names = list(dict.fromkeys(lens.topic for lens in self._template.lenses))
        self._lens_topics = {found: name for name in names if (found := self._find(name))}
        if not self._lens_topics:
            wanted = ', '.join(self._rules.topic(name) for name in names)
            raise ReplayError(
                f'{self.name}: has none of the image topics {wanted}, only '
                f'{", ".join(self._image_topics()) or "no images"}: use --remap OLD:=NEW'
            )
        tree = TfTree()
        static = self._present('/tf_static')
        for record in self._bag.messages(static, stop_s=STATIC_S) if static else ():
            if isinstance(record.message, TransformsMessage):
                take_transforms(tree, record.message, True, self._faults.report)
        default = BASE_FOOTPRINT if BASE_FOOTPRINT in tree.frames | self._moving() else BASE_LINK
        rules = self._rules
        frames = resolve_frames(rules.base_frame, rules.map_frame, rules.pose_source, default)
        self.base_frame, self.map_frame = frames
        self.rig: Rig = complete_rig(self._template, self._bag, rules, tree, frames.base)
        self._where = Whereabouts(rules, frames, tree, self._faults.report)
        self._sensors = [name for wanted in self._wanted() for name in self._sensor(wanted)]

    def _moving(self) -> set[str]:
        """Return the frames of the first message of TF and of odometry."""
        found: set[str] = set()
        for topic in (*self._present('/tf'), *self._present(self._rules.topic('odom'))):
            record = next(self._bag.messages([topic]), None)
            for entry in getattr(record and record.message, 'transforms', ()):
                found |= {entry.frame_id, entry.child_frame_id}
            found.add(getattr(record and record.message, 'child_frame_id', ''))
        return found

    def _wanted(self) -> list[str]:
        rules = self._rules
        names = [name for name in (rules.pose_source, rules.tilt_source) if name != 'none']
        topics = {'odom': rules.topic('odom'), 'imu': rules.topic('imu'), 'tf': '/tf'}
        mounted = rules.tilt_source == 'imu' and rules.imu_mounting == 'tf'
        return list(dict.fromkeys([topics[n] for n in names] + (['/tf'] if mounted else [])))

    def _sensor(self, topic: str) -> list[str]:
        found = self._present(topic)
        if not found:
            self._faults.report(f'missing {topic}', f'{self.name}: has no topic {topic}')
        return found

    def _find(self, name: str) -> str:
        """Return the topic of a lens, raw or compressed, or an empty text after reporting."""
        full = self._rules.topic(name)
        for topic in (full, f'{full}/compressed'):
            if topic in self._bag.topics and self._bag.topics[topic].msgtype in IMAGES:
                return topic
        self._faults.report(f'missing {full}', f'{self.name}: has no image topic {full}')
        return ''

    def _image_topics(self) -> list[str]:
        return [topic.name for topic in self._bag.topics.values() if topic.msgtype in IMAGES]

    def _present(self, topic: str) -> list[str]:
        return [topic] if topic in self._bag.topics else []

    def __len__(self) -> int:
        """Return how many images the rarest topic has."""
        return min(self._bag.topics[topic].message_count for topic in self._lens_topics)

    @property
    def problems(self) -> list[str]:
        """Return what was passed over so far, one line each."""
        return [*self._bag.problems, *self._faults.lines]

    @property
    def counts(self) -> dict[str, int]:
        """Return how often each kind of fault occurred."""
        return self._faults.counts

    def __iter__(self) -> Iterator[Shot]:
        """Yield every shot as soon as pose and tilt are known, or not to be expected."""
        waiting: deque[_Waiting] = deque()
        intake = Intake(self.rig.topics, lambda: self._rules.intake, _moment(self._bag.start_ns))
        streams: dict[str, VideoStream] = {}
        patience_ns = round(self._where.patience_s * NS_PER_S)
        restarted = False
        topics = [*self._lens_topics, *self._sensors]
        for record in self._bag.messages(topics, raw_images=True):
            name = self._lens_topics.get(record.topic)
            if name is None:
                if self._where.take(record.message):
                    restarted = True
                    yield from map(self._shot, waiting)
                    waiting.clear()
            else:
                for item, stamp_ns in self._pictures(name, record, streams):
                    arrival = intake.add(
                        name, item, stamp_ns, record.stamp_ns, _moment(record.stamp_ns)
                    )
                    restarted |= arrival.jumped_back
                    if arrival.jumped_back:
                        yield from map(self._shot, waiting)
                        waiting.clear()
                    if arrival.messages is not None:
                        taken = arrival.stamp_ns, record.stamp_ns, arrival.messages, restarted
                        waiting.append(_Waiting(*taken))
                        restarted = False
            while waiting and (
                self._where.knows(waiting[0].stamp_ns)
                or record.stamp_ns - waiting[0].arrival_ns > patience_ns
            ):
                yield self._shot(waiting.popleft())
        yield from map(self._shot, waiting)
        if intake.out_of_order:
            self._faults.report('image out of order', f'{intake.out_of_order} images came late')
        if intake.unpaired:
            self._faults.report('image unpaired', f'{intake.unpaired} images have no partner')

    def _shot(self, waiting: '_Waiting') -> Shot:
        place = self._where.at(waiting.stamp_ns)
        stills = {topic: _still(item) for topic, item in waiting.items.items()}
        return Shot(waiting.stamp_ns, waiting.arrival_ns, stills, place, waiting.restarted)

    def _pictures(
        self, name: str, record: Any, streams: dict[str, VideoStream]
    ) -> list[tuple[Any, int]]:
        """Return items for pairing with their stamps; packets of video become pictures."""
        message = record.message
        if not _is_video(message):
            return [(message, message.stamp_ns)]
        if name not in streams:
            require_pyav(f'{self.name}: topic {record.topic} (H.264)')
            streams[name] = VideoStream(self._faults.report)
        found = streams[name].decode(message.data, message, message.stamp_ns, record.stamp_ns)
        return [(picture, picture.header.stamp_ns) for picture in found]


class _Waiting(NamedTuple):
    """A set of images whose pose or tilt is not known yet."""

    stamp_ns: int
    arrival_ns: int
    items: Mapping[str, Any]
    restarted: bool


def _is_video(message: RawImageMessage | CompressedImageMessage) -> bool:
    """Tell packets of video, also with 4-byte lengths, from pictures and from damage."""
    if isinstance(message, RawImageMessage):
        return False
    return message.data.startswith(START_CODES) or 'h264' in message.format.lower()


def _moment(stamp_ns: int) -> Moment:
    return Moment(stamp_ns / NS_PER_S, stamp_ns / NS_PER_S)


def _still(item: Any) -> Still:
    if isinstance(item, Picture):
        return Still(item.header.frame_id, item.rgb)
    return Still(item.frame_id, _decoder(item))


def _decoder(
    message: RawImageMessage | CompressedImageMessage,
) -> Callable[[], NDArray[np.uint8]]:
    if isinstance(message, CompressedImageMessage):
        return lambda: decode_compressed(message.data)
    size = message.height, message.width
    return lambda: decode_raw(
        message.data, message.encoding, *size, message.step, message.big_endian
    )
