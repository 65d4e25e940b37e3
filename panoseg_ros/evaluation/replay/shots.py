"""What a source gives: the pictures of one moment, and where the robot was."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Rig
from panoseg_ros.evaluation.replay.whereabouts import Place
from panoseg_ros.frames import Frame


class Still(NamedTuple):
    """A picture that is decoded when it is asked for."""

    frame_id: str
    decode: Callable[[], NDArray[np.uint8]]  # RGB (H, W, 3); raises ImageError


class Shot(NamedTuple):
    """Pictures taken together."""

    stamp_ns: int
    arrival_ns: int  # of the picture that completed them
    stills: Mapping[str, Still]  # rig topic -> picture
    place: Place
    restarted: bool  # stamps or odometry jumped before it: forget the map


class Source(Protocol):
    """Something that can be replayed once, from its beginning to its end."""

    name: str
    rig: Rig
    map_frame: str
    base_frame: str

    def __len__(self) -> int:
        """Return about how many shots there will be."""

    def __iter__(self) -> Iterator[Shot]:
        """Yield every shot."""

    @property
    def problems(self) -> list[str]:
        """Return what was passed over so far, one line each."""


def frames_of(rig: Rig, shot: Shot) -> list[Frame]:
    """Return one frame per lens whose topic the shot has.

    Raises:
        ImageError: if a picture cannot be read.
        CameraError: if a picture does not fit the rig.
    """
    frames = []
    for topic, still in shot.stills.items():
        views = rig.split(topic, still.decode())
        frames += [Frame(shot.stamp_ns, still.frame_id, view, n) for n, view in views.items()]
    return frames
