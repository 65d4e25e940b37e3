"""Random variations of labelled pictures: of pose, optics and the world's look."""

from panoseg_ros.training.augment.picture import Picture
from panoseg_ros.training.augment.recipe import augment

__all__ = ['Picture', 'augment']
