"""Graphs that a bundle of weights does not hold, exported once per machine and kept.

They lie in `$XDG_CACHE_HOME/panoseg_ros/graphs` (`~/.cache` where that is not set), one file
for each combination of weights, network, input, rendering and exporter; deleting them is
always safe.
"""

import hashlib
import json
import logging
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType

from panoseg_ros import resources
from panoseg_ros.bundles import GRAPH, WEIGHTS, Bundle
from panoseg_ros.errors import BackendError, SettingsError

# Here, not beside the exporter: a kept graph is found on machines without torch.
OPSET = 20  # DeformConv needs 19, GridSample has had its names since 20
FORMAT = 3  # raised when export.py gives graphs another convention
_log = logging.getLogger(__name__)


def with_graph(bundle: Bundle, rendering: str = 'deform_conv') -> Bundle:
    """Return a bundle with its graph from the cache, exported if it is not there.

    Args:
        bundle: holds weights.
        rendering: one of `export.RENDERINGS`.

    Raises:
        BackendError: if the bundle holds no weights, the exporter's packages are missing, the
            graph differs from the network, or the cache cannot be written.
    """
    if WEIGHTS not in bundle.files:
        raise BackendError(f'{bundle.path}: holds no {GRAPH}, and no {WEIGHTS} to make it from')
    path = cache_folder() / f'{_key(bundle, rendering)}.onnx'
    if not path.exists():
        _export(bundle, path, rendering)
    return replace(bundle, files=MappingProxyType({**bundle.files, GRAPH: path}))


def cache_folder(kind: str = 'graphs') -> Path:
    """Return where files of a kind are kept.

    Raises:
        BackendError: if this user has no home and XDG_CACHE_HOME is not set.
    """
    try:
        return resources.cache_folder(kind)
    except SettingsError as err:
        raise BackendError(str(err)) from err


def _key(bundle: Bundle, rendering: str) -> str:
    """Return a name that changes with everything that the graph depends on."""
    facts = {
        'weights': bundle.hashes[WEIGHTS],
        'network': bundle.network,
        'labels': Path(bundle.label_set).name,
        'input': asdict(bundle.input),
        'opset': OPSET,
        'rendering': rendering,
        'format': FORMAT,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


def _export(bundle: Bundle, path: Path, rendering: str) -> None:
    try:
        from panoseg_ros.inference.export import export_onnx
        from panoseg_ros.inference.torch_backend import load_network
    except ModuleNotFoundError as err:
        raise BackendError(
            f'bundle {bundle.name} holds no {GRAPH} as {rendering}, and {err.name} is missing to '
            "make it: pip install 'panoseg_ros[train]'"
        ) from err
    _log.warning('bundle %s: exporting its graph to %s, once', bundle.name, path)
    network = load_network(bundle)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        export_onnx(network, bundle.input, path, rendering=rendering)
    except OSError as err:
        raise BackendError(f'{path}: cannot be written: {err.strerror}') from err
    except ModuleNotFoundError as err:
        raise BackendError(
            f'bundle {bundle.name}: {err.name} is missing to export its graph: '
            "pip install 'panoseg_ros[train]'"
        ) from err
    except BackendError:
        raise
    except Exception as err:  # the exporter raises many kinds
        reason = (str(err).splitlines() or [type(err).__name__])[0]
        raise BackendError(
            f'bundle {bundle.name}: its graph cannot be exported: {reason}'
        ) from err
