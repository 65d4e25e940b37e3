"""The one table of parameters: names, types, defaults, ranges, and when they apply.

The node declares its parameters from it, `config/panoseg.yaml` documents it, and the
commands that work without ROS read the same file through `load_settings`. A nested
field `group.field` of `Settings` is the parameter `group.field`.
"""

import difflib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import yaml

from panoseg_ros.errors import GroundError, SettingsError
from panoseg_ros.ground.settings import GroundSettings
from panoseg_ros.inference import BACKENDS

# Declared by rclpy itself in every node, so they may stand in the same file.
FOREIGN = ('use_sim_time', 'start_type_description_service')
RELIABILITIES = ('best_effort', 'reliable')
_log = logging.getLogger(__name__)


def setting(
    default: Any,
    description: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    live: bool = False,
) -> Any:
    """Return a dataclass field that carries its own documentation and limits.

    Args:
        default: value without a file; its type is the parameter's type.
        description: one sentence, with the unit.
        low: smallest allowed number.
        high: largest allowed number.
        choices: the allowed texts, any text when empty.
        live: True if it may change while the node is configured, False if a change needs
            another configure.
    """
    limits = None if low is None or high is None else (low, high)
    metadata = {'description': description, 'range': limits, 'choices': choices, 'live': live}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class ModelSettings:
    """Which network runs, and on what."""

    bundle: str = setting(
        'nano-synthetic',
        'Model bundle: a directory, or the name of one in models/. A change is applied by the '
        'service ~/load_model or at the next configure.',
        live=True,
    )
    backend: str = setting(
        'auto',
        'Runtime of the network; auto takes the fastest that works here.',
        choices=BACKENDS,
    )
    threads: int = setting(
        0, 'CPU threads of the network; 0 lets the runtime decide.', low=0, high=256
    )


@dataclass(frozen=True)
class RigSettings:
    """Which lenses the camera has."""

    file: str = setting(
        'equirect', 'Rig file: a path, or the name of one in config/rigs/ (without .yaml).'
    )


@dataclass(frozen=True)
class InputSettings:
    """How images arrive."""

    transport: str = setting(
        'raw',
        'Message type of the image topics: raw is sensor_msgs/Image, compressed is '
        'sensor_msgs/CompressedImage with jpeg or png on <topic>/compressed, h264 is the same '
        'type and topic with H.264 packets and needs PyAV (the extra video).',
        choices=('raw', 'compressed', 'h264'),
    )
    rate_hz: float = setting(
        0.0,
        'Rate of the camera, from which lost images are counted; 0.0 learns it from the stamps.',
        low=0.0,
        high=1000.0,
        live=True,
    )
    pairing_tolerance_s: float = setting(
        0.0,
        'Largest difference (s) in stamp and in arrival between an image and the one of the '
        'first lens that it belongs to; 0.0 means half an image period.',
        low=0.0,
        high=10.0,
        live=True,
    )


@dataclass(frozen=True)
class CostmapSettings:
    """Which grids are published beside costmap/combined."""

    classes: tuple[str, ...] = setting(
        ('road', 'sidewalk', 'person', 'car'),
        "Classes with an evidence grid costmap/<class> of their own; [''] for none.",
    )

    @property
    def wanted(self) -> tuple[str, ...]:
        """Return the classes without the empty text, which ROS needs for an empty list."""
        return tuple(name for name in self.classes if name)


@dataclass(frozen=True)
class TopicQos:
    """Quality of service of one topic."""

    reliability: str = setting('reliable', 'Reliability of this topic.', choices=RELIABILITIES)
    depth: int = setting(
        1,
        'Messages kept of this topic; 0 means 1, or 5 for images of several topics.',
        low=0,
        high=1000,
    )


@dataclass(frozen=True)
class QosSettings:
    """Reliability and depth of every topic of the node."""

    image: TopicQos = TopicQos('best_effort', 0)
    video: TopicQos = TopicQos('reliable', 60)
    odom: TopicQos = TopicQos('best_effort', 400)
    mask: TopicQos = TopicQos()
    confidence: TopicQos = TopicQos()
    overlay: TopicQos = TopicQos()
    panorama: TopicQos = TopicQos()
    costmap: TopicQos = TopicQos()
    diagnostics: TopicQos = TopicQos(depth=10)


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


def unknown_line(name: str, known: Iterable[str]) -> str:
    """Return the warning about a name that is no parameter, with the nearest one that is."""
    near = difflib.get_close_matches(name, list(known), 1, 0.6)
    return f'unknown parameter {name!r} is ignored' + (
        f': did you mean {near[0]}?' if near else ''
    )


def load_settings(path: str | Path) -> Settings:
    """Read a ROS parameter file (`/**: ros__parameters:`); unknown names are logged.

    Raises:
        SettingsError: naming the file and the parameter that is wrong.
    """
    values = _read(Path(path))
    known = [parameter.name for parameter in parameters()]
    for name in values:
        if name not in known and name not in FOREIGN and not name.startswith('qos_overrides.'):
            _log.warning('%s: %s', path, unknown_line(name, known))
    try:
        return settings_from_values(values)
    except SettingsError as err:
        raise SettingsError(f'{path}: {err}') from err


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        reason = ' '.join(str(err).split())
        raise SettingsError(f'{path}: cannot be read as YAML: {reason}') from err
    values: dict[str, Any] = {}
    for node, body in raw.items() if isinstance(raw, dict) else ():
        group = body.get('ros__parameters') if isinstance(body, dict) else None
        if not isinstance(group, dict):
            raise SettingsError(f'{path}: {node}: needs a mapping `ros__parameters`')
        values |= dict(_flatten(group, ''))
    if not values:
        raise SettingsError(f'{path}: needs `/**:` with a mapping `ros__parameters`')
    return values


def _flatten(group: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in group.items():
        if isinstance(value, dict):
            yield from _flatten(value, f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}', value
