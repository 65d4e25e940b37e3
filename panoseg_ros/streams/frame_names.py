"""The two frames that grids and poses are in."""

from typing import NamedTuple

from panoseg_ros.errors import SettingsError

BASE_FOOTPRINT, BASE_LINK = 'base_footprint', 'base_link'


class FrameNames(NamedTuple):
    """The frame of the robot and that of the grids."""

    base: str
    map: str


def resolve_frames(
    base_frame: str, map_frame: str, pose_source: str, default_base: str
) -> FrameNames:
    """Return the frames of the robot and of the grids.

    Args:
        base_frame: parameter of that name, empty takes `default_base`.
        map_frame: parameter of that name, empty takes odom with a pose source, else the base.
        pose_source: none, odom or tf.
        default_base: what the robot's frame is called where nobody says it.

    Raises:
        SettingsError: if map_frame and base_frame do not fit the pose source.
    """
    base = base_frame or default_base
    posed = pose_source != 'none'
    chosen = map_frame or ('odom' if posed else base)
    if posed and chosen == base:
        raise SettingsError(
            f'map_frame: {chosen!r} is also base_frame, but pose_source is {pose_source}: '
            'name the frame of the odometry, such as odom'
        )
    if not posed and chosen != base:
        raise SettingsError(
            f'map_frame: {chosen!r} is not base_frame {base!r}, but pose_source is none: '
            'leave map_frame empty or set pose_source to odom'
        )
    return FrameNames(base, chosen)
