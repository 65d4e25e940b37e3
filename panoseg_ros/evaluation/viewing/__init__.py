"""What the node sees, as entities of the Rerun viewer: for replays, the live view and the demo."""

from panoseg_ros.evaluation.viewing.rerun_log import COMBINED, RerunLog, require_rerun
from panoseg_ros.evaluation.viewing.scene import (
    Cloud,
    Grid,
    Lifter,
    feet_of,
    labelled_cells,
    moved,
    planar,
)

__all__ = [
    'COMBINED',
    'Cloud',
    'Grid',
    'Lifter',
    'RerunLog',
    'feet_of',
    'labelled_cells',
    'moved',
    'planar',
    'require_rerun',
]
