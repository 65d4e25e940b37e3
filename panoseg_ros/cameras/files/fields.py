"""Reads mappings field by field; every fault names the file, the field and its rule."""

import math
import reprlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.files.text import parse_mapping, read_text
from panoseg_ros.cameras.lenses.lens import MAX_SIDE
from panoseg_ros.errors import CameraError

_REQUIRED: Any = object()
_BRIEF = reprlib.Repr()  # aliases in YAML make small files with endless values
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 60
_BRIEF.maxlist, _BRIEF.maxlevel = 20, 4


def read_yaml(path: Path, kind: str) -> 'Fields':
    """Return the mapping that a YAML or JSON file holds; `kind` names the file in errors.

    Raises:
        CameraError: if the file cannot be read or is not one mapping.
    """
    file = f'{kind} {path}'
    return Fields(parse_mapping(read_text(path, file), file), file)


class Fields:
    """One mapping of a file. Read every field, then call `close` to refuse unknown keys."""

    def __init__(self, raw: Any, file: str, path: str = '') -> None:
        self.file, self._path = file, path
        if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
            raise self.error('', 'must be a mapping of names to values', raw)
        self._raw: dict[str, Any] = raw
        self._used: set[str] = set()

    def error(self, key: str, rule: str, value: Any = _REQUIRED) -> CameraError:
        """Return the error for a field: file, field, rule and the value found."""
        where = self._below(key)
        found = '' if value is _REQUIRED else f', got {_short(value)}'
        return CameraError(f'{self.file}: {where + " " if where else ""}{rule}{found}')

    def has(self, key: str) -> bool:
        """Return whether the field is given."""
        return key in self._raw

    def value(self, key: str, rule: str, default: Any = _REQUIRED) -> Any:
        """Return the raw value of a field, or the default; without one it must be given."""
        self._used.add(key)
        if key not in self._raw:
            if default is _REQUIRED:
                raise self.error(key, f'is missing, {rule}')
            return default
        return self._raw[key]

    def text(self, key: str, default: Any = _REQUIRED) -> str:
        """Return a text that is not empty."""
        rule = 'must be a text'
        value = self.value(key, rule, default)
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.error(key, rule, value)
        return value

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        rule = 'must be true or false'
        value = self.value(key, rule, default)
        if not isinstance(value, bool):
            raise self.error(key, rule, value)
        return value

    def number(self, key: str, default: Any = _REQUIRED) -> float:
        """Return a finite number."""
        rule = 'must be a finite number'
        value = self.value(key, rule, default)
        if not _is_number(value):
            raise self.error(key, rule, value)
        return float(value)

    def numbers(self, key: str, count: int, default: Any = _REQUIRED) -> tuple[float, ...]:
        """Return a list of exactly `count` finite numbers."""
        rule = f'must be a list of {count} finite numbers'
        value = self.value(key, rule, default)
        if not isinstance(value, list | tuple) or len(value) != count:
            raise self.error(key, rule, value)
        if not all(_is_number(item) for item in value):
            raise self.error(key, rule, value)
        return tuple(float(item) for item in value)

    def whole(self, key: str, count: int, low: int, high: int) -> tuple[int, ...]:
        """Return a list of exactly `count` whole numbers of low..high."""
        rule = f'must be a list of {count} whole numbers {low}..{high}'
        value = self.value(key, rule)
        if not isinstance(value, list) or len(value) != count:
            raise self.error(key, rule, value)
        if not all(type(item) is int and low <= item <= high for item in value):
            raise self.error(key, rule, value)
        return tuple(value)

    def numbers_of(self, key: str, counts: tuple[int, ...]) -> tuple[float, ...]:
        """Return a list of finite numbers that has one of the given lengths."""
        value = self.value(key, f'must be a list of {_either(counts)} finite numbers')
        if not isinstance(value, list | tuple) or len(value) not in counts:
            rule = f'must be a list of {_either(counts)} finite numbers'
            found = f'{len(value)}: ' if isinstance(value, list | tuple) else ''
            raise self.error(key, f'{rule}, got {found}{_short(value)}')
        return self.numbers(key, len(value))

    def matrix(self, key: str, rows: int, columns: int) -> NDArray[np.float64]:
        """Return a (rows, columns) matrix of finite numbers, in rows or in one list."""
        rule = f'must be a {rows}x{columns} matrix of finite numbers'
        value = self.value(key, rule)
        flat = value
        if isinstance(value, list | tuple) and all(isinstance(row, list | tuple) for row in value):
            flat = [item for row in value if len(row) == columns for item in row]
        if not isinstance(flat, list | tuple) or len(flat) != rows * columns:
            raise self.error(key, rule, value)
        if not all(_is_number(item) for item in flat):
            raise self.error(key, rule, value)
        return np.array([float(item) for item in flat]).reshape(rows, columns)

    def side(self, key: str) -> int:
        """Return a number of pixels, a whole number 1..32767."""
        value = self.number(key)
        if value != int(value) or not 1 <= value <= MAX_SIDE:
            raise self.error(key, f'must be a whole number 1..{MAX_SIDE}', value)
        return int(value)

    def sides(self, key: str) -> tuple[int, int]:
        """Return a list of width and height, two whole numbers 1..32767."""
        width, height = self.numbers(key, 2)
        if not all(side == int(side) and 1 <= side <= MAX_SIDE for side in (width, height)):
            raise self.error(key, f'must be two whole numbers 1..{MAX_SIDE}', [width, height])
        return int(width), int(height)

    def mapping(self, key: str) -> 'Fields':
        """Return a nested mapping."""
        return Fields(self.value(key, 'must be a mapping'), self.file, self._below(key))

    def mappings(self, key: str) -> tuple['Fields', ...]:
        """Return a list of nested mappings, at least one."""
        rule = 'must be a list of mappings'
        value = self.value(key, rule)
        if not isinstance(value, list) or not value:
            raise self.error(key, rule, value)
        return tuple(
            Fields(item, self.file, self._below(f'{key}[{i}]')) for i, item in enumerate(value)
        )

    def _below(self, key: str) -> str:
        return '.'.join(part for part in (self._path, key) if part)

    @property
    def raw(self) -> dict[str, Any]:
        """The mapping itself, to recognise a format by."""
        return self._raw

    def keys(self) -> tuple[str, ...]:
        """Return the names of all fields, in the order of the file."""
        return tuple(self._raw)

    def close(self) -> None:
        """Refuse the keys that nobody asked for.

        Raises:
            CameraError: naming the first one and the keys that are known.
        """
        for key in self._raw:
            if key not in self._used:
                known = ', '.join(sorted(self._used))
                raise self.error(_short(key).strip("'"), f'is not a known key, only {known}')


def _either(counts: tuple[int, ...]) -> str:
    return ' or '.join(str(count) for count in counts)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond what a float holds
        return False


def _short(value: Any) -> str:
    try:
        text = ' '.join(_BRIEF.repr(value).split())
    except (ValueError, RecursionError):  # a number of too many digits, an alias of itself
        text = type(value).__name__
    return text if len(text) <= 60 else f'{text[:57]}...'
