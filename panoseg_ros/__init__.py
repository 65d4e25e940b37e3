"""360 degree semantic perception for ROS 2."""
