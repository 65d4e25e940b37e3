"""What the node sees, as entities of the Rerun viewer: for replays, the live view and the demo."""

from panoseg_ros.evaluation.viewing.rerun_log import COMBINED, RerunLog, require_rerun
from panoseg_ros.evaluation.viewing.scene import (
    Cloud,
    Grid,
    labelled_cloud,
    places_of,
    planar,
    standing_cloud,
)

__all__ = [
    'COMBINED',
    'Cloud',
    'Grid',
    'RerunLog',
    'labelled_cloud',
    'places_of',
    'planar',
    'require_rerun',
    'standing_cloud',
]
