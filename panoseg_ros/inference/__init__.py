"""The deployable graph and its runtimes."""

from panoseg_ros.inference.backend import BACKENDS, Backend, load_backend

__all__ = ['BACKENDS', 'Backend', 'load_backend']
