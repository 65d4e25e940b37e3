"""How the streams of a recording are read: the parameters of the node that count for it."""

from dataclasses import dataclass, field

from panoseg_ros.streams.intake import IntakeRules
from panoseg_ros.streams.topic_names import absolute

AS_THE_NODE = IntakeRules('header', 0.0, 0.0, 0.0, 1.0, 0.5)  # its defaults


@dataclass(frozen=True)
class StreamRules:
    """Names and meaning of the fields are those of the table of settings."""

    intake: IntakeRules = AS_THE_NODE
    pose_source: str = 'none'
    pose_timeout_s: float = 0.1
    max_speed_mps: float = 15.0
    max_turn_dps: float = 270.0
    tilt_source: str = 'none'
    tilt_timeout_s: float = 0.05
    tilt_frame: str = 'odom'
    base_frame: str = ''
    map_frame: str = ''
    imu_mounting: str = 'rpy'
    imu_rpy_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    remaps: dict[str, str] = field(default_factory=dict)  # absolute names, from `parse_remaps`

    def topic(self, name: str) -> str:
        """Return the full name of a topic of the rig or of the node, remapped."""
        return self.remaps.get(absolute(name), absolute(name))
