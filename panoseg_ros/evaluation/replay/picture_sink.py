"""Results as picture files."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.replay.outcome import Outcome
from panoseg_ros.labels import LabelSet
from panoseg_ros.pictures.colouring import overlay

JPEG_QUALITY = 90


class MaskSink:
    """Writes class ids as `<stamp in ns>.png`, 255 is unlabelled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, outcome: Outcome) -> None:
        """Write one mask."""
        assert outcome.result is not None
        _save(self._folder / f'{outcome.stamp_ns}.png', outcome.result.segmentation.labels, [])

    def settle(self) -> None:
        """Do nothing: every file is whole."""

    def finish(self) -> None:
        """Do nothing."""


class OverlaySink:
    """Writes panoramas with class colours mixed in as `<stamp in ns>.jpg`."""

    def __init__(self, folder: Path, label_set: LabelSet, alpha: float = 0.5) -> None:
        self._folder, self._palette, self._alpha = folder, label_set.palette(), alpha

    def write(self, outcome: Outcome) -> None:
        """Write one overlay."""
        assert outcome.result is not None
        seen, image = outcome.result.segmentation, outcome.result.panorama.image
        picture = overlay(image, seen.labels, self._palette, self._alpha)
        options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        _save(self._folder / f'{outcome.stamp_ns}.jpg', picture[..., ::-1], options)

    def settle(self) -> None:
        """Do nothing: every file is whole."""

    def finish(self) -> None:
        """Do nothing."""


def _save(path: Path, pixels: NDArray[np.uint8], options: list[int]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _, data = cv2.imencode(path.suffix, pixels, options)
        path.write_bytes(data.tobytes())
    except OSError as err:
        raise ReplayError(f'{path}: cannot be written: {err}') from err
