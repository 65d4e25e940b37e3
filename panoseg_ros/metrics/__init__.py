"""Figures of quality: arrays in, numbers out."""

from panoseg_ros.metrics.boundaries import boundary_counts, boundary_f, mean_boundary_f
from panoseg_ros.metrics.calibration import calibration_counts, reliability
from panoseg_ros.metrics.confusion import confusion_matrix, iou, mean_iou, pixel_accuracy
from panoseg_ros.metrics.flicker import flicker
from panoseg_ros.metrics.ground_maps import ground_counts, ground_figures
from panoseg_ros.metrics.latency import latency
from panoseg_ros.metrics.zones import count_zones

__all__ = [
    'boundary_counts',
    'boundary_f',
    'calibration_counts',
    'confusion_matrix',
    'count_zones',
    'flicker',
    'ground_counts',
    'ground_figures',
    'iou',
    'latency',
    'mean_boundary_f',
    'mean_iou',
    'pixel_accuracy',
    'reliability',
]
