"""The running average of a network's weights, which becomes the model."""

from collections.abc import Mapping

import torch
from torch import Tensor


class AveragedWeights:
    """Exponential average of a state dict; early steps count less far back.

    Integer entries (batch norm's counters) are copied.
    """

    def __init__(self, state: Mapping[str, Tensor], decay: float) -> None:
        self.decay = decay
        self.state = {key: value.detach().clone() for key, value in state.items()}

    @torch.no_grad()
    def update(self, state: Mapping[str, Tensor], step: int) -> None:
        """Move the average towards the weights after optimiser step `step`, counted from 1."""
        decay = min(self.decay, step / (step + 10))
        smooth = [key for key, value in state.items() if value.is_floating_point()]
        averages = [self.state[key] for key in smooth]
        torch._foreach_lerp_(averages, [state[key] for key in smooth], 1 - decay)
        for key, value in state.items():
            if not value.is_floating_point():
                self.state[key].copy_(value)
