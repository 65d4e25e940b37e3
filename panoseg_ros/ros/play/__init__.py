"""Publishes a recorded bag over rclpy, where no rosbag2 is installed."""
