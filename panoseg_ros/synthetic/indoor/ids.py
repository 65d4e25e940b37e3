"""The class ids that indoor assets carry (config/labels/stanford2d3d8.yaml)."""

from panoseg_ros.frames import UNLABELLED

LABEL_SET = 'stanford2d3d8'

CEILING, CHAIR, DOOR, FLOOR, SOFA, TABLE, WALL, WINDOW = range(8)
OTHER = UNLABELLED  # shelves, beds, cabinets, lamps, plants, people, screens, boards
