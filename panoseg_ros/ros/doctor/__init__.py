"""What a running ROS graph looks like from inside; judging it is left to the caller."""

from panoseg_ros.ros.doctor.graph import Endpoint, Link, Sight
from panoseg_ros.ros.doctor.watch import look_around

__all__ = ['Endpoint', 'Link', 'Sight', 'look_around']
