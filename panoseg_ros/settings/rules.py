"""Settings in the form that rooms below this one take them."""

from collections.abc import Mapping

from panoseg_ros.settings.table import Settings
from panoseg_ros.streams import IntakeRules, StreamRules


def intake_rules(settings: Settings) -> IntakeRules:
    """Return how images are stamped, counted and paired."""
    return IntakeRules(
        stamp_source=settings.stamp_source,
        capture_delay_s=settings.capture_delay_s,
        rate_hz=settings.input.rate_hz,
        pairing_tolerance_s=settings.input.pairing_tolerance_s,
        input_timeout_s=settings.input_timeout_s,
        lens_timeout_s=settings.lens_timeout_s,
    )


def stream_rules(settings: Settings, remaps: Mapping[str, str]) -> StreamRules:
    """Return what a replay takes from the parameters of the node.

    Args:
        settings: the parameters.
        remaps: names of topics as in the rig file or of the node, to those of the bag.
    """
    imu = settings.imu
    return StreamRules(
        intake=intake_rules(settings),
        pose_source=settings.pose_source,
        pose_timeout_s=settings.pose_timeout_s,
        max_speed_mps=settings.ground.max_speed_mps,
        max_turn_dps=settings.ground.max_turn_dps,
        tilt_source=settings.tilt_source,
        tilt_timeout_s=settings.tilt_timeout_s,
        tilt_frame=settings.tilt_frame,
        base_frame=settings.base_frame,
        map_frame=settings.map_frame,
        imu_mounting=imu.mounting,
        imu_rpy_deg=(imu.roll_deg, imu.pitch_deg, imu.yaw_deg),
        remaps=dict(remaps),
    )
