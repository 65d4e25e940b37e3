"""What the node says about itself once per second, in every state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray

from panoseg_ros.ros import qos
from panoseg_ros.ros.conversions import diagnostic, time_from_ns
from panoseg_ros.settings import TopicQos

TOPIC = '/diagnostics'
PERIOD_S = 1.0
CLOCK_SKEW_S = 5.0  # an image this far from the present has another clock


@dataclass(frozen=True)
class Health:
    """A moment of the node, as numbers and words."""

    state: str
    doing: str = ''  # the step that a transition or the loading of a model is at
    error: str = ''  # why the last configure failed
    blind: bool = False
    degraded: str = ''  # why the network does not run where it was loaded
    waiting_for: str = ''
    refused: str = ''  # why the calibration cannot be used
    uncalibrated: str = ''  # what of the calibration has not come
    lens_warnings: Sequence[str] = ()
    foreign_topics: Sequence[str] = ()
    rival_inputs: Sequence[str] = ()  # topics of ours to listen to with several publishers
    new_faults: Sequence[str] = ()
    image_age_s: float | None = None
    simulated: bool = False
    values: Mapping[str, object] = field(default_factory=dict)


def assess(health: Health) -> tuple[str, str]:
    """Return the gravest level (ok, warn or error) and all findings, the gravest first."""
    errors: list[str] = []
    warnings: list[str] = []
    if health.error:
        errors.append(health.error)
    active = health.state == 'active'
    if active and health.refused:
        errors.append(f'calibration refused, costmaps are unknown: {health.refused}')
    elif active and health.blind:
        errors.append(f'blind, costmaps are unknown: waiting for {health.waiting_for}')
    elif active and health.uncalibrated:
        warnings.append(f'waiting for {health.uncalibrated}')
    if health.degraded:
        warnings.append(health.degraded)
    if active:
        warnings += health.lens_warnings
    if health.foreign_topics:
        warnings.append(f'another publisher exists on {", ".join(health.foreign_topics)}')
    if health.rival_inputs:
        warnings.append(f'more than one publisher on {", ".join(health.rival_inputs)}')
    age_s = health.image_age_s
    if age_s is not None and not health.simulated and abs(age_s) > CLOCK_SKEW_S:
        side = 'behind' if age_s > 0.0 else 'ahead of'
        warnings.append(f'image stamps are {abs(age_s):.1f} s {side} the clock of this host')
    if health.new_faults:
        warnings.append(f'faults in the last second: {", ".join(health.new_faults)}')
    level = 'error' if errors else 'warn' if warnings else 'ok'
    state = f'{health.state}: {health.doing}' if health.doing else health.state
    return level, '; '.join(errors + warnings) or state


class DiagnosticsPublisher:
    """Publishes a `Health` per second; its timer follows the steady clock, not a bag's."""

    def __init__(self, node: Any, topic: TopicQos, measure: Any) -> None:
        """Start the timer.

        Args:
            node: the rclpy node, with a `steady_clock`.
            topic: quality of service.
            measure: a function that returns the present `Health`.
        """
        self._node = node
        self._measure = measure
        self._publisher = node.create_publisher(DiagnosticArray, TOPIC, qos.profile(topic))
        # In a group of its own, so that no waiting callback holds it up.
        node.create_timer(PERIOD_S, self._publish, node.aside, node.steady_clock)

    def _publish(self) -> None:
        health = self._measure()
        level, line = assess(health)
        values = {'state': health.state, **health.values}
        name = self._node.get_fully_qualified_name()
        message = DiagnosticArray(status=[diagnostic(name, level, line, values)])
        message.header.stamp = time_from_ns(self._node.get_clock().now().nanoseconds)
        self._publisher.publish(message)
