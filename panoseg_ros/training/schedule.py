"""How far a run is, and what follows from that: phase and learning rate.

Progress runs from 0 to 1, by steps, or by minutes where a run is given a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from panoseg_ros.training.config import Phase


@dataclass(frozen=True)
class Budget:
    """What a run may spend: optimiser steps, or minutes of training where those are given."""

    steps: int
    max_minutes: float | None = None

    def progress(self, step: int, elapsed_s: float) -> float:
        """Return the share of the budget that is spent, 0..1."""
        if self.max_minutes is None:
            return min(step / self.steps, 1.0)
        return min(elapsed_s / (60.0 * self.max_minutes), 1.0)


def phase_at(phases: Sequence[Phase], progress: float) -> Phase:
    """Return the phase that a progress falls into."""
    end = 0.0
    for phase in phases:
        end += phase.share
        if progress < end - 1e-9:
            return phase
    return phases[-1]


def learning_rate(progress: float, highest: float, warmup: float, power: float) -> float:
    """Return a rate that rises linearly over `warmup` and then falls polynomially to 0."""
    if progress < warmup:
        return highest * max(progress / warmup, 0.01)
    return highest * (1.0 - (progress - warmup) / (1.0 - warmup + 1e-9)) ** power
