"""Neural networks and their weights; nothing here knows of images or ROS."""

from panoseg_ros.networks.build import BASELINES, NETWORKS, build_network
from panoseg_ros.networks.checkpoints import Likeness, read_checkpoint, recognise
from panoseg_ros.networks.deform import set_deform_operator
from panoseg_ros.networks.weights import load_encoder, load_official, load_weights, save_weights

__all__ = [
    'BASELINES',
    'NETWORKS',
    'Likeness',
    'build_network',
    'load_encoder',
    'load_official',
    'load_weights',
    'read_checkpoint',
    'recognise',
    'save_weights',
    'set_deform_operator',
]
