"""The rig of a node as far as the running system has described it, free of ROS."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Rig, RigTemplate
from panoseg_ros.ros.camera_info import fingerprint, lens_from_message


class LiveRig:
    """Collects CameraInfo messages and poses; one thread adds, any may ask for the rig.

    `version` changes with everything that makes another rig.
    """

    def __init__(
        self, template: RigTemplate, info_topics: Mapping[str, str], base_frame: str
    ) -> None:
        """Start with nothing.

        Args:
            template: the rig file.
            info_topics: lens name to the full name of its CameraInfo topic.
            base_frame: the frame in which TF poses are given.
        """
        self.template = template
        self.info_topics = dict(info_topics)
        self._base_frame = base_frame
        self._infos: dict[str, Any] = {}
        self._prints: dict[str, object] = {}
        self._poses: dict[str, NDArray[np.float64]] = {}
        self.version = 0

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what the rig waits for, in words."""
        infos = dict.fromkeys(
            f'camera_info on {topic}'
            for lens, topic in self.info_topics.items()
            if lens not in self._infos
        )
        frames = [f'TF {self._base_frame} <- {self.template.needs_tf[n]}' for n in self.unposed]
        return (*infos, *frames)

    @property
    def unposed(self) -> tuple[str, ...]:
        """Return the lenses whose pose TF has not told yet."""
        return tuple(name for name in self.template.needs_tf if name not in self._poses)

    def take_info(self, lens: str, message: Any) -> bool:
        """Add the CameraInfo of a lens; True if it says something new."""
        new = fingerprint(message)
        if self._prints.get(lens) == new:
            return False
        self._prints[lens], self._infos[lens] = new, message
        self.version += 1
        return True

    def take_pose(self, lens: str, base_from_lens: NDArray[np.float64]) -> None:
        """Add the pose (4, 4) of a lens' optical frame in the base frame."""
        pano_from_base = np.linalg.inv(self.template.base_from_pano)
        self._poses[lens] = pano_from_base @ base_from_lens
        self.version += 1

    def rig(self) -> Rig:
        """Return the rig; takes a while.

        Raises:
            CameraError: naming topic and field of a CameraInfo that cannot be used.
        """
        infos, sizes = dict(self._infos), {e.name: e.size for e in self.template.lenses}
        lenses = {
            lens: lens_from_message(message, sizes[lens], self.info_topics[lens])
            for lens, message in infos.items()
        }
        return self.template.complete(lenses, dict(self._poses))

    def sources(self) -> dict[str, str]:
        """Return where the calibration of every lens comes from, in words."""
        return {
            entry.name: ', '.join(
                (
                    f'camera_info on {self.info_topics[entry.name]}'
                    if entry.name in self.info_topics
                    else 'rig file',
                    *([f'pose from TF {entry.frame_id}'] if entry.frame_id else []),
                )
            )
            for entry in self.template.lenses
        }
