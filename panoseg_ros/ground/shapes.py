"""How far things of a class reach beyond where they stand: ordinary sizes of ordinary things.

The numbers are rough sizes from everyday life, not measurements of any data set: a step
of a person, the wheel base of a bicycle, the ground clearance and width of a car.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.labels import LabelClass, LabelSet

ALONE = 0  # group of the classes whose rays are judged one by one


class Shape(NamedTuple):
    """Where the lower end of a thing may be seen, other than where it stands.

    A thing with legs shows one of them, on the ground, within `reach_m` to either side of
    whatever hangs `hang_m` or less above it. A thing on wheels hangs by `hang_m` nearly
    everywhere, and its wheels, up to `reach_m` from their middle, may be hidden.
    """

    group: str  # things of one group stand on each other's legs: a rider on a bicycle
    wheels: bool
    reach_m: float
    hang_m: float
    depth_m: float  # how deep it is at most, seen from the camera
    over_m: float  # how far it may hang over the ground before where it is seen to stand
    span_m: float = 0.0  # how far its legs may stand apart, one behind the other
    through: bool = False  # ground is seen through it: a frame, the space below a table
    base_m: float = 0.0  # so far from a wheel it hangs as high as there: half a wheel base
    front_m: float = 0.0  # how far it may reach beyond its wheels
    tall_m: float = 0.0  # how tall it can be, with a rider, 0 if that is not known


_PERSON = Shape('person', False, 0.4, 0.9, 0.3, 0.4, 0.8, tall_m=2.0)
_RIDER = _PERSON._replace(group='cycle')
_CYCLE = Shape('cycle', False, 0.5, 0.4, 0.3, 0.6, 1.0, True, tall_m=2.0)
_OTHER = _CYCLE._replace(tall_m=0.0)  # what moves and is not known
_CAR = Shape('vehicle', True, 0.35, 0.25, 1.6, 0.2, base_m=1.5, front_m=0.8)
_LORRY = Shape('vehicle', True, 0.5, 0.3, 2.2, 0.2, base_m=1.5, front_m=2.5)
_POST = Shape('post', False, 0.5, 0.9, 0.1, 0.3, 1.0)
_TABLE = Shape('table', False, 1.0, 0.8, 0.8, 0.4, 0.8, True)
_SEAT = Shape('seat', False, 0.5, 0.5, 0.5, 0.2, 0.5, True)
_SOFA = Shape('sofa', False, 1.2, 0.3, 0.8, 0.2)
_BY_SLUG = {
    'person': _PERSON,
    'pedestrian': _PERSON,
    'rider': _RIDER,
    'bicycle': _CYCLE,
    'motorcycle': _CYCLE,
    'car': _CAR,
    'vehicles': _CAR,
    'truck': _LORRY,
    'bus': _LORRY,
    'train': _LORRY,
    'pole': _POST,
    'traffic_sign': _POST,
    'traffic_light': _POST,
    'vegetation': Shape('plant', False, 0.6, 0.6, 0.3, 0.9, 0.6),
    'table': _TABLE,
    'desk': _TABLE,
    'bench': _SEAT,
    'chair': _SEAT,
    'sofa': _SOFA,
}
_KERBED = ('sidewalk', 'terrain')  # ground that may lie a kerb higher than the road


class Shapes(NamedTuple):
    """The shapes of a label set, by label value; all arrays are (256,)."""

    group: NDArray[np.int16]  # ALONE or the number of a group
    wheels: NDArray[np.bool_]
    reach_m: NDArray[np.float32]
    hang_m: NDArray[np.float32]
    depth_m: NDArray[np.float32]
    over_m: NDArray[np.float32]
    span_m: NDArray[np.float32]
    through: NDArray[np.bool_]
    base_m: NDArray[np.float32]
    front_m: NDArray[np.float32]
    tall_m: NDArray[np.float32]
    kerbed: NDArray[np.bool_]


def shapes_of(label_set: LabelSet) -> Shapes:
    """Return the shapes of all labels; what is neither known nor moves stands on every ray."""
    shapes = Shapes(
        np.full(256, ALONE, np.int16),
        np.zeros(256, np.bool_),
        np.zeros(256, np.float32),
        np.zeros(256, np.float32),
        np.zeros(256, np.float32),
        np.zeros(256, np.float32),
        np.zeros(256, np.float32),
        np.zeros(256, np.bool_),
        np.zeros(256, np.float32),
        np.zeros(256, np.float32),
        np.zeros(256, np.float32),
        np.zeros(256, np.bool_),
    )
    groups: list[str] = []
    for cls in label_set.classes:
        shapes.kerbed[cls.id] = cls.surface == 'ground' and cls.slug in _KERBED
        shape = _shape(cls)
        if shape is not None:
            if shape.group not in groups:
                groups.append(shape.group)
            shapes.group[cls.id] = groups.index(shape.group) + 1
            shapes.wheels[cls.id] = shape.wheels
            shapes.reach_m[cls.id] = shape.reach_m
            shapes.hang_m[cls.id] = shape.hang_m
            shapes.depth_m[cls.id] = shape.depth_m
            shapes.over_m[cls.id] = shape.over_m
            shapes.span_m[cls.id] = shape.span_m
            shapes.through[cls.id] = shape.through
            shapes.base_m[cls.id] = shape.base_m
            shapes.front_m[cls.id] = shape.front_m
            shapes.tall_m[cls.id] = shape.tall_m
    return shapes


def _shape(cls: LabelClass) -> Shape | None:
    if cls.surface != 'obstacle':
        return None
    return _BY_SLUG.get(cls.slug, _OTHER._replace(group=cls.slug) if cls.dynamic else None)
