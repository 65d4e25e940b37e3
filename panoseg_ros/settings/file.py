"""Settings from a ROS parameter file, for the commands that work without ROS."""

import difflib
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from panoseg_ros.documents import read_yaml
from panoseg_ros.errors import SettingsError
from panoseg_ros.settings.table import Settings, parameters, settings_from_values

# Declared by rclpy itself in every node, so they may stand in the same file.
FOREIGN = ('use_sim_time', 'start_type_description_service')
_log = logging.getLogger(__name__)


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
    raw = read_yaml(path)
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
