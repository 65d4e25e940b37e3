"""Reads a calibration file's text and, where it is YAML or JSON, its mapping."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from panoseg_ros import documents
from panoseg_ros.errors import CameraError

MAX_BYTES = 4 << 20  # a calibration is a few kB, a panorama project some hundred
MAX_YAML = 256 << 10  # PyYAML takes its time
MAX_DEPTH = 100  # and squares it with every bracket left open
MAX_MERGED = 20000
_OPENCV_HEADER = re.compile(r'\A%YAML[: ]\s*\d+\.\d+[^\n]*\n')  # `%YAML:1.0` is not YAML
_LATE_END = re.compile(r'\n---\s*\Z')  # `ros2 topic echo` ends a message like this
_PLAIN_EXPONENT = re.compile(r'[-+]?[0-9]+[eE][-+]?[0-9]+')  # 1e-05, a text in YAML 1.1


class _Loader(documents.Loader):
    """YAML's safe types, 1e-05 as a number, and the matrices of OpenCV's FileStorage."""

    merged = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge `<<` keys, which multiply when they are nested, up to a bound."""
        super().flatten_mapping(node)
        self.merged += len(node.value)
        if self.merged > MAX_MERGED:
            raise yaml.YAMLError(f'more than {MAX_MERGED} keys')


def _matrix(loader: _Loader, node: yaml.Node) -> Any:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.YAMLError('an opencv-matrix must be a mapping')
    return loader.construct_mapping(node, deep=True)


_Loader.add_implicit_resolver('tag:yaml.org,2002:float', _PLAIN_EXPONENT, list('-+0123456789'))
_Loader.add_constructor('tag:yaml.org,2002:opencv-matrix', _matrix)


def read_text(path: Path, file: str) -> str:
    """Return the text of a file, which `file` names in errors.

    Raises:
        CameraError: if it cannot be read, is too large or is not UTF-8.
    """
    try:
        with path.open('rb') as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as err:  # ValueError: a NUL in the path
        reason = getattr(err, 'strerror', None) or str(err)
        raise CameraError(f'{file}: cannot be read: {reason}') from err
    if len(raw) > MAX_BYTES:
        raise CameraError(f'{file}: is larger than {MAX_BYTES} bytes')
    try:
        return raw.decode('utf-8-sig').replace('\r\n', '\n')
    except UnicodeDecodeError as err:
        raise CameraError(f'{file}: is not a text in UTF-8: {err.reason}') from err


def parse_mapping(text: str, file: str) -> Any:
    """Return what a YAML or JSON text holds, in plain Python values.

    Raises:
        CameraError: if it is neither.
    """
    try:
        if text.lstrip().startswith('{'):
            with suppress(json.JSONDecodeError):  # it may still be YAML's flow style
                return json.loads(text)
        text = _LATE_END.sub('\n', _OPENCV_HEADER.sub('', text, count=1))
        _check_yaml(text)
        return yaml.load(text, _Loader)  # a SafeLoader
    except Exception as err:  # PyYAML lets any type escape for some malformed scalars
        reason = ' '.join(str(err).split()) or type(err).__name__
        raise CameraError(f'{file}: is not valid YAML or JSON: {reason[:200]}') from err


def _check_yaml(text: str) -> None:
    """Refuse what would keep the parser busy for minutes."""
    if len(text) > MAX_YAML:
        raise yaml.YAMLError(f'longer than {MAX_YAML} characters')
    depth = 0
    for bracket in re.findall(r'[][{}]', text):
        depth = depth + 1 if bracket in '[{' else max(0, depth - 1)
        if depth > MAX_DEPTH:
            raise yaml.YAMLError(f'more than {MAX_DEPTH} brackets deep')
