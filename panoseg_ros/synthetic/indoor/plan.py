"""Rooms as plain tuples: outlines, walls with their openings, ceilings.

Convention: metres; outlines run counter-clockwise, so the room lies to the left of each
wall. `start` and `end` of an opening are measured along its wall.
"""

from typing import NamedTuple

import numpy as np

Point = tuple[float, float]
Rect = tuple[float, float, float, float]  # x0, y0, x1, y1


def area_of(rect: Rect) -> float:
    """Return the area of a rectangle in square metres."""
    return (rect[2] - rect[0]) * (rect[3] - rect[1])


class Opening(NamedTuple):
    """A hole in a wall.

    Kinds are door, passage (nothing but a hole), window, glazing (panes towards a next room)
    and, in the wall of the next room, hole: the other side of any of them.
    """

    kind: str
    start: float
    end: float
    bottom: float  # above the floor
    top: float
    beyond: bool  # one can look into a next room


class Wall(NamedTuple):
    """A straight wall from a to b with the room at its left."""

    a: Point
    b: Point
    outer: bool
    openings: tuple[Opening, ...]

    @property
    def length(self) -> float:
        """Return the length in metres."""
        return float(np.hypot(self.b[0] - self.a[0], self.b[1] - self.a[1]))

    @property
    def along(self) -> Point:
        """Return the direction from a to b."""
        return ((self.b[0] - self.a[0]) / self.length, (self.b[1] - self.a[1]) / self.length)

    @property
    def inward(self) -> Point:
        """Return the direction into the room."""
        return (-self.along[1], self.along[0])

    def point(self, s: float, depth: float = 0.0) -> Point:
        """Return a point s metres along the wall, `depth` metres into the room."""
        (x, y), (nx, ny) = self.along, self.inward
        return (self.a[0] + s * x + depth * nx, self.a[1] + s * y + depth * ny)


class Roof(NamedTuple):
    """The height of a ceiling: flat, or rising across the room (shed, gable)."""

    height: float  # at its lowest
    kind: str
    rise: float  # to its highest
    axis: int  # 0: rises along x, 1: along y
    low: float
    high: float

    def z(self, x: float, y: float) -> float:
        """Return the height of the ceiling above a place."""
        if self.kind == 'flat':
            return self.height
        share = ((x, y)[self.axis] - self.low) / (self.high - self.low)
        if self.kind == 'gable':
            share = 1.0 - abs(2.0 * share - 1.0)
        return self.height + self.rise * min(1.0, max(0.0, share))

    @property
    def ridge(self) -> float:
        """Return where along the axis the slope changes."""
        return 0.5 * (self.low + self.high)


class Room(NamedTuple):
    """One room: disjoint rectangles that make up its floor, walls, ceiling."""

    kind: str
    rects: tuple[Rect, ...]
    walls: tuple[Wall, ...]
    roof: Roof
    thick_m: float  # of its walls

    def holds(self, rect: Rect) -> bool:
        """Return whether a rectangle lies inside."""
        return sum(common_area(rect, own) for own in self.rects) > 0.9999 * area_of(rect)

    @property
    def area(self) -> float:
        """Return the floor's area in square metres."""
        return sum(map(area_of, self.rects))

    @property
    def largest(self) -> Rect:
        """Return the largest rectangle of the floor."""
        return max(self.rects, key=area_of)


class Plan(NamedTuple):
    """The room with the camera and the rooms behind its open doors."""

    room: Room
    beyond: tuple[Room, ...]

    @property
    def district(self) -> str:
        """Return what the room is used for, one of KINDS."""
        return self.room.kind


def common_area(a: Rect, b: Rect) -> float:
    """Return the area in square metres that two rectangles share."""
    x = min(a[2], b[2]) - max(a[0], b[0])
    y = min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, x) * max(0.0, y)
