"""The calibration formats, in the order in which they are tried on a file."""

from collections.abc import Callable
from typing import NamedTuple

from panoseg_ros.cameras.files import (
    adapter,
    basalt,
    boofcv,
    camera_info,
    hugin,
    kalibr,
    ocamcalib,
    opencv_storage,
    rig_calibration,
    sensors_calibration,
)
from panoseg_ros.cameras.files.calibrated import Calibration, Source


class Format(NamedTuple):
    """One format: how a file is recognised, by its content alone, and read."""

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Calibration]


FORMATS = (
    Format('panoseg rig', rig_calibration.recognises, rig_calibration.read),
    Format('ROS camera_info', camera_info.recognises, camera_info.read),
    Format('Kalibr camchain', kalibr.recognises_chain, kalibr.read_chain),
    Format('Kalibr extended camera info', kalibr.recognises_single, kalibr.read_single),
    Format('Basalt JSON', basalt.recognises, basalt.read),
    Format('SensorsCalibration JSON', sensors_calibration.recognises, sensors_calibration.read),
    Format('BoofCV Mei', boofcv.recognises, boofcv.read),
    Format('OpenCV FileStorage', opencv_storage.recognises, opencv_storage.read),
    Format('fisheye-calib-adapter', adapter.recognises, adapter.read),
    Format('Hugin project', hugin.recognises, hugin.read),
    Format('OCamCalib calib_results', ocamcalib.recognises, ocamcalib.read),
)
