"""`panoseg train`: labelled panoramas in, a model bundle out."""

from panoseg_ros.cli.train.command import register, train
from panoseg_ros.cli.train.pictures import Rendering

__all__ = ['Rendering', 'register', 'train']
