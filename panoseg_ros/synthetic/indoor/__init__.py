"""Furnished rooms with exact labels of 8 classes, from the same machinery as the streets."""

from panoseg_ros.synthetic.indoor.building import Interior, build_room
from panoseg_ros.synthetic.indoor.ids import LABEL_SET
from panoseg_ros.synthetic.indoor.lighting import MOODS
from panoseg_ros.synthetic.indoor.renderer import RoomRenderer

__all__ = [
    'LABEL_SET',
    'MOODS',
    'Interior',
    'RoomRenderer',
    'build_room',
]
