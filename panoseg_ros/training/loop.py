"""The supervised training loop: resumable, on one device or several."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn
from torch.nn import functional as F

from panoseg_ros.errors import NetworkError, TrainingError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.labels import load_label_set
from panoseg_ros.networks import (
    build_network,
    load_encoder,
    load_official,
    read_checkpoint,
)
from panoseg_ros.training.average import AveragedWeights
from panoseg_ros.training.checkpoint import load_checkpoint, save_checkpoint
from panoseg_ros.training.config import TrainConfig, as_plain
from panoseg_ros.training.samples import (
    Batch,
    Samples,
    class_shares,
    class_weights,
    make_batch,
    stream_indices,
)
from panoseg_ros.training.schedule import Budget, learning_rate, phase_at
from panoseg_ros.training.validate import validate

FREE_TO_CHANGE = ('checkpoint_steps', 'validations', 'validation_images')  # when resuming


@dataclass
class Position:
    """Where a run stands."""

    step: int = 0  # optimiser steps done
    seen: int = 0  # images seen, over all devices
    elapsed_s: float = 0.0  # spent training, without interruptions
    history: list[dict[str, float]] = field(default_factory=list)  # one entry per validation


@dataclass(frozen=True)
class Report:
    """What a run tells after every step."""

    step: int
    progress: float  # 0..1
    loss: float
    learning_rate: float
    images_per_s: float
    eta_s: float
    mean_iou: float | None  # after a validation


@dataclass(frozen=True)
class Trained:
    """A run's averaged network and how it came about."""

    network: nn.Module
    position: Position
    first_device: bool = True  # of several processes, the one that writes the result


def train(
    config: TrainConfig,
    samples: Samples,
    held_out: Samples | None,
    folder: Path,
    *,
    max_minutes: float | None = None,
    accelerator: str = 'auto',
    devices: int = 1,
    report: Callable[[Report], None] = lambda _: None,
) -> Trained:
    """Train, or go on from the checkpoint in `folder`.

    Args:
        config: The run.
        samples: What is learned from.
        held_out: What the run is scored on as it goes; nothing is chosen by it here.
        folder: Where checkpoints go.
        max_minutes: Map the whole schedule onto this much training time instead of `steps`.
        accelerator: Where to compute, as Lightning Fabric names it.
        devices: How many of those; each takes `batch_size` images per step.
        report: Called after every step of the first device.

    Raises:
        TrainingError: if the checkpoint is of another run, or the loss stops being finite.
    """
    torch.manual_seed(config.seed)
    fabric = Fabric(accelerator=accelerator, devices=devices, precision=config.precision)
    fabric.launch()
    classes = len(load_label_set(config.label_set))
    network = initial_network(config, classes).train()
    model, optimizer = fabric.setup(network, _optimizer(network, config))
    model.mark_forward_method('quarter_logits')
    average = AveragedWeights(network.state_dict(), config.ema_decay)
    position = _resumed(folder, config, network, optimizer, average)
    weights = class_weights(class_shares(samples.labels, classes), config.class_balance)
    balance = torch.from_numpy(weights).to(fabric.device)
    budget = Budget(config.steps, max_minutes)

    started = time.perf_counter()
    while (progress := budget.progress(position.step, position.elapsed_s)) < 1.0:
        rate = learning_rate(progress, config.learning_rate, config.warmup, config.power)
        for group in optimizer.param_groups:
            group['lr'] = rate
        batch = _next_batch(fabric, config, samples, position, progress)
        loss = _loss(model, batch, config, balance, fabric.device)
        value = _finite(loss, batch)
        fabric.backward(loss)
        fabric.clip_gradients(model, optimizer, max_norm=config.clip_norm)
        optimizer.step()
        optimizer.zero_grad()
        position.step += 1
        position.seen += len(batch.names) * fabric.world_size
        average.update(network.state_dict(), position.step)
        took_s, started = time.perf_counter() - started, time.perf_counter()
        # One clock for all devices, or they would leave the loop at different steps.
        position.elapsed_s = fabric.broadcast(position.elapsed_s + took_s)
        if not fabric.is_global_zero:
            continue
        new = budget.progress(position.step, position.elapsed_s)
        score = None
        if held_out is not None and _crosses(progress, new, config.validations):
            score = _scored(config, average, held_out, position, value)
        if score is not None or new >= 1.0 or position.step % config.checkpoint_steps == 0:
            save_checkpoint(folder, _state(config, network, optimizer, average, position))
        speed = len(batch.names) * fabric.world_size / took_s
        eta_s = position.elapsed_s * (1 - new) / max(new, 1e-9)
        report(Report(position.step, new, value, rate, speed, eta_s, score))
        started = time.perf_counter()
    network = averaged_network(config, average.state)
    return Trained(network, position, fabric.is_global_zero)


def initial_network(config: TrainConfig, classes: int) -> nn.Module:
    """Return a run's network before the first step.

    Raises:
        NetworkError: naming the file, if `encoder_weights` cannot be read or do not fit.
    """
    network = build_network(config.network, classes)
    if config.encoder_weights:
        state = read_checkpoint(Path(config.encoder_weights))
        try:
            load_encoder(network, state)
        except NetworkError as err:
            raise NetworkError(f'encoder_weights {config.encoder_weights}: {err}') from err
    return network


def averaged_network(config: TrainConfig, state: dict[str, Tensor]) -> nn.Module:
    """Return a run's network in evaluation mode with these weights, on the CPU."""
    network = build_network(config.network, len(load_label_set(config.label_set)))
    load_official(network, {key: value.cpu() for key, value in state.items()})
    return network


def trained_so_far(config: TrainConfig, folder: Path) -> Trained:
    """Return the averaged network of the checkpoint in a folder.

    Raises:
        TrainingError: if there is no checkpoint, or it is of another run.
    """
    state = load_checkpoint(folder)
    if state is None:
        raise TrainingError(f'{folder}: holds no checkpoint yet')
    _check_same_run(state, config, folder)
    return Trained(averaged_network(config, state['average']), Position(**state['position']))


def _optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    parameters = list(network.parameters())
    groups = [
        {'params': [p for p in parameters if p.ndim > 1], 'weight_decay': config.weight_decay},
        {'params': [p for p in parameters if p.ndim <= 1], 'weight_decay': 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, fused=True)


def _next_batch(
    fabric: Fabric, config: TrainConfig, samples: Samples, position: Position, progress: float
) -> Batch:
    phase = phase_at(config.phases, progress)
    first = position.seen + fabric.global_rank * phase.batch_size
    indices = stream_indices(len(samples.names), config.seed, first, phase.batch_size)
    places = list(zip(range(first, first + phase.batch_size), indices, strict=True))
    size = (phase.height, phase.width)
    how = config.augmentation.scaled(phase.variation)
    return make_batch(samples, places, size, how, config.seed)


def _loss(
    model: Any, batch: Batch, config: TrainConfig, balance: Tensor, device: torch.device
) -> Tensor:
    images = normalised(torch.from_numpy(batch.images).to(device), config)
    labels = torch.from_numpy(batch.labels).to(device, torch.int64)
    quarter = model.quarter_logits(images).float()
    size = labels.shape[1:]
    logits = F.interpolate(quarter, size, mode='bilinear', align_corners=True)
    return F.cross_entropy(logits, labels, balance, ignore_index=UNLABELLED)


def normalised(images: Tensor, config: TrainConfig) -> Tensor:
    """Return uint8 (B, H, W, 3) as the network wants it, (B, 3, H, W)."""
    mean = torch.tensor(config.input.mean, device=images.device)
    std = torch.tensor(config.input.std, device=images.device)
    return ((images / 255 - mean) / std).permute(0, 3, 1, 2)


def _finite(loss: Tensor, batch: Batch) -> float:
    value = loss.item()
    if not math.isfinite(value):
        raise TrainingError(f'the loss became {value} on {", ".join(batch.names)}')
    return value


def _crosses(before: float, after: float, parts: int) -> bool:
    return int(before * parts) < int(after * parts)


def _scored(
    config: TrainConfig, average: AveragedWeights, held_out: Samples, at: Position, loss: float
) -> float:
    score = validate(averaged_network(config, average.state), held_out, config.input)
    minutes = at.elapsed_s / 60
    entry = {'step': at.step, 'images': at.seen, 'minutes': round(minutes, 2)}
    at.history.append({**entry, 'loss': round(loss, 4), 'mean_iou': round(score, 4)})
    return score


def _state(
    config: TrainConfig,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: AveragedWeights,
    position: Position,
) -> dict[str, Any]:
    return {
        'step': position.step,
        'position': vars(position),
        'config': as_plain(config),
        'network': network.state_dict(),
        'average': average.state,
        'optimizer': optimizer.state_dict(),
        'torch_rng': torch.get_rng_state(),
    }


def _resumed(
    folder: Path,
    config: TrainConfig,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: AveragedWeights,
) -> Position:
    state = load_checkpoint(folder)
    if state is None:
        return Position()
    _check_same_run(state, config, folder)
    network.load_state_dict(state['network'])
    optimizer.load_state_dict(state['optimizer'])
    for key, value in state['average'].items():
        average.state[key].copy_(value)
    torch.set_rng_state(state['torch_rng'])
    return Position(**state['position'])


def _check_same_run(state: dict[str, Any], config: TrainConfig, folder: Path) -> None:
    now = as_plain(config)
    for key, value in state['config'].items():
        if key not in FREE_TO_CHANGE and now.get(key) != value:
            raise TrainingError(
                f'{folder}: holds a run with {key} = {value}, this one has {now.get(key)}; '
                f'give another run folder or the same configuration'
            )
