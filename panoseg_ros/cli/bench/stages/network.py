"""The second stage: the panorama to logits, by the runtime and by the plain network."""

from collections.abc import Callable
from importlib.util import find_spec
from itertools import cycle
from typing import Any

from panoseg_ros.bundles import WEIGHTS
from panoseg_ros.cli.bench.plain import GivesLogits, PlainBackend
from panoseg_ros.cli.bench.stages.subject import Found, Subject, Way
from panoseg_ros.cli.bench.timing import interleave
from panoseg_ros.inference import Backend

ROUNDS = 10  # of what takes longer than all other stages together


def measure_network(subject: Subject) -> Found:
    """Measure the network on rendered panoramas in turn; normalisation and margin included."""
    ways: dict[str, Backend] = {'panoseg': subject.backend}
    notes = []
    if find_spec('torch') is not None and WEIGHTS in subject.bundle.files:
        import torch

        from panoseg_ros.inference.torch_backend import load_network

        torch.set_num_threads(1)
        ways['plain'] = PlainBackend(load_network(subject.bundle), subject.bundle.input)
    else:
        notes.append('The plain network needs torch and a bundle with weights.')
    roads = {name: _road(backend, subject) for name, backend in ways.items()}
    spreads = interleave(roads, min(ROUNDS, subject.rounds))
    found = [Way('network', name, ways[name].runtime, spreads[name]) for name in ways]
    return Found(found, notes)


def _road(backend: Backend, subject: Subject) -> Callable[[], Any]:
    images = cycle(subject.images)
    work = backend.logits if isinstance(backend, GivesLogits) else backend.segment
    return lambda: work(next(images))
