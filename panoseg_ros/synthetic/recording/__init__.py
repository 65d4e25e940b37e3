"""Cameras in a scene: what they record, along which path, and how it is written."""
