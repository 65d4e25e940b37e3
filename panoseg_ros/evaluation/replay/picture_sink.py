"""Results as picture files."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.replay.outcome import Outcome
from panoseg_ros.labels import LabelSet
from panoseg_ros.pictures.colouring import overlay

JPEG_QUALITY = 90


class Names:
    """Paths of a folder's files: the second of one name in a run gets `-2`, and so on.

    Stamps repeat in recordings that were played in a loop.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._times: Counter[str] = Counter()

    def path(self, name: str) -> Path:
        """Return where the next file of a name goes."""
        self._times[name] += 1
        path = self._folder / name
        again = self._times[name]
        return path if again == 1 else path.with_stem(f'{path.stem}-{again}')


class MaskSink:
    """Writes class ids as `<stamp in ns>.png`, 255 is unlabelled; see `Names`."""

    def __init__(self, folder: Path) -> None:
        self._names = Names(folder)

    def write(self, outcome: Outcome) -> None:
        """Write one mask."""
        assert outcome.result is not None
        path = self._names.path(f'{outcome.stamp_ns}.png')
        _save(path, outcome.result.segmentation.labels, [])

    def settle(self) -> None:
        """Do nothing: every file is whole."""

    def finish(self) -> None:
        """Do nothing."""


class OverlaySink:
    """Writes panoramas with class colours mixed in as `<stamp in ns>.jpg`; see `Names`."""

    def __init__(self, folder: Path, label_set: LabelSet, alpha: float = 0.5) -> None:
        self._names, self._palette, self._alpha = Names(folder), label_set.palette(), alpha

    def write(self, outcome: Outcome) -> None:
        """Write one overlay."""
        assert outcome.result is not None
        seen, image = outcome.result.segmentation, outcome.result.panorama.image
        picture = overlay(image, seen.labels, self._palette, self._alpha)
        options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        _save(self._names.path(f'{outcome.stamp_ns}.jpg'), picture[..., ::-1], options)

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
