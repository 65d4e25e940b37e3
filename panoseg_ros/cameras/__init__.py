"""Lens models, calibration files, rigs, and the remap of lens pictures to a panorama."""

from panoseg_ros.cameras.files.calibrated import CalibratedCamera
from panoseg_ros.cameras.files.calibration import load_calibration, read_cameras
from panoseg_ros.cameras.files.camera_info import lens_from_camera_info
from panoseg_ros.cameras.files.rig_file import load_rig, load_rig_template
from panoseg_ros.cameras.files.rig_writer import rig_yaml, write_rig
from panoseg_ros.cameras.lenses.double_sphere import DoubleSphere
from panoseg_ros.cameras.lenses.equirectangular import Equirectangular
from panoseg_ros.cameras.lenses.extended_unified import ExtendedUnified
from panoseg_ros.cameras.lenses.ideal_fisheye import IdealFisheye
from panoseg_ros.cameras.lenses.kannala_brandt import KannalaBrandt
from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.cameras.lenses.mei import Mei
from panoseg_ros.cameras.lenses.ocam import OCam
from panoseg_ros.cameras.lenses.panotools import PanoTools
from panoseg_ros.cameras.lenses.pinhole import Pinhole
from panoseg_ros.cameras.lenses.unified import Unified
from panoseg_ros.cameras.levelling import Directions, Leveller
from panoseg_ros.cameras.mapper import Moment, PanoramaMapper
from panoseg_ros.cameras.rig import Rig
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.cameras.rig_template import RigTemplate

__all__ = [
    'CalibratedCamera',
    'Directions',
    'DoubleSphere',
    'Equirectangular',
    'ExtendedUnified',
    'IdealFisheye',
    'KannalaBrandt',
    'Lens',
    'Leveller',
    'Mei',
    'Moment',
    'OCam',
    'PanoTools',
    'PanoramaMapper',
    'Pinhole',
    'Rig',
    'RigLens',
    'RigTemplate',
    'Unified',
    'lens_from_camera_info',
    'load_calibration',
    'load_rig',
    'load_rig_template',
    'read_cameras',
    'rig_yaml',
    'write_rig',
]
