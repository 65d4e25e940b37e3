"""The deployable graph and its runtimes."""

from panoseg_ros.inference.backend import BACKENDS, DEVICES, PRECISIONS, Backend
from panoseg_ros.inference.loading import load_backend

__all__ = ['BACKENDS', 'DEVICES', 'PRECISIONS', 'Backend', 'load_backend']
