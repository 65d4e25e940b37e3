"""The one table of parameters: names, types, defaults, ranges, and when they apply.

A nested field `group.field` of `Settings` is the parameter `group.field`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, NamedTuple, get_type_hints

from panoseg_ros.errors import GroundError, SettingsError
from panoseg_ros.ground.settings import GroundSettings
from panoseg_ros.settings.field import setting
from panoseg_ros.settings.groups import (
    CostmapSettings,
    ImuSettings,
    InputSettings,
    ModelSettings,
    QosSettings,
    RigSettings,
)


@dataclass(frozen=True)
class Settings:
    """Everything that can be set, with the defaults of `config/panoseg.yaml`.

    Raises:
        SettingsError: naming the parameter, its value and what is allowed.
    """

    autostart: bool = setting(
        True,
        'Configure and activate the node by itself, once after its process has started; '
        'false leaves both to a lifecycle manager.',
    )
    base_frame: str = setting(
        '',
        'Frame of the robot that grids are centred on; empty takes base_footprint where TF '
        'has it, else base_link.',
    )
    map_frame: str = setting(
        '',
        'Frame of the costmaps; empty takes odom when pose_source is odom or tf, else base_frame.',
    )
    pose_source: str = setting(
        'none',
        'Where the pose of the robot comes from: none keeps the costmaps in base_frame, odom '
        'reads the topic odom, tf looks up map_frame to base_frame and needs tf2_ros.',
        choices=('none', 'odom', 'tf'),
    )
    pose_timeout_s: float = setting(
        0.1,
        'How long (s) a frame waits for the pose at its stamp before it goes without a grid.',
        low=0.0,
        high=5.0,
        live=True,
    )
    tilt_source: str = setting(
        'none',
        'Where roll and pitch of the robot come from, by which the panorama is turned upright: '
        'none leaves it as seen, imu reads the topic imu, odom the topic odom, tf looks up '
        'tilt_frame to base_frame and needs tf2_ros.',
        choices=('none', 'imu', 'odom', 'tf'),
    )
    tilt_frame: str = setting(
        'odom', 'Frame with a vertical z axis in which tf gives the tilt of base_frame.'
    )
    tilt_timeout_s: float = setting(
        0.05,
        'How long (s) a frame waits for the tilt at its stamp before it goes on unlevelled.',
        low=0.0,
        high=5.0,
        live=True,
    )
    stamp_source: str = setting(
        'header',
        'Time of an image: header is the stamp of its message, receive the time of arrival.',
        choices=('header', 'receive'),
        live=True,
    )
    capture_delay_s: float = setting(
        0.0,
        'Time (s) between the exposure of an image and its stamp; subtracted from the stamp.',
        low=-1.0,
        high=5.0,
        live=True,
    )
    input_timeout_s: float = setting(
        1.0,
        'After this time (s) without a new grid every costmap is published once as unknown.',
        low=0.05,
        high=3600.0,
        live=True,
    )
    lens_timeout_s: float = setting(
        0.5,
        'After this time (s) without an image of a lens that fits to the others the panorama '
        'does without it; longer than two image periods.',
        low=0.05,
        high=3600.0,
        live=True,
    )
    overlay_alpha: float = setting(
        0.5, 'Share of the class colour in segmentation/overlay.', low=0.0, high=1.0, live=True
    )
    model: ModelSettings = field(default_factory=ModelSettings)
    rig: RigSettings = field(default_factory=RigSettings)
    input: InputSettings = field(default_factory=InputSettings)
    imu: ImuSettings = field(default_factory=ImuSettings)
    costmap: CostmapSettings = field(default_factory=CostmapSettings)
    ground: GroundSettings = field(default_factory=GroundSettings)
    qos: QosSettings = field(default_factory=QosSettings)

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        for parameter in parameters(self):
            parameter.check(parameter.default)


class Parameter(NamedTuple):
    """One row of the table; `default` has the type of the parameter."""

    name: str
    default: Any
    description: str
    range: tuple[float, float] | None
    choices: tuple[str, ...]
    live: bool

    def check(self, value: Any) -> Any:
        """Return the value in the type of the settings.

        Raises:
            SettingsError: one line naming the parameter, the value and the fix.
        """
        value = self._typed(value)
        if self.choices and value not in self.choices:
            raise SettingsError(
                f'{self.name}: {value!r} is not allowed, only {", ".join(self.choices)}'
            )
        if self.range and not self.range[0] <= value <= self.range[1]:
            low, high = map(type(value), self.range)
            raise SettingsError(
                f'{self.name}: {value!r} is out of range, allowed is {low!r} to {high!r}'
            )
        return value

    def _typed(self, value: Any) -> Any:
        if isinstance(self.default, tuple):
            if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
                raise SettingsError(
                    f'{self.name}: {value!r} is not a list of texts: '
                    "write ['road', 'car'], or [''] for none"
                )
            return tuple(value)
        if type(value) is type(self.default):
            return value
        wanted, given = _KINDS[type(self.default)], _KINDS.get(type(value), type(value).__name__)
        raise SettingsError(
            f'{self.name}: {value!r} is {given}, but this parameter is {wanted}: '
            f'write {_fix(value, self.default)}'
        )


_KINDS: Mapping[type, str] = {
    bool: 'a boolean',
    int: 'an integer',
    float: 'a double',
    str: 'a text',
    type(None): 'nothing',
}


def _fix(value: Any, default: Any) -> str:
    """Return what a user should have written in YAML instead of this value."""
    try:
        if isinstance(default, bool):
            return str(value).lower() if str(value).lower() in ('true', 'false') else 'true'
        if isinstance(default, float):
            return repr(float(value))
        if isinstance(default, int):
            return repr(round(float(value)))
    except (TypeError, ValueError, OverflowError):
        return repr(default)
    return f"'{value}'"


def parameters(settings: Settings | None = None) -> tuple[Parameter, ...]:
    """Return the table, in the order of the file; defaults are the values of `settings`."""
    if settings is None:
        return parameters(Settings())
    return tuple(_rows(settings, ''))


def _rows(group: Any, prefix: str) -> Iterator[Parameter]:
    for entry in fields(group):
        value, meta = getattr(group, entry.name), entry.metadata
        if is_dataclass(value):
            yield from _rows(value, f'{prefix}{entry.name}.')
            continue
        yield Parameter(
            f'{prefix}{entry.name}',
            value,
            meta['description'],
            meta.get('range'),
            meta.get('choices', ()),
            meta.get('live', False),
        )


def settings_from_values(values: Mapping[str, Any]) -> Settings:
    """Return settings from parameter names and values; absent names keep their default.

    Raises:
        SettingsError: one line naming the parameter, the value and the fix.
    """
    checked = {p.name: p.check(values[p.name]) for p in parameters() if p.name in values}
    settings: Settings = _build(Settings, Settings(), checked, '')
    return settings


def _build(kind: type, base: Any, values: Mapping[str, Any], prefix: str) -> Any:
    hints = get_type_hints(kind)
    arguments = {}
    for entry in fields(kind):
        name, default = f'{prefix}{entry.name}', getattr(base, entry.name)
        if is_dataclass(default):
            arguments[entry.name] = _build(hints[entry.name], default, values, f'{name}.')
        else:
            arguments[entry.name] = values.get(name, default)
    try:
        return kind(**arguments)
    except GroundError as err:  # the other groups name their parameters in full
        raise SettingsError(f'{prefix}{err}') from err
