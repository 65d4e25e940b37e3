"""The node and everything else that talks to a running ROS 2."""
