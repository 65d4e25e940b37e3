"""ROS bags in and out, without ROS.

Needs the optional package rosbags (`pip install 'panoseg_ros[bags]'`).
"""

from panoseg_ros.bags.files import holds_bag
from panoseg_ros.bags.messages import (
    CameraInfoMessage,
    CloudMessage,
    CompressedImageMessage,
    GridMessage,
    ImageMessage,
    ImuMessage,
    LabelInfoMessage,
    Message,
    OdometryMessage,
    OtherMessage,
    RawImageMessage,
    ScanMessage,
    Transform,
    TransformsMessage,
    jpeg,
    png,
)
from panoseg_ros.bags.qos import LATCHED, RELIABLE, SENSOR, TopicQos
from panoseg_ros.bags.reader import BagReader, BagTopic, RawRecord, Record
from panoseg_ros.bags.writer import BagWriter

__all__ = [
    'LATCHED',
    'RELIABLE',
    'SENSOR',
    'BagReader',
    'BagTopic',
    'BagWriter',
    'CameraInfoMessage',
    'CloudMessage',
    'CompressedImageMessage',
    'GridMessage',
    'ImageMessage',
    'ImuMessage',
    'LabelInfoMessage',
    'Message',
    'OdometryMessage',
    'OtherMessage',
    'RawImageMessage',
    'RawRecord',
    'Record',
    'ScanMessage',
    'TopicQos',
    'Transform',
    'TransformsMessage',
    'holds_bag',
    'jpeg',
    'png',
]
