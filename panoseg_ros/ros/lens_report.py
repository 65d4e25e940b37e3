"""What diagnostics say about every lens of a rig."""

from collections.abc import Mapping
from typing import NamedTuple

from panoseg_ros.cameras import Rig
from panoseg_ros.streams.intake import Intake

MOST_SPREAD_MS = 20.0  # a person at 1.5 m/s moves 3 cm in it, less than a cell


class LensReport(NamedTuple):
    """Figures for the status, and warnings in words."""

    figures: dict[str, object]
    warnings: tuple[str, ...]


def report(
    rig: Rig,
    intake: Intake,
    topics: Mapping[str, str],
    sources: Mapping[str, str],
    now_s: float,
    timeout_s: float,
) -> LensReport:
    """Return what is to be said about the lenses.

    Args:
        rig: the lenses.
        intake: what became of their images.
        topics: topic of the rig to its full name.
        sources: lens name to where its calibration comes from.
        now_s: present time of a steady clock.
        timeout_s: a topic without images for longer is silent.
    """
    figures: dict[str, object] = {}
    warnings = []
    for lens in rig.lenses:
        rate, start = intake.rates[lens.topic], f'lens {lens.name}: '
        age_s = rate.age_s(now_s)
        used = lens.topic not in intake.left_out
        reason = '' if used else _reason(age_s, timeout_s, intake)
        figures[f'{start}topic'] = topics[lens.topic]
        figures[f'{start}rate (Hz)'] = f'{rate.rate_hz(now_s):.2f}'
        figures[f'{start}age (s)'] = 'none yet' if age_s is None else f'{age_s:.3f}'
        figures[f'{start}state'] = 'used' if used else f'left out, {reason}'
        figures[f'{start}calibration'] = sources[lens.name]
        if not used:
            warnings.append(f'lens {lens.name} on {topics[lens.topic]} {reason}: left out')
    spread_ms = intake.spread_ns * 1e-6
    figures['lens spread (ms)'] = f'{spread_ms:.1f}'
    if spread_ms > MOST_SPREAD_MS:
        warnings.append(
            f'images of one set are {spread_ms:.0f} ms apart, more than {MOST_SPREAD_MS:.0f} ms: '
            'what moves is seen twice or not at all where lenses overlap'
        )
    return LensReport(figures, tuple(warnings))


def _reason(age_s: float | None, timeout_s: float, intake: Intake) -> str:
    if age_s is None:
        return 'has been silent from the start'
    if age_s > timeout_s:
        return f'has been silent for {age_s:.1f} s'
    return (
        f'sends images that fit to no others within {intake.tolerance_ns() * 1e-6:.0f} ms '
        '(compare the clocks, or raise input.pairing_tolerance_s)'
    )
