"""Calibration and rig files, read and written."""
