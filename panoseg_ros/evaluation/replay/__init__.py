"""Bags, pictures and videos through the pipeline of the node, without ROS."""

from panoseg_ros.evaluation.replay.job import OUTPUTS, ReplayJob, open_source, run_job
from panoseg_ros.evaluation.replay.many import Ended, run_many, run_on_ray, share_cores
from panoseg_ros.evaluation.replay.outcome import Outcome, Sink
from panoseg_ros.evaluation.replay.player import Replay
from panoseg_ros.evaluation.replay.shots import Shot, Source, Still

__all__ = [
    'OUTPUTS',
    'Ended',
    'Outcome',
    'Replay',
    'ReplayJob',
    'Shot',
    'Sink',
    'Source',
    'Still',
    'open_source',
    'run_job',
    'run_many',
    'run_on_ray',
    'share_cores',
]
