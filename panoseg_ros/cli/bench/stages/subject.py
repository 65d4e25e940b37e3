"""What the stages are measured on, made when a stage first asks for it."""

from functools import cached_property
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import WEIGHTS, Bundle
from panoseg_ros.cli.bench.plain import GivesLogits, PlainBackend, load_plain
from panoseg_ros.cli.bench.timing import Spread
from panoseg_ros.errors import BackendError
from panoseg_ros.inference import Backend, load_backend
from panoseg_ros.inference.probes import load_probes
from panoseg_ros.inference.tail import upsample_argmax


class Way(NamedTuple):
    """One way through a stage, and how long it takes."""

    stage: str
    way: str
    meaning: str
    times: Spread
    bar_ms: float | None = None  # what it must not exceed at `command.AT` on one core

    def as_json(self) -> dict[str, Any]:
        """Return plain values in one level."""
        about = {name: value for name, value in self._asdict().items() if name != 'times'}
        return {**about, **self.times._asdict()}


class Found(NamedTuple):
    """The ways through one stage, and what else is to be said of them."""

    ways: list[Way]
    notes: list[str]


class Subject:
    """A bundle on the rendered panoramas, run by one thread.

    Args:
        bundle: the model.
        rounds: how often every way is run; slow ones less often.

    Raises:
        BackendError: from the properties, if the bundle does not run here, or its runtime
            gives no logits.
    """

    def __init__(self, bundle: Bundle, rounds: int) -> None:
        self.bundle, self.rounds = bundle, rounds

    @cached_property
    def images(self) -> list[NDArray[np.uint8]]:
        """Return the rendered panoramas, (H, W, 3) RGB."""
        return [probe.image for probe in load_probes(self.bundle.input)]

    @cached_property
    def backend(self) -> Backend:
        """Return the runtime that `auto` takes on the CPU."""
        return load_backend(self.bundle, 'auto', 1, 'cpu')

    @cached_property
    def plain(self) -> PlainBackend | None:
        """Return the plain network, None without torch or a bundle with weights."""
        if find_spec('torch') is None or WEIGHTS not in self.bundle.files:
            return None
        return load_plain(self.bundle, 1)

    @cached_property
    def logits(self) -> list[NDArray[np.float32]]:
        """Return the logits (C, H / 4, (W + 2 wrap_px) / 4) of every panorama."""
        source = self.backend if isinstance(self.backend, GivesLogits) else self.plain
        if source is None:
            raise BackendError(f'{self.backend.runtime} gives no logits to measure the tail on')
        return [source.logits(image) for image in self.images]

    @cached_property
    def masks(self) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        """Return labels and confidence (H, W) of every panorama."""
        spec = self.bundle.input
        return [
            upsample_argmax(logits, spec.height, spec.width, spec.wrap_px)
            for logits in self.logits
        ]
