"""Where a run stands, on disk and in memory, so that a killed one can go on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from panoseg_ros.errors import TrainingError
from panoseg_ros.training.average import AveragedWeights
from panoseg_ros.training.checkpoint import load_checkpoint
from panoseg_ros.training.config import TrainConfig, as_plain

FREE_TO_CHANGE = ('checkpoint_steps', 'validations', 'patience')


@dataclass
class Position:
    """Where a run stands."""

    step: int = 0  # optimiser steps done
    seen: int = 0  # images seen, over all devices
    elapsed_s: float = 0.0  # spent training, without interruptions
    history: list[dict[str, Any]] = field(default_factory=list)  # one entry per validation
    ended_early: bool = False  # the validation score had stopped rising
    best_iou: list[float | None] = field(default_factory=list)  # per class, of the best

    @property
    def since_best(self) -> int:
        """Return the number of validations since the one with the best score."""
        scores = [entry['mean_iou'] for entry in self.history]
        return len(scores) - 1 - scores.index(max(scores)) if scores else 0

    def stopped_rising(self, patience: int) -> bool:
        """Return whether the score has not risen in so many validations; never if 0."""
        return 0 < patience <= self.since_best


@dataclass
class Run:
    """Everything that a run changes as it goes."""

    config: TrainConfig
    network: nn.Module
    optimizer: torch.optim.Optimizer
    average: AveragedWeights
    data_key: str  # of the pictures that are learned from
    held_out_key: str = ''  # of those that are scored on, empty without any
    devices: int = 1
    shares: tuple[float, ...] = ()  # of the draws for each data set, by their sizes if empty
    position: Position = field(default_factory=Position)
    balance: Sequence[float] = ()  # the classes' loss weights
    best: dict[str, Tensor] = field(default_factory=dict)  # averaged weights that scored best

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        return {
            'step': self.position.step,
            'position': vars(self.position),
            'config': as_plain(self.config),
            'data': self.data_key,
            'held_out': self.held_out_key,
            'devices': self.devices,
            'shares': list(self.shares),
            'balance': list(self.balance),
            'network': self.network.state_dict(),
            'average': self.average.state,
            'best': self.best,
            'optimizer': self.optimizer.state_dict(),
            # The steps draw nothing from it, nor from that of a GPU, which is not kept.
            'torch_rng': torch.get_rng_state(),
        }

    def resume(self, folder: Path) -> None:
        """Take over the checkpoint in a folder, if there is one.

        Raises:
            TrainingError: if it cannot be read, or is of another run, other data to learn from
                or to be scored on, other shares of them or another number of devices.
        """
        state = load_checkpoint(folder)
        if state is None:
            return
        check_same_run(state, self.config, folder)
        if state['data'] != self.data_key:
            raise TrainingError(
                f'{folder}: holds a run on other pictures; '
                f'give another run folder or the same data'
            )
        if state.get('held_out', self.held_out_key) != self.held_out_key:
            raise TrainingError(
                f'{folder}: holds a run that is scored on other validation pictures, whose scores '
                f'do not compare; give another run folder or the same data'
            )
        for key, ours in (('devices', self.devices), ('shares', list(self.shares))):
            if state.get(key, ours) != ours:
                raise TrainingError(_differs(folder, key, state[key], ours))
        self.network.load_state_dict(state['network'])
        self.optimizer.load_state_dict(state['optimizer'])
        for key, value in state['average'].items():
            self.average.state[key].copy_(value)
        self.best, self.balance = state['best'], state['balance']
        torch.set_rng_state(state['torch_rng'])
        self.position = Position(**state['position'])
        self.position.ended_early = self.position.stopped_rising(self.config.patience)


def check_same_run(state: dict[str, Any], config: TrainConfig, folder: Path) -> None:
    """Refuse a checkpoint that another configuration made.

    Raises:
        TrainingError: naming the folder and the first value that differs.
    """
    given = as_plain(config)
    for key, value in state['config'].items():
        if key not in FREE_TO_CHANGE and given.get(key) != value:
            raise TrainingError(_differs(folder, key, value, given.get(key)))


def _differs(folder: Path, key: str, held: Any, given: Any) -> str:
    return (
        f'{folder}: holds a run with {key} = {held}, this one has {given}; '
        f'give another run folder or the same configuration'
    )
