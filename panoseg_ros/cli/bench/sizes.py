"""Sizes of panoramas as people type them, and bundles that run at another one."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from panoseg_ros.bundles import GRAPH, STRIDE, WEIGHTS, Bundle, InputSpec, load_bundle, write_card
from panoseg_ros.errors import BackendError, NetworkError


def parse_size(text: str) -> InputSpec:
    """Return an input of WIDTHxHEIGHT.

    Raises:
        NetworkError: if it is something else, or not in multiples of 4.
    """
    width, _, height = text.partition('x')
    try:
        return InputSpec(int(height), int(width))
    except ValueError as err:
        raise NetworkError(
            f'size {text!r}: expected WIDTHxHEIGHT in multiples of {STRIDE}: {err}'
        ) from err


def resized(bundle: Bundle, text: str) -> Bundle:
    """Return a bundle at the size WIDTHxHEIGHT: itself, or its weights without the graph.

    Raises:
        NetworkError: as `parse_size`.
        BackendError: if the network cannot have that size.
    """
    from panoseg_ros.evaluation.fitting import at_size

    spec = parse_size(text)
    if (spec.height, spec.width) == (bundle.input.height, bundle.input.width):
        return bundle
    files = {name: path for name, path in bundle.files.items() if name != GRAPH}
    sized = at_size(bundle, (spec.height, spec.width))
    return replace(sized, files=MappingProxyType(files))


def written(bundle: Bundle, folder: Path) -> Path:
    """Return a folder that holds a bundle as it is, for other processes.

    Args:
        bundle: of `resized`.
        folder: empty, taken if the bundle is not at the size of its own folder.

    Raises:
        BackendError: if it is resized and has no weights.
    """
    if bundle.input == load_bundle(bundle.path, verify=False).input:
        return bundle.path
    if WEIGHTS not in bundle.files:
        raise BackendError(f'{bundle.path}: holds no {WEIGHTS} to run at another size')
    shutil.copy(bundle.files[WEIGHTS], folder / WEIGHTS)
    write_card(
        folder,
        name=bundle.name,
        network=bundle.network,
        label_set=bundle.label_set,
        spec=bundle.input,
    )
    return folder
