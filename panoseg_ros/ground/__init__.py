"""Flat ground under a panorama: foot points, evidence per cell, fusion over time.

One frame, in the base frame:

    projector = GroundProjector(geometry, base_from_pano, label_set, settings, classes)
    ground = projector(segmentation, panorama.valid)

Fused over time, in the map (odometry) frame:

    fusion = GroundFusion(label_set, settings, classes)
    evidence = projector.observe(segmentation, panorama.valid, map_from_base)
    ground = fusion.update(evidence)

`projector.observe` without a pose gives the evidence in the base frame, and
`fusion.reset()` forgets everything. `projector.sight` is what the clouds of the frame are
made of: `obstacle_cloud(sight)`, `free_cloud(sight)`, `pixel_cloud(sight)`.
"""

from panoseg_ros.ground.clouds import (
    POINT,
    GroundSight,
    free_cloud,
    obstacle_cloud,
    pixel_cloud,
)
from panoseg_ros.ground.evidence import GroundEvidence
from panoseg_ros.ground.fusion import FusedGround, GroundFusion
from panoseg_ros.ground.projector import GroundProjector, ground_map
from panoseg_ros.ground.scan import GroundScan, GroundScanner
from panoseg_ros.ground.settings import GroundSettings

__all__ = [
    'POINT',
    'FusedGround',
    'GroundEvidence',
    'GroundFusion',
    'GroundProjector',
    'GroundScan',
    'GroundScanner',
    'GroundSettings',
    'GroundSight',
    'free_cloud',
    'ground_map',
    'obstacle_cloud',
    'pixel_cloud',
]
