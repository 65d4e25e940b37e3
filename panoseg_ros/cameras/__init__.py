"""Lens models, calibration files, rigs, and the remap of lens pictures to a panorama."""

from panoseg_ros.cameras.calibration import load_calibration
from panoseg_ros.cameras.equirectangular import Equirectangular
from panoseg_ros.cameras.kannala_brandt import KannalaBrandt
from panoseg_ros.cameras.lens import Lens
from panoseg_ros.cameras.mapper import PanoramaMapper
from panoseg_ros.cameras.pinhole import Pinhole
from panoseg_ros.cameras.rig import Rig
from panoseg_ros.cameras.rig_file import load_rig
from panoseg_ros.cameras.rig_lens import RigLens

__all__ = [
    'Equirectangular',
    'KannalaBrandt',
    'Lens',
    'PanoramaMapper',
    'Pinhole',
    'Rig',
    'RigLens',
    'load_calibration',
    'load_rig',
]
