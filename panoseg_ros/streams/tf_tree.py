"""A tree of frames from recorded transforms.

Convention: an edge holds the pose of the child in its parent, which maps coordinates of the
child to those of the parent (REP 105).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.streams.poses import PoseBuffer

Matrix = NDArray[np.float64]
DEPTH = 64  # of a chain of frames; a longer one is a loop


class TfTree:
    """Keeps static transforms and the latest of the moving ones; used by one thread."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._edges: dict[str, PoseBuffer] = {}
        self._static: set[str] = set()

    @property
    def frames(self) -> set[str]:
        """Return the names of all frames."""
        return {*self._parents, *self._parents.values()}

    def add(
        self,
        stamp_ns: int,
        parent: str,
        child: str,
        translation_m: ArrayLike,
        xyzw: ArrayLike,
        static: bool,
    ) -> None:
        """Add the pose of a child in its parent: translation (3,) and quaternion (4,).

        Raises:
            ValueError: if a number is not finite or the quaternion has no length.
        """
        if static or self._parents.get(child) != parent or child in self._static:
            self._edges[child] = PoseBuffer()
        self._parents[child] = parent
        (self._static.add if static else self._static.discard)(child)
        self._edges[child].add(0 if static else stamp_ns, translation_m, xyzw)

    def look_up(self, target: str, source: str, stamp_ns: int) -> Matrix | None:
        """Return target_from_source (4, 4) at a time, or None if it is not known.

        Moving transforms are interpolated, never extrapolated.
        """
        up, down = self._chain(source), self._chain(target)
        common = next((frame for frame in up if frame in down), None)
        if common is None:
            return None
        common_from_source = self._along(up[: up.index(common)], stamp_ns)
        common_from_target = self._along(down[: down.index(common)], stamp_ns)
        if common_from_source is None or common_from_target is None:
            return None
        return np.asarray(np.linalg.solve(common_from_target, common_from_source))

    def _chain(self, frame: str) -> list[str]:
        chain = [frame]
        while chain[-1] in self._parents and len(chain) < DEPTH:
            chain.append(self._parents[chain[-1]])
        return chain

    def _along(self, children: list[str], stamp_ns: int) -> Matrix | None:
        """Return the pose of the first frame in the parent of the last."""
        pose: Matrix = np.eye(4)
        for child in children:
            edge = self._edges[child].at(0 if child in self._static else stamp_ns, 0.0)
            if edge is None:
                return None
            pose = edge @ pose
        return pose
