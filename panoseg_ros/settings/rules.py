"""Settings in the form that rooms below this one take them."""

from panoseg_ros.settings.table import Settings
from panoseg_ros.streams import IntakeRules


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
