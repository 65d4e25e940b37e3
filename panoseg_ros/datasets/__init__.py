"""Data sets of labelled pictures in the layouts in which they are published."""

from panoseg_ros.datasets.catalogue import KINDS, open_dataset, parse_spec
from panoseg_ros.datasets.labelled_files import LabelledImages
from panoseg_ros.datasets.projection import Projection
from panoseg_ros.datasets.street_folder import StreetFolder

__all__ = [
    'KINDS',
    'LabelledImages',
    'Projection',
    'StreetFolder',
    'open_dataset',
    'parse_spec',
]
