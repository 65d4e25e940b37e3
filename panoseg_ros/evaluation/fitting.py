"""Labelled pictures of any size made into what a network wants, truth included."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import STRIDE, Bundle, InputSpec
from panoseg_ros.datasets import Projection
from panoseg_ros.datasets.elevations import refit_rows
from panoseg_ros.errors import BackendError, DatasetError
from panoseg_ros.frames import UNLABELLED

ASPECT_TOLERANCE = 0.02


def at_size(bundle: Bundle, size: tuple[int, int] | None) -> Bundle:
    """Return the bundle with another input size and a wrap margin in proportion.

    Only torch can run it: graphs are made for one size.

    Args:
        bundle: the model.
        size: height and width, None for its own.

    Raises:
        BackendError: if the network cannot have that size.
    """
    if size is None:
        return bundle
    height, width = size
    margin = round(bundle.input.wrap_px * width / bundle.input.width / STRIDE) * STRIDE
    try:
        spec = replace(bundle.input, height=height, width=width, wrap_px=margin)
    except ValueError as err:
        raise BackendError(f'bundle {bundle.name} cannot run at {width}x{height}: {err}') from err
    return replace(bundle, input=spec)


def for_projection(bundle: Bundle, projection: Projection) -> Bundle:
    """Return a bundle without wrap margin for pictures whose left and right do not meet.

    Only torch can run it without the margin that its graph was made with.
    """
    if projection.kind == 'panorama' or not bundle.input.wrap_px:
        return bundle
    return replace(bundle, input=replace(bundle.input, wrap_px=0))


class Fitter:
    """Brings pictures and their truth to the size and elevations of a network's input.

    Panoramas of known elevations are cut or filled up, black and unlabelled, to those of the
    network. All other pictures must have the network's shape. Images are area-averaged when
    they shrink; values are picked, never mixed.
    """

    def __init__(self, projection: Projection, spec: InputSpec) -> None:
        self._spec = spec
        top, bottom = projection.top_deg, projection.bottom_deg
        known = projection.kind == 'panorama' and top is not None and bottom is not None
        self._given = (float(top or 0.0), float(bottom or 0.0)) if known else None

    def image(self, image: NDArray[np.uint8], name: str) -> NDArray[np.uint8]:
        """Return an image (H, W, 3) RGB of the network's size.

        Raises:
            DatasetError: naming an image that has another shape.
        """
        spec = self._spec
        fitted = self._refit(image, 0)
        height, width = fitted.shape[:2]
        stretch = width * spec.height / (height * spec.width)
        if self._given is None and abs(stretch - 1.0) > ASPECT_TOLERANCE:
            raise DatasetError(
                f'{name}: the image is {width}x{height} and nobody says what elevations it '
                f'shows, so it must have the shape of the input, {spec.width}x{spec.height}'
            )
        size = (spec.width, spec.height)
        if fitted.shape[:2] == (spec.height, spec.width):
            return fitted
        how = cv2.INTER_AREA if width >= spec.width else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(fitted, size, interpolation=how), np.uint8)

    def labels(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return labels (H, W) of the network's size."""
        return np.asarray(self._picked(self._refit(labels, UNLABELLED)), np.uint8)

    def numbers(self, numbers: NDArray[np.integer]) -> NDArray[np.uint16]:
        """Return the numbers of things (H, W) at the network's size."""
        return np.asarray(self._picked(self._refit(numbers, 0).astype(np.uint16)), np.uint16)

    def _refit(self, picture: NDArray[Any], fill: int) -> NDArray[Any]:
        wanted = (self._spec.top_deg, self._spec.bottom_deg)
        return refit_rows(picture, self._given or wanted, wanted, fill)

    def _picked(self, values: NDArray[Any]) -> NDArray[Any]:
        size = (self._spec.width, self._spec.height)
        return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_NEAREST_EXACT))
