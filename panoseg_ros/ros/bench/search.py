"""The highest input rate that a node keeps up with; free of ROS."""

from collections.abc import Callable
from typing import NamedTuple

from panoseg_ros.ros.bench.figures import RunFigures


class SearchPlan(NamedTuple):
    """Where the search looks, and what counts as keeping up."""

    lowest_hz: float = 1.0
    highest_hz: float = 60.0
    width_hz: float = 0.5  # the search ends when the answer is known to this
    most_missed_percent: float = 5.0

    def keeps_up(self, figures: RunFigures) -> bool:
        """Return whether the node kept up, and the images were sent as fast as wanted."""
        sent_fast_enough = figures.sent_hz >= 0.95 * figures.wanted_hz
        return sent_fast_enough and figures.missed_percent <= self.most_missed_percent


def peak_rate(
    measure: Callable[[float], RunFigures], plan: SearchPlan
) -> tuple[RunFigures | None, list[RunFigures]]:
    """Return the run at the highest rate that the node kept up with, and all runs in order.

    The search is a bisection, as in ros2_benchmark; the answer is None if the node does not
    keep up with the lowest rate either.

    Args:
        measure: runs the node at an input rate in Hz.
        plan: where to look.
    """
    runs: list[RunFigures] = []

    def kept_up(rate_hz: float) -> bool:
        runs.append(measure(rate_hz))
        return plan.keeps_up(runs[-1])

    low_hz, high_hz = plan.lowest_hz, plan.highest_hz
    if not kept_up(low_hz):
        return None, runs
    best = runs[-1]
    if kept_up(high_hz):
        return runs[-1], runs
    while high_hz - low_hz > plan.width_hz:
        middle_hz = 0.5 * (low_hz + high_hz)
        if kept_up(middle_hz):
            low_hz, best = middle_hz, runs[-1]
        else:
            high_hz = middle_hz
    return best, runs
