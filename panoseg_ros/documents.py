"""YAML documents that people write, and the dataclasses that they fill."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from panoseg_ros.errors import SettingsError

KINDS = {bool: 'true or false', int: 'a whole number', float: 'a number', str: 'a text'}
COUNTS = {2: 'two', 3: 'three'}
MERGE = 'tag:yaml.org,2002:merge'


class Loader(yaml.SafeLoader):
    """YAML's safe types in trees: no key twice in a mapping, and nothing that holds itself."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Return a mapping as it is written, before `<<` brings in what it may overrule."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != MERGE:
                if (key.tag, key.value) in seen:
                    line = key.start_mark.line + 1
                    raise yaml.YAMLError(f'line {line}: the key {key.value!r} stands twice')
                seen.add((key.tag, key.value))
        return node

    def construct_document(self, node: yaml.Node) -> Any:
        """Return the document; PyYAML refuses recursion in what it constructs at once."""
        self.deep_construct = True
        return super().construct_document(node)


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds; no code in it is run.

    Raises:
        SettingsError: one line that names the file, if it cannot be read or a key stands twice.
    """
    try:
        return yaml.load(path.read_text(encoding='utf-8'), Loader)  # a SafeLoader
    except Exception as err:  # PyYAML lets any kind escape for a scalar that is none of its tag
        reason = ' '.join(str(getattr(err, 'strerror', None) or err).split())
        reason = reason or type(err).__name__
        raise SettingsError(f'{path}: cannot be read: {reason}') from err


def arguments(kind: type, raw: Any, where: str = '') -> dict[str, Any]:
    """Return a mapping of a document as the arguments of a dataclass.

    Numbers, texts and tuples of numbers must be such; what belongs into other fields is
    taken as it is.

    Args:
        kind: The dataclass.
        raw: The mapping, or what stands in its place.
        where: What messages put before a key, such as `input.`.

    Raises:
        ValueError: naming the key that is unknown, missing or of another kind.
    """
    allowed = ', '.join(field.name for field in fields(kind))
    if not isinstance(raw, dict):
        raise ValueError(f'{where.rstrip(".") or "the file"} must be a mapping of {allowed}')
    hints = get_type_hints(kind)
    for key, value in raw.items():
        if key not in hints:
            raise ValueError(f'unknown key {f"{where}{key}"!r}, expected one of {allowed}')
        wanted = _words(hints[key])
        if wanted and not _fits(value, hints[key]):
            raise ValueError(f'{where}{key} must be {wanted}, got {value!r}')
    for name in _needed(kind):
        if name not in raw:
            raise ValueError(f'{where}{name} is missing')
    return {key: tuple(v) if _count(hints[key]) else v for key, v in raw.items()}


def _needed(kind: type) -> Iterator[str]:
    for field in fields(kind):
        if field.default is MISSING and field.default_factory is MISSING:
            yield field.name


def _count(hint: Any) -> int:
    """Return the length of a tuple of so many numbers, 0 for any other type."""
    parts = get_args(hint) if get_origin(hint) is tuple else ()
    return len(parts) if set(parts) == {float} else 0


def _words(hint: Any) -> str:
    """Return what a field of a checked type takes, '' for others."""
    count = _count(hint)
    return f'{COUNTS.get(count, count)} numbers' if count else KINDS.get(hint, '')


def _fits(value: Any, hint: Any) -> bool:
    if count := _count(hint):
        listed = isinstance(value, list | tuple) and len(value) == count
        return listed and all(_fits(entry, float) for entry in value)
    return type(value) is hint or (hint is float and type(value) is int)
