"""The second stage: the panorama to logits, by the runtime and by the plain network."""

from collections.abc import Callable
from itertools import cycle
from typing import Any

from panoseg_ros.cli.bench.plain import GivesLogits
from panoseg_ros.cli.bench.stages.subject import Found, Subject, Way
from panoseg_ros.cli.bench.timing import interleave
from panoseg_ros.inference import Backend

ROUNDS = 10  # of what takes longer than all other stages together


def measure_network(subject: Subject) -> Found:
    """Measure the network on rendered panoramas in turn; normalisation and margin included."""
    ways: dict[str, Backend] = {'panoseg': subject.backend}
    notes = []
    if subject.plain is None:
        notes.append('The plain network needs torch and a bundle with weights.')
    else:
        ways['plain'] = subject.plain
    roads = {name: _road(backend, subject) for name, backend in ways.items()}
    spreads = interleave(roads, min(ROUNDS, subject.rounds))
    found = [Way('network', name, ways[name].runtime, spreads[name]) for name in ways]
    return Found(found, notes)


def _road(backend: Backend, subject: Subject) -> Callable[[], Any]:
    images = cycle(subject.images)
    work = backend.logits if isinstance(backend, GivesLogits) else backend.segment
    return lambda: work(next(images))
