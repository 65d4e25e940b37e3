"""`panoseg doctor`: what is installed, what the node will use, what is wrong."""

from panoseg_ros.cli.doctor.command import register

__all__ = ['register']
