"""TensorRT: engines built from a bundle's graph, kept, and run without torch."""

from panoseg_ros.inference.tensorrt.loading import build_engine, load_tensorrt

__all__ = ['build_engine', 'load_tensorrt']
