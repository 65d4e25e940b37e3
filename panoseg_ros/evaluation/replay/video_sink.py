"""Results as a video: overlay and costmap side by side; needs PyAV."""

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.pictures import beside, draw_costs, fit
from panoseg_ros.evaluation.replay.outcome import Outcome
from panoseg_ros.evaluation.replay.parts import Parts
from panoseg_ros.labels import LabelSet
from panoseg_ros.pictures import require_pyav
from panoseg_ros.pictures.colouring import overlay
from panoseg_ros.streams import NS_PER_S

HEIGHT_PX = 384
TICKS_HZ = 90_000  # time base of the pictures
BEGIN = 'comment'  # the entry of a file that holds the stamp of its first picture
GREY = 128  # where there is no costmap


class VideoSink:
    """Writes an H.264 file in parts and puts them together in the end.

    Args:
        path: of the video, ending in .mp4.
        label_set: colours.
        alpha: share of the class colour in the overlay.
        done: frames that a run before has done; it is gone on behind these.

    Raises:
        ReplayError: if the video exists though nothing is done.
        SettingsError: without PyAV.
    """

    def __init__(self, path: Path, label_set: LabelSet, alpha: float = 0.5, done: int = 0) -> None:
        require_pyav('a video')
        self._parts = Parts(path, done)
        self._path, self._palette, self._alpha = path, label_set.palette(), alpha
        self._container: Any = None
        self._stream: Any = None
        self._first_ns = self._last_ticks = 0

    def write(self, outcome: Outcome) -> None:
        """Add one picture."""
        import av

        picture = self._picture(outcome)
        try:
            if self._container is None:
                self._begin(picture.shape[1], picture.shape[0], outcome)
            height, width = self._stream.height, self._stream.width
            even = np.ascontiguousarray(picture[:height, :width])
            frame = av.VideoFrame.from_ndarray(even, format='rgb24')
            ticks = (outcome.stamp_ns - self._first_ns) * TICKS_HZ // NS_PER_S
            self._last_ticks = frame.pts = max(ticks, self._last_ticks + 1)
            frame.time_base = Fraction(1, TICKS_HZ)
            self._container.mux(self._stream.encode(frame))
        except (OSError, av.FFmpegError) as err:
            raise ReplayError(f'{self._path}: cannot be written: {err}') from err

    def _begin(self, width: int, height: int, first: Outcome) -> None:
        import av

        self._part = self._parts.begin(first.number)
        self._container = av.open(str(self._part.with_suffix('.open')), 'w', format='mp4')
        self._container.metadata[BEGIN] = str(first.stamp_ns)
        self._stream = self._container.add_stream('h264', rate=30)
        self._stream.width, self._stream.height = width // 2 * 2, height // 2 * 2
        self._stream.pix_fmt = 'yuv420p'
        self._stream.codec_context.time_base = Fraction(1, TICKS_HZ)
        if self._stream.codec.name == 'libx264':  # other encoders have other options
            self._stream.options = {'preset': 'veryfast', 'bf': '0'}
        self._first_ns, self._last_ticks = first.stamp_ns, -1

    def _picture(self, outcome: Outcome) -> NDArray[np.uint8]:
        result = outcome.result
        assert result is not None
        image, labels = result.panorama.image, result.segmentation.labels
        seen = fit(overlay(image, labels, self._palette, self._alpha), height=HEIGHT_PX)
        ground, pose = result.ground, outcome.map_from_base
        if ground is None:
            return beside([seen, np.full((HEIGHT_PX, HEIGHT_PX, 3), GREY, np.uint8)])
        robot = (0.0, 0.0, 0.0)
        if pose is not None:
            robot = float(pose[0, 3]), float(pose[1, 3]), math.atan2(pose[1, 0], pose[0, 0])
        costs = draw_costs(
            ground.combined, ground.resolution_m, ground.origin_xy_m, robot, HEIGHT_PX
        )
        return beside([seen, fit(costs, height=HEIGHT_PX)])

    def settle(self) -> None:
        """End the present part."""
        if self._container is None:
            return
        self._container.mux(self._stream.encode())
        self._container.close()
        self._container = None
        self._part.with_suffix('.open').replace(self._part)

    def finish(self) -> None:
        """Put the parts together without encoding them anew."""
        import av

        parts, whole = self._parts.paths(), self._path.with_suffix('.open')
        try:
            if len(parts) == 1:
                parts[0].replace(self._path)
            elif parts:
                _join(parts, whole)
                whole.replace(self._path)
                self._parts.drop()
        except (OSError, av.FFmpegError) as err:
            raise ReplayError(f'{self._path}: cannot be written: {err}') from err


def _join(parts: list[Path], path: Path) -> None:
    import av

    with av.open(str(path), 'w', format='mp4') as out:
        target: Any = None
        first_ns = end = 0
        for part in parts:
            with av.open(str(part)) as source:
                track: Any = source.streams.video[0]
                begin_ns = int(source.metadata[BEGIN])
                if target is None:
                    target = out.add_stream_from_template(track)
                    first_ns = begin_ns
                    out.metadata[BEGIN] = str(first_ns)
                # stamps of a looped bag jump back
                offset = max(end, (begin_ns - first_ns) * TICKS_HZ // NS_PER_S)
                last = step = 0
                for packet in source.demux(track):
                    if packet.dts is None or packet.pts is None:  # the flush at the end
                        continue
                    step, last = max(packet.pts - last, 1), packet.pts
                    packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                    packet.stream = target
                    out.mux(packet)
                end = offset + last + step
