"""Figures of quality: arrays in, numbers out."""

from panoseg_ros.metrics.confusion import confusion_matrix, iou, mean_iou, pixel_accuracy

__all__ = ['confusion_matrix', 'iou', 'mean_iou', 'pixel_accuracy']
