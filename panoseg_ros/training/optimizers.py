"""What moves the weights: AdamW, or Muon for matrices and AdamW for the rest."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from panoseg_ros.training.config import TrainConfig
from panoseg_ros.training.precision import cpu_has_bfloat16

HIGHEST = 'initial_lr'  # of a group of parameters: the rate that the schedule scales
MOMENTUM, STEP_RMS = 0.95, 0.2
QUINTIC, ITERATIONS = (3.4445, -4.7750, 2.0315), 5  # of the first, third and fifth power


def build_optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """Return a run's optimiser; each group holds its highest rate under HIGHEST."""
    parameters = list(network.parameters())
    muon = config.optimizer == 'muon'
    matrices = [p for p in parameters if p.ndim == 2] if muon else []
    decayed = [p for p in parameters if p.ndim > 1 and not (muon and p.ndim == 2)]
    groups = [
        {'params': decayed, 'weight_decay': config.weight_decay},
        {'params': [p for p in parameters if p.ndim <= 1], 'weight_decay': 0.0},
    ]
    rest = torch.optim.AdamW(groups, lr=config.learning_rate, fused=True)
    optimizer: torch.optim.Optimizer = rest
    if muon:
        turning = Muon(matrices, config.muon_learning_rate, config.weight_decay)
        optimizer = MuonAdamW(turning, rest)
    for group in optimizer.param_groups:
        group[HIGHEST] = group['lr']
    return optimizer


class Muon(torch.optim.Optimizer):
    """Moves matrices by their orthogonalised momentum.

    Jordan et al., Muon: An optimizer for hidden layers in neural networks (2024); steps have
    the root mean square of AdamW's, 0.2 times the rate (Liu et al., Muon is scalable for LLM
    training, 2025). Unlike torch's, it computes in float32 where the CPU has no bfloat16.
    """

    def __init__(self, matrices: list[nn.Parameter], lr: float, weight_decay: float) -> None:
        super().__init__(matrices, {'lr': lr, 'weight_decay': weight_decay})
        self._on_cpu = torch.bfloat16 if cpu_has_bfloat16() else torch.float32

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """Move the weights; return what the closure does."""
        loss = None if closure is None else closure()
        for group in self.param_groups:
            for weight in group['params']:
                if weight.grad is not None:
                    self._move(weight, group['lr'], group['weight_decay'])
        return loss

    def _move(self, weight: Tensor, rate: float, decay: float) -> None:
        state = self.state[weight]
        if not state:
            state['momentum_buffer'] = torch.zeros_like(weight)
        mean = state['momentum_buffer'].lerp_(weight.grad, 1.0 - MOMENTUM)
        ahead = weight.grad.lerp(mean, MOMENTUM)  # Nesterov's
        turned = orthogonalised(ahead.to(torch.bfloat16 if weight.is_cuda else self._on_cpu))
        weight.mul_(1.0 - rate * decay)
        weight.add_(turned, alpha=-rate * STEP_RMS * max(weight.shape) ** 0.5)


def orthogonalised(matrix: Tensor) -> Tensor:
    """Return a matrix (M, N) with the same singular vectors and singular values near 1.

    Five Newton-Schulz iterations of a quintic polynomial, in the matrix' precision.
    """
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    wide = wide / wide.norm().clamp(min=1e-7)
    first, third, fifth = QUINTIC
    for _ in range(ITERATIONS):
        gram = wide @ wide.T
        wide = torch.addmm(
            wide, torch.addmm(gram, gram, gram, beta=third, alpha=fifth), wide, beta=first
        )
    return wide.T if matrix.shape[0] > matrix.shape[1] else wide


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
