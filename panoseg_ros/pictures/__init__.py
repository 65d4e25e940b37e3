"""Pixels out of messages, files and video packets, free of ROS."""

from panoseg_ros.pictures.encodings import ENCODINGS, decode_compressed, decode_raw
from panoseg_ros.pictures.video import H264Decoder, Picture, Report, require_pyav
from panoseg_ros.pictures.video_stream import VideoStream
from panoseg_ros.pictures.yuv import PLANAR

__all__ = [
    'ENCODINGS',
    'PLANAR',
    'H264Decoder',
    'Picture',
    'Report',
    'VideoStream',
    'decode_compressed',
    'decode_raw',
    'require_pyav',
]
