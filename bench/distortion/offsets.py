"""What the offsets of the trained networks do on panoramas: how long they are, and are worth."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench.distortion.pictures import open_pictures
from bench.distortion.plan import HEADLINE, SCORED
from bench.distortion.runs import WEIGHTS, Job
from bench.distortion.scoring import (
    BANDS,
    Predict,
    band_rows,
    load_scores,
    predictor,
    save_scores,
    score_set,
)
from bench.gains import Counts, figure_of, measure, span
from bench.jobs import write_json
from panoseg_ros.evaluation.resampling import mean_iou
from panoseg_ros.networks import build_network, load_weights, set_deform_operator
from panoseg_ros.networks.deform import (
    OPERATORS,
    Operator,
    deform_conv,
    deform_pointwise,
    settle,
)

Change = Callable[[Tensor, Tensor], Tensor]  # (x, offset) of a layer -> the offset to use

LENGTHS, WORTH = 'offsets.json', 'offsets.npz'
PARTS = ('embedding', 'head')
KEPT = 'all'  # offsets in the scores that those without some are held against
IMAGE_CHANNELS = 3


def offsets_of(work: Path, jobs: Sequence[Job]) -> dict | None:
    """Return what the offsets of one network's runs do, None if it has none.

    All scores are of the weights as they are stored, in float16.

    Returns:
        `lengths`: part -> mean length per band of elevation, in pixels of the picture;
        `worth`: part, or parts joined by `+` -> the headline's mean IoU as `figure_of` has it,
        with its gain over the same weights with the offsets of these parts zero.
    """
    lengths: dict[str, list[list[float]]] = defaultdict(list)
    for job in jobs:
        for part, bands in _lengths(work, job).items():
            lengths[part].append(bands)
    if not lengths:
        return None
    parts = tuple(part for part in PARTS if part in lengths)
    taken = dict.fromkeys([*((part,) for part in parts), parts])
    scores = [_scores(work, job, list(taken)) for job in jobs]
    kept = [{HEADLINE: run[KEPT]} for run in scores]
    of = measure(HEADLINE, mean_iou())
    worth = {}
    for zeroed in map('+'.join, taken):
        still = [{HEADLINE: run[zeroed]} for run in scores]
        worth[zeroed] = figure_of(kept, still, of, paired=True)
    means = {part: np.mean(bands, 0).tolist() for part, bands in lengths.items()}
    return {'lengths': means, 'worth': worth}


def offset_table(found: dict[str, dict | None]) -> str:
    """Return a table of `offsets_of` several networks."""
    lines = [
        f'Offsets at {SCORED[HEADLINE][1]} x {SCORED[HEADLINE][2]}: mean length in pixels of the '
        f'picture by elevation, on validation panoramas, and by how much the mean IoU on test '
        f'panoramas is higher than that of the same weights with offsets of zero (95 % over '
        f'scenes and seeds):',
        '',
        f'| network | {" | ".join(f"{part}, {band}" for part in PARTS for band in BANDS)} '
        f'| worth, embedding | worth, head | worth, both |',
        '|---' * (4 + len(PARTS) * len(BANDS)) + '|',
    ]
    for network, one in found.items():
        if one is None:
            continue
        cells = []
        for part in PARTS:
            bands = one['lengths'].get(part)
            cells += [f'{band:.2f}' for band in bands] if bands else ['-'] * len(BANDS)
        for zeroed in (*PARTS, '+'.join(PARTS)):
            figure = one['worth'].get(zeroed)
            cells.append(_gain(figure['gain']) if figure else '-')
        lines.append(f'| {network} | {" | ".join(cells)} |')
    return '\n'.join(lines)


def _gain(gain: dict[str, Any]) -> str:
    return f'{gain["value"]:+.3f} ({span(gain["both"])})'


def _lengths(work: Path, job: Job) -> dict[str, list[float]]:
    """Return a run's mean length of offsets, part -> per band, on the validation panoramas."""
    path = job.folder(work) / LENGTHS
    if not path.exists():
        samples, (_, *size) = open_pictures(work, 'panorama', 'val'), SCORED[HEADLINE]
        noted: dict[str, list[list[float]]] = defaultdict(list)
        with _watched(work, job, partial(_note, noted)) as predict:
            for row in range(len(samples)):
                image = samples.picture(row, *size)[0].image[None]
                predict(image, image[..., 0])
        write_json(path, {part: np.nanmean(bands, 0).tolist() for part, bands in noted.items()})
    return json.loads(path.read_text(encoding='utf-8'))


def _scores(work: Path, job: Job, taken: Sequence[tuple[str, ...]]) -> Counts:
    """Return a run's matrices of the headline's set, whole and with offsets of parts zero."""
    path = job.folder(work) / WORTH
    if not path.exists():
        found = {}
        for zeroed in [(), *taken]:
            with _watched(work, job, partial(_without, zeroed)) as predict:
                found['+'.join(zeroed) or KEPT] = score_set(work, HEADLINE, predict)
        save_scores(path, found)
    return load_scores(path)


def _without(zeroed: tuple[str, ...], x: Tensor, offset: Tensor) -> Tensor:
    return torch.zeros_like(offset) if _part(x) in zeroed else offset


def _part(x: Tensor) -> str:
    """Return the part that a layer with input x (B, C, H, W) belongs to."""
    return 'embedding' if x.shape[1] == IMAGE_CHANNELS else 'head'


def _note(noted: dict[str, list[list[float]]], x: Tensor, offset: Tensor) -> Tensor:
    """Add a layer's mean lengths per band, NaN where a coarse map has no row, and pass it on."""
    pairs = offset.unflatten(1, (-1, 2))  # (down, right) of every tap and group
    rows = pairs.norm(dim=2).mean((0, 1, 3)).numpy() * SCORED[HEADLINE][1] / x.shape[2]
    bands = band_rows(len(rows))
    held = [rows[bands == band] for band in range(len(BANDS))]
    noted[_part(x)].append([float(one.mean()) if one.size else np.nan for one in held])
    return offset


@contextmanager
def _watched(work: Path, job: Job, change: Change) -> Iterator[Predict]:
    """Give a run's network, its layers using what `change` makes of their input and offsets."""

    def layer(apply: Callable, x: Tensor, moves: Tensor, bound: float, *rest: Any) -> Tensor:
        offset, mask = settle(moves, bound)
        return apply(x, change(x, offset), mask, *rest)

    network = build_network(job.network)
    load_weights(network, job.folder(work) / WEIGHTS)
    OPERATORS['watched'] = Operator(partial(layer, deform_conv), partial(layer, deform_pointwise))
    set_deform_operator(network, 'watched')
    try:
        yield predictor(network)
    finally:
        del OPERATORS['watched']
