"""How the streams of a recording are read: the parameters of the node that count for it."""

from dataclasses import dataclass, field

from panoseg_ros.streams.intake import IntakeRules

AS_THE_NODE = IntakeRules('header', 0.0, 0.0, 0.0, 1.0, 0.5)  # its defaults


@dataclass(frozen=True)
class StreamRules:
    """Names and meaning of the fields are those of the table of settings."""

    intake: IntakeRules = AS_THE_NODE
    pose_source: str = 'none'
    pose_timeout_s: float = 0.1
    tilt_source: str = 'none'
    tilt_timeout_s: float = 0.05
    tilt_frame: str = 'odom'
    base_frame: str = ''
    map_frame: str = ''
    imu_mounting: str = 'rpy'
    imu_rpy_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    remaps: dict[str, str] = field(default_factory=dict)  # names as in the rig file or the node

    def topic(self, name: str) -> str:
        """Return the full name of a topic of the rig or of the node, remapped."""
        full = f'/{name.lstrip("/")}'
        found = self.remaps.get(name, self.remaps.get(full, full))
        return f'/{found.lstrip("/")}'
