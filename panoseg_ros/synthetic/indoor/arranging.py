"""Where furniture stands: against walls, in groups, in rows, never in each other's way."""

import numpy as np

from panoseg_ros.synthetic.indoor import ids
from panoseg_ros.synthetic.indoor.looks import Kit
from panoseg_ros.synthetic.indoor.plan import Rect, Room, area_of
from panoseg_ros.synthetic.mesh import Mesh, counted, moved

_CLEAR_M = 0.6  # before a door that is shut
_SWING_M = 0.25  # more than its width before one that is open
_SILL_M = 0.85  # low things fit below openings that begin at this height


class Floor:
    """The free floor of a room and what was put on it.

    Footprints are axis-aligned rectangles: furniture turned by other than right angles
    takes the rectangle around it.
    """

    def __init__(self, room: Room, kit: Kit, rng: np.random.Generator, first: int) -> None:
        self.room, self.kit, self.rng = room, kit, rng
        self.parts: list[Mesh] = []
        self.taken: list[Rect] = []
        self.next_number = first
        self._hung: list[tuple[int, float, float]] = []  # wall, start, end
        for wall in room.walls:
            for o in wall.openings:
                if o.kind not in ('door', 'passage', 'hole'):
                    continue
                deep = _SWING_M + (o.end - o.start) if o.beyond else _CLEAR_M
                (x0, y0), (x1, y1) = wall.point(o.start - 0.1), wall.point(o.end + 0.1, deep)
                self.taken.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))

    def draw(self, low: float, high: float) -> float:
        """Draw a number."""
        return float(self.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        """Return True with this probability."""
        return bool(self.rng.random() < share)

    def fits(self, rect: Rect, gap: float = 0.04) -> bool:
        """Return whether a rectangle is inside the room and free."""
        if not self.room.holds(rect):
            return False
        return not any(
            rect[0] < r[2] + gap and rect[2] > r[0] - gap
            and rect[1] < r[3] + gap and rect[3] > r[1] - gap
            for r in self.taken
        )  # fmt: skip

    def put(self, mesh: Mesh, x: float, y: float, yaw: float = 0.0, z: float = 0.0) -> None:
        """Place a mesh (yaw in rad); what of it is of a class is numbered as one object."""
        part = moved(mesh, (x, y, z), yaw)
        counts = mesh.labels != ids.OTHER
        if counts.any():
            part = counted(part, self.next_number)
            part = part._replace(instances=np.where(counts, part.instances, 0).astype(np.int32))
            self.next_number += 1
        self.parts.append(part)

    def around(self, x: float, y: float, yaw: float, size: tuple[float, float]) -> Rect:
        """Return the rectangle of a footprint (along, across) turned by yaw."""
        c, s = abs(np.cos(yaw)), abs(np.sin(yaw))
        half_x = 0.5 * (c * size[0] + s * size[1])
        half_y = 0.5 * (s * size[0] + c * size[1])
        return (x - half_x, y - half_y, x + half_x, y + half_y)

    def claim(self, x: float, y: float, yaw: float, size: tuple[float, float]) -> bool:
        """Take a footprint if it is free and return whether it was."""
        rect = self.around(x, y, yaw, size)
        if not self.fits(rect):
            return False
        self.taken.append(rect)
        return True

    def by_wall(
        self,
        size: tuple[float, float],
        low_only: bool = False,
        front: float = 0.0,
        tries: int = 12,
    ) -> tuple[float, float, float] | None:
        """Take a footprint (deep, wide) against a wall; return x, y and yaw of its middle.

        `front` is free floor wanted before it; tall things (not `low_only`) keep away
        from windows. None where nothing was found.
        """
        lengths = np.array([w.length for w in self.room.walls])
        for _ in range(tries):
            k = int(self.rng.choice(len(lengths), p=lengths / lengths.sum()))
            wall = self.room.walls[k]
            if wall.length < size[1] + 0.1:
                continue
            s = float(self.rng.uniform(0.5 * size[1] + 0.03, wall.length - 0.5 * size[1] - 0.03))
            if self.rng.random() < 0.3:  # into a corner
                s = 0.5 * size[1] + 0.04
            ends = (s - 0.5 * size[1], s + 0.5 * size[1])
            behind = [o for o in wall.openings if o.start < ends[1] and o.end > ends[0]]
            if any(not low_only or o.bottom < _SILL_M for o in behind):
                continue
            nx, ny = wall.inward
            yaw = float(np.arctan2(ny, nx))
            x, y = wall.point(s, 0.5 * (size[0] + front) + 0.02)
            if self.fits(self.around(x, y, yaw, (size[0] + front, size[1]))):
                x, y = wall.point(s, 0.5 * size[0] + 0.02)
                self.taken.append(self.around(x, y, yaw, size))
                self._hung.append((k, *ends))
                return x, y, yaw
        return None

    def on_floor(
        self, size: tuple[float, float], yaw: float | None = None, tries: int = 12
    ) -> tuple[float, float, float] | None:
        """Take a footprint anywhere; return x, y and yaw, or None."""
        areas = np.array([area_of(r) for r in self.room.rects])
        for _ in range(tries):
            r = self.room.rects[int(self.rng.choice(len(areas), p=areas / areas.sum()))]
            x, y = float(self.rng.uniform(r[0], r[2])), float(self.rng.uniform(r[1], r[3]))
            turn = float(self.rng.integers(4)) * np.pi / 2 if yaw is None else yaw
            if self.claim(x, y, turn, size):
                return x, y, turn
        return None

    def hang(self, mesh: Mesh, wide: float, z: float, depth: float = 0.0) -> bool:
        """Hang a mesh on a free stretch of wall at height z; return whether it was done."""
        for _ in range(6):
            k = int(self.rng.integers(len(self.room.walls)))
            wall = self.room.walls[k]
            if wall.length < wide + 0.2:
                continue
            s = float(self.rng.uniform(0.5 * wide + 0.1, wall.length - 0.5 * wide - 0.1))
            ends = (s - 0.5 * wide - 0.15, s + 0.5 * wide + 0.15)
            if any(o.start < ends[1] and o.end > ends[0] for o in wall.openings):
                continue
            if any(w == k and a < ends[1] and b > ends[0] for w, a, b in self._hung):
                continue
            self._hung.append((k, *ends))
            x, y = wall.point(s, depth)
            nx, ny = wall.inward
            self.put(mesh, x, y, float(np.arctan2(ny, nx)), z)
            return True
        return False


def ahead(
    x: float, y: float, yaw: float, forward: float, left: float = 0.0
) -> tuple[float, float]:
    """Return a point forward and left of a placed thing."""
    c, s = np.cos(yaw), np.sin(yaw)
    return float(x + forward * c - left * s), float(y + forward * s + left * c)
