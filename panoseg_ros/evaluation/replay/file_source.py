"""Shots out of pictures or out of a video file."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Rig
from panoseg_ros.errors import ImageError, ReplayError
from panoseg_ros.evaluation.replay.faults import Faults
from panoseg_ros.evaluation.replay.shots import Shot, Still
from panoseg_ros.evaluation.replay.whereabouts import Place
from panoseg_ros.pictures import decode_compressed, require_pyav
from panoseg_ros.streams import NS_PER_S

PICTURES = ('.jpg', '.jpeg', '.png')
VIDEOS = ('.mp4', '.mkv', '.avi', '.mov', '.webm', '.h264', '.m4v', '.ts')
NOWHERE = Place(None, None)


class _FileSource:
    """What both kinds of files have in common: no poses, and a number of shots known before."""

    def __init__(self, name: str, rig: Rig, frame: str) -> None:
        self.name, self.rig = name, rig
        self.base_frame = self.map_frame = frame
        self._faults, self._count = Faults(), 0

    def __len__(self) -> int:
        """Return how many shots there are, as far as the files say."""
        return self._count

    @property
    def problems(self) -> list[str]:
        """Return what was passed over so far, one line each."""
        return self._faults.lines


class PictureSource(_FileSource):
    """Replays a jpeg or png picture, or a folder of them in the order of their names.

    With a rig of several topics the folder has one folder per topic, called as the topic
    (slashes as underscores) or as its first lens; the n-th pictures belong together.

    Args:
        path: the picture or the folder.
        rig: the camera.
        rate_hz: pictures a second, from which their stamps are counted.
        frame: of the robot, and of the grids.

    Raises:
        ReplayError: if a folder is missing or holds no picture, or one picture has to do for
            a rig with several topics.
    """

    def __init__(self, path: Path, rig: Rig, rate_hz: float, frame: str) -> None:
        super().__init__(str(path), rig, frame)
        self._step_ns = NS_PER_S / rate_hz
        if path.is_file():
            self._files = {_only_topic(path, rig): [path]}
        elif len(rig.topics) == 1:
            self._files = {rig.topics[0]: _pictures(path)}
        else:
            self._files = {topic: _pictures(_of(path, rig, topic)) for topic in rig.topics}
        counts = [len(files) for files in self._files.values()]
        self._count = min(counts)
        if self._count != max(counts):
            self._faults.report(
                'count',
                f'{path}: its folders hold {", ".join(map(str, counts))} pictures, the first '
                f'{self._count} of each are used',
            )

    def __iter__(self) -> Iterator[Shot]:
        """Yield every shot."""
        for number, paths in enumerate(zip(*self._files.values(), strict=False)):
            stamp_ns = NS_PER_S + round(number * self._step_ns)
            stills = {
                topic: Still('', partial(_read, path))
                for topic, path in zip(self._files, paths, strict=True)
            }
            yield Shot(stamp_ns, stamp_ns, stills, NOWHERE, False)


class VideoSource(_FileSource):
    """Replays the first video track of a file; needs PyAV.

    Args:
        path: the file.
        rig: the camera, whose lenses are all in one picture.
        frame: of the robot, and of the grids.

    Raises:
        ReplayError: if the file is no video, or the rig has several topics.
        SettingsError: without PyAV.
    """

    def __init__(self, path: Path, rig: Rig, frame: str) -> None:
        require_pyav(f'{path}: a video file')
        import av

        super().__init__(str(path), rig, frame)
        self._path, self._topic = path, _only_topic(path, rig)
        self._errors = (av.FFmpegError, OSError)
        try:
            with av.open(str(path)) as container:
                track = container.streams.video[0]
                rate = float(track.average_rate or 30)
                length_s = float((container.duration or 0) / 1e6)
                self._count = track.frames or round(length_s * rate)
        except (*self._errors, IndexError) as err:
            reason = 'it holds no pictures' if isinstance(err, IndexError) else err.strerror or err
            raise ReplayError(f'{path}: is no video that can be read: {reason}') from err
        self._step_ns = round(NS_PER_S / rate)

    def __iter__(self) -> Iterator[Shot]:
        """Yield every shot; stamps are those of the file, one second later."""
        last_ns = 0
        for frame in self._frames():
            at_ns = last_ns + self._step_ns
            if frame.time is not None:
                at_ns = max(NS_PER_S + round(frame.time * NS_PER_S), last_ns + 1)
            last_ns = at_ns
            decode = partial(_rgb, frame)
            yield Shot(at_ns, at_ns, {self._topic: Still('', decode)}, NOWHERE, False)

    def _frames(self) -> Iterator[Any]:
        import av

        with av.open(str(self._path)) as container:
            for packet in container.demux(container.streams.video[0]):
                try:
                    yield from packet.decode()
                except self._errors as err:
                    reason = err.strerror or type(err).__name__
                    self._faults.report('video', f'{self._path}: damaged pictures: {reason}')


def _only_topic(path: Path, rig: Rig) -> str:
    if len(rig.topics) != 1:
        raise ReplayError(
            f'{path}: a file holds one picture at a time, rig {rig.name} has the topics '
            f'{", ".join(rig.topics)}'
        )
    return rig.topics[0]


def _rgb(frame: Any) -> NDArray[np.uint8]:
    return np.asarray(frame.to_ndarray(format='rgb24'), np.uint8)


def _read(path: Path) -> NDArray[np.uint8]:
    try:
        return decode_compressed(path.read_bytes())
    except OSError as err:
        raise ImageError('file', f'{path}: cannot be read: {err.strerror or err}') from err
    except ImageError as err:
        raise ImageError(err.kind, f'{path}: {err}') from err


def _of(folder: Path, rig: Rig, topic: str) -> Path:
    lens = next(lens.name for lens in rig.lenses if lens.topic == topic)
    names = (topic.strip('/').replace('/', '_'), lens)
    for name in names:
        if (folder / name).is_dir():
            return folder / name
    raise ReplayError(f'{folder}: needs a folder {" or ".join(names)} for topic {topic}')


def _pictures(folder: Path) -> list[Path]:
    found = [path for path in folder.iterdir() if path.suffix.lower() in PICTURES]
    if not found:
        raise ReplayError(f'{folder}: holds no picture ({", ".join(PICTURES)})')
    return sorted(found, key=lambda path: _natural(path.name))


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts frame_2 before frame_10."""
    parts = re.findall(r'\d+|\D+', name)
    return [(int(part), '') if part.isdecimal() else (-1, part) for part in parts]
