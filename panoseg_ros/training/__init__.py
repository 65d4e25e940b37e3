"""Supervised training of a model bundle."""

from panoseg_ros.training.board import Board
from panoseg_ros.training.cache import cached_samples
from panoseg_ros.training.config import Augmentation, Phase, TrainConfig, load_train_config
from panoseg_ros.training.live import LiveSource, rendered_so_far
from panoseg_ros.training.loop import Data, Report, Trained, train, trained_so_far
from panoseg_ros.training.memory import keep_freed_memory
from panoseg_ros.training.precision import cpu_has_bfloat16, in_affordable_precision
from panoseg_ros.training.result import write_bundle
from panoseg_ros.training.samples import Samples, SampleSizes
from panoseg_ros.training.sources import Joined, describe, open_joined

__all__ = [
    'Augmentation',
    'Board',
    'Data',
    'Joined',
    'LiveSource',
    'Phase',
    'Report',
    'SampleSizes',
    'Samples',
    'TrainConfig',
    'Trained',
    'cached_samples',
    'cpu_has_bfloat16',
    'describe',
    'in_affordable_precision',
    'keep_freed_memory',
    'load_train_config',
    'open_joined',
    'rendered_so_far',
    'train',
    'trained_so_far',
    'write_bundle',
]
