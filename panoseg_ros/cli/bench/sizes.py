"""Sizes of panoramas as people type them, and bundles that run at another one."""

from dataclasses import replace
from types import MappingProxyType

from panoseg_ros.bundles import GRAPH, STRIDE, Bundle, InputSpec
from panoseg_ros.errors import NetworkError


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
