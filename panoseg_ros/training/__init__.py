"""Supervised training of a model bundle."""

from panoseg_ros.training.config import Augmentation, Phase, TrainConfig, load_train_config
from panoseg_ros.training.loop import Report, Trained, train, trained_so_far
from panoseg_ros.training.memory import keep_freed_memory
from panoseg_ros.training.result import write_bundle
from panoseg_ros.training.samples import Samples, read_samples

__all__ = [
    'Augmentation',
    'Phase',
    'Report',
    'Samples',
    'TrainConfig',
    'Trained',
    'keep_freed_memory',
    'load_train_config',
    'read_samples',
    'train',
    'trained_so_far',
    'write_bundle',
]
