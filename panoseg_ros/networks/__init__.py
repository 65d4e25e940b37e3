"""Neural networks and their weights; nothing here knows of images, files or ROS."""

from panoseg_ros.networks.build import NETWORKS, build_network
from panoseg_ros.networks.deform import set_deform_operator
from panoseg_ros.networks.weights import load_official, load_weights, save_weights

__all__ = [
    'NETWORKS',
    'build_network',
    'load_official',
    'load_weights',
    'save_weights',
    'set_deform_operator',
]
