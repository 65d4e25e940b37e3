"""Triton kernels of the deformable layers; importing needs Triton, which torch for CUDA brings."""

from panoseg_ros.networks.kernels.operators import deform_conv, deform_pointwise

__all__ = ['deform_conv', 'deform_pointwise']
