"""Data sets of labelled pictures in the layouts in which they are published."""

from panoseg_ros.datasets.street_folder import StreetFolder

__all__ = ['StreetFolder']
