"""What moves the weights: AdamW, or Muon for matrices and AdamW for the rest."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from panoseg_ros.errors import TrainingError
from panoseg_ros.training.config import TrainConfig

HIGHEST = 'initial_lr'  # of a group of parameters: the rate that the schedule scales


def build_optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """Return a run's optimiser; each group holds its highest rate under HIGHEST.

    Raises:
        TrainingError: if this version of torch lacks it.
    """
    parameters = list(network.parameters())
    muon = config.optimizer == 'muon'
    matrices = [p for p in parameters if p.ndim == 2] if muon else []
    decayed = [p for p in parameters if p.ndim > 1 and not (muon and p.ndim == 2)]
    groups = [
        {'params': decayed, 'weight_decay': config.weight_decay},
        {'params': [p for p in parameters if p.ndim <= 1], 'weight_decay': 0.0},
    ]
    rest = torch.optim.AdamW(groups, lr=config.learning_rate, fused=True)
    optimizer = MuonAdamW(_muon(matrices, config), rest) if muon else rest
    for group in optimizer.param_groups:
        group[HIGHEST] = group['lr']
    return optimizer


def _muon(matrices: list[nn.Parameter], config: TrainConfig) -> torch.optim.Optimizer:
    if not hasattr(torch.optim, 'Muon'):
        raise TrainingError(
            f'optimizer: muon needs torch 2.9 or newer, this is {torch.__version__}'
        )
    return torch.optim.Muon(
        matrices,
        lr=config.muon_learning_rate,
        weight_decay=config.weight_decay,
        adjust_lr_fn='match_rms_adamw',
    )


class MuonAdamW(torch.optim.Optimizer):
    """Two optimisers that step as one, so that gradients are clipped together."""

    def __init__(self, muon: torch.optim.Optimizer, adamw: torch.optim.Optimizer) -> None:
        groups = [*muon.param_groups, *adamw.param_groups]
        super().__init__(groups, {})
        self.parts = {'muon': muon, 'adamw': adamw}
        self._share_groups()

    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """Move all weights; return what the closure does."""
        loss = None if closure is None else closure()
        for part in self.parts.values():
            part.step()
        return loss

    def state_dict(self) -> dict[str, Any]:
        """Return the parts' states by name."""
        return {name: part.state_dict() for name, part in self.parts.items()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the parts' states."""
        for name, part in self.parts.items():
            part.load_state_dict(state_dict[name])
        self._share_groups()

    def _share_groups(self) -> None:
        """Make a rate that is set here one that the parts use."""
        self.param_groups = [g for part in self.parts.values() for g in part.param_groups]
