"""The table of `settings` as parameters of a node, checked as one whole."""

from collections.abc import Callable, Sequence, Set
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)

from panoseg_ros.errors import PanosegError, SettingsError
from panoseg_ros.settings import (
    Parameter,
    Settings,
    parameters,
    settings_from_values,
    unknown_line,
)


class NodeParameters:
    """Declares every parameter and holds the settings that they make.

    `settings` is replaced as a whole when a change was accepted, so a reader in another
    thread never sees half of one.

    Raises:
        SettingsError: at construction, one line about the first wrong override.
    """

    def __init__(
        self,
        node: Any,
        may_change_all: Callable[[], bool],
        apply: Callable[[Settings, Set[str]], None],
    ) -> None:
        """Declare the table.

        Args:
            node: the rclpy node.
            may_change_all: tells whether parameters that apply at configure may change.
            apply: is called with settings before they are accepted, and the names that were
                set; raises PanosegError to refuse them.
        """
        self._node = node
        self._apply = apply
        self._may_change_all = may_change_all
        self._table = {parameter.name: parameter for parameter in parameters()}
        # rclpy has no public way to read overrides before they are declared, and its own
        # refusal of a wrong one names no fix.
        overrides: dict[str, Any] = node._parameter_overrides
        given = {n: p.value for n, p in overrides.items() if n in self._table}
        self.settings: Settings = settings_from_values(given)
        for row in self._table.values():
            node.declare_parameter(row.name, _ros_value(row.default), _descriptor(row))
        for name in sorted(overrides):
            if not node.has_parameter(name):
                node.get_logger().warning(unknown_line(name, self._table))
        node.add_on_set_parameters_callback(self._on_set)

    def _on_set(self, changes: Sequence[Any]) -> SetParametersResult:
        ours = {change.name: change.value for change in changes if change.name in self._table}
        if not ours:
            return SetParametersResult(successful=True)
        try:
            self._refuse_fixed(ours)
            present = {name: self._node.get_parameter(name).value for name in self._table}
            settings = settings_from_values(present | ours)
            self._apply(settings, ours.keys())
        except PanosegError as err:
            return SetParametersResult(successful=False, reason=' '.join(str(err).split()))
        self.settings = settings
        return SetParametersResult(successful=True)

    def _refuse_fixed(self, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            row = self._table[name]
            checked = _ros_value(row.check(value))
            same = checked == self._node.get_parameter(name).value
            if not (row.live or same or self._may_change_all()):
                raise SettingsError(
                    f'{name}: applies at configure, so it cannot change in this state: '
                    'deactivate and clean up the node first'
                )


def _ros_value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _descriptor(row: Parameter) -> ParameterDescriptor:
    """Return the descriptor of a parameter.

    Types are checked by our own callback: rclpy's static typing refuses an integer for a
    double in words that name no fix.
    """
    applies = 'May change at any time.' if row.live else 'Applies at configure.'
    descriptor = ParameterDescriptor(
        description=f'{row.description} {applies}', dynamic_typing=True
    )
    if row.choices:
        descriptor.additional_constraints = f'one of {", ".join(row.choices)}'
    if row.range and isinstance(row.default, int):
        limits = IntegerRange(from_value=int(row.range[0]), to_value=int(row.range[1]), step=0)
        descriptor.integer_range = [limits]
    elif row.range:
        low, high = map(float, row.range)
        descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    return descriptor
