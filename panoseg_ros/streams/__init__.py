"""Messages over time: which stamp counts, what belongs together, where the robot was."""

from panoseg_ros.streams.frame_names import (
    BASE_FOOTPRINT,
    BASE_LINK,
    FrameNames,
    resolve_frames,
)
from panoseg_ros.streams.intake import Arrival, Intake, IntakeRules
from panoseg_ros.streams.meters import LossMeter, RateMeter
from panoseg_ros.streams.moment import Moment
from panoseg_ros.streams.pairing import Limits, Pairing, PictureSet
from panoseg_ros.streams.poses import JUMPED, Fastest, PoseBuffer
from panoseg_ros.streams.rules import StreamRules
from panoseg_ros.streams.stamps import JUMP_BACK_NS, NS_PER_S, StampOrder, Verdict, acquisition_ns
from panoseg_ros.streams.tf_tree import TfTree
from panoseg_ros.streams.tilt import (
    MAX_TILT_DEG,
    Angles,
    Orientations,
    Rotation,
    Tilt,
    TiltLookup,
    roll_pitch_deg,
)
from panoseg_ros.streams.topic_names import absolute, parse_remaps

__all__ = [
    'BASE_FOOTPRINT',
    'BASE_LINK',
    'JUMPED',
    'JUMP_BACK_NS',
    'MAX_TILT_DEG',
    'NS_PER_S',
    'Angles',
    'Arrival',
    'Fastest',
    'FrameNames',
    'Intake',
    'IntakeRules',
    'Limits',
    'LossMeter',
    'Moment',
    'Orientations',
    'Pairing',
    'PictureSet',
    'PoseBuffer',
    'RateMeter',
    'Rotation',
    'StampOrder',
    'StreamRules',
    'TfTree',
    'Tilt',
    'TiltLookup',
    'Verdict',
    'absolute',
    'acquisition_ns',
    'parse_remaps',
    'resolve_frames',
    'roll_pitch_deg',
]
