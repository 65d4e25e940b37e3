"""The papers' ways to score on public data sets, by name.

Pictures and truth keep the size that the authors evaluate at, and unlabelled pixels (255)
count nowhere: not as false positives either. Sizes are those of the loaders that belong to
"Bending Reality" (CVPR 2022) and "Behind Every Domain There is a Shift" (TPAMI 2024).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import Bundle
from panoseg_ros.datasets import LabelledImages, open_dataset
from panoseg_ros.datasets.elevations import refit_rows
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.environment import SCORED_IN, name_runtime
from panoseg_ros.evaluation.fitting import Fitter, at_size, for_projection
from panoseg_ros.evaluation.pair_counts import Counting, Labels, Pair, PairCounts
from panoseg_ros.evaluation.pair_scores import PairScores
from panoseg_ros.evaluation.watching import Watch, unwatched
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.inference import Backend, load_backend
from panoseg_ros.labels import load_label_set


class Part(NamedTuple):
    """One row of a paper's table: a split with the options of its data set."""

    name: str
    split: str
    options: str = ''


class Protocol(NamedTuple):
    """How a paper scores.

    Args:
        kind: of data set, see `datasets.KINDS`.
        label_set: classes of pictures and model.
        size: height and width that pictures and truth are scored at, None for their own.
        parts: what is scored, each by itself.
        averaged: whether the mean over the parts is a figure of the paper.
    """

    kind: str
    label_set: str
    size: tuple[int, int] | None
    parts: tuple[Part, ...]
    averaged: bool = False


WEATHERS = ('cloud', 'fog', 'rain', 'sun')
VAL = (Part('val', 'val'),)
SYNPASS = (
    Part('all', 'val'),
    *(Part(weather, 'val', f'weather={weather}') for weather in WEATHERS),
    *(Part(time, 'val', f'time={time}') for time in ('day', 'night')),
)
FOLDS = tuple(Part(f'fold {fold}', 'val', f'fold={fold}') for fold in '123')
PROTOCOLS = {
    'cityscapes': Protocol('cityscapes', 'cityscapes19', (1024, 2048), VAL),
    'cityscapes13': Protocol('cityscapes', 'densepass13', (1024, 2048), VAL),
    'densepass': Protocol('densepass', 'densepass19', (400, 2048), VAL),
    'densepass13': Protocol('densepass', 'densepass13', (400, 2048), VAL),
    'synpass': Protocol('synpass', 'synpass22', (1024, 2048), SYNPASS),
    'synpass13': Protocol('synpass', 'densepass13', (1024, 2048), SYNPASS),
    'stanford2d3d': Protocol('stanford2d3d', 'stanford2d3d13', (1080, 1080), FOLDS, True),
    'stanford2d3d8': Protocol('stanford2d3d', 'stanford2d3d8', None, FOLDS, True),
    'stanford2d3d_pan': Protocol('stanford2d3d_pan', 'stanford2d3d13', (1024, 2048), FOLDS, True),
    'stanford2d3d8_pan': Protocol('stanford2d3d_pan', 'stanford2d3d8', (1024, 2048), FOLDS, True),
    'structured3d': Protocol('structured3d', 'stanford2d3d8', None, VAL),
}


def evaluate_protocol(
    bundle: Bundle,
    name: str,
    root: Path,
    *,
    parts: Sequence[str] = (),
    split: str = '',
    backend: str = 'auto',
    threads: int = 0,
    precision: str = SCORED_IN,
    size: tuple[int, int] | None = None,
    keep_small: bool = False,
    outlines: bool = True,
    watch: Watch = unwatched,
) -> dict[str, PairScores]:
    """Score a bundle as a paper does and return the scores of every part.

    A network whose input has another size than the pictures sees them fitted to its input;
    its labels are brought back to the size of the truth, which is never resampled except to
    the protocol's size. Perspective pictures get no wrap margin and are run by torch.

    Args:
        bundle: the model; its classes must be those of the protocol.
        name: one of `PROTOCOLS`.
        root: folder of the data set.
        parts: only these.
        split: another split than the protocol's, such as test.
        backend: runtime, see `inference.load_backend`.
        threads: CPU threads of the network, 0 for one per core.
        precision: of the network on a GPU, see `inference.load_backend`.
        size: height and width of the network's input instead of its own, run by torch.
        keep_small: small pictures for a report, too.
        outlines: the boundary F-score, too.
        watch: shows progress.

    Raises:
        DatasetError: if there is no such protocol or part, the classes differ, or the data
            set is malformed.
        BackendError: if the bundle cannot run.
    """
    protocol = find_protocol(name)
    chosen = _chosen(protocol, name, parts)
    names = [cls.name for cls in load_label_set(protocol.label_set).classes]
    own = [cls.name for cls in load_label_set(bundle.label_set).classes]
    if names != own:
        raise DatasetError(
            f'protocol {name} has the classes of {protocol.label_set}, bundle {bundle.name} '
            f'those of {bundle.label_set}'
        )
    label_set = load_label_set(protocol.label_set)
    opened = {}  # before hours of scoring, as the last one may be missing
    for part in chosen:
        query = f'?{part.options}' if part.options else ''
        where = f'{protocol.kind}:{root}{query}'
        opened[part.name] = open_dataset(where, split or part.split, label_set)
    fitted = for_projection(at_size(bundle, size), next(iter(opened.values())).projection)
    by = 'torch' if fitted is not bundle else backend
    runtime = load_backend(fitted, by, threads, precision=precision)
    cache: dict[str, PairCounts] = {}  # SynPASS' days and weathers hold the same pictures
    found = {}
    for title, data in opened.items():
        counting = Counting(len(label_set), _span(data), outlines, keep_small=keep_small)
        counted = []
        for index in watch(range(len(data)), f'{name}, {title}', len(data)):
            if data.names[index] not in cache:
                pair = _pair(data, index, fitted, runtime, protocol.size)
                cache[data.names[index]] = counting(pair)
            counted.append(cache[data.names[index]])
        facts = _facts(fitted, protocol, data) | {
            'runtime': name_runtime(runtime),
            'protocol': name,
            'part': title,
        }
        found[title] = PairScores(label_set, tuple(counted), facts)
    return found


def find_protocol(name: str) -> Protocol:
    """Return a protocol by name.

    Raises:
        DatasetError: if there is none; the message lists the known ones.
    """
    if name not in PROTOCOLS:
        raise DatasetError(f'unknown protocol {name!r}, known are {", ".join(PROTOCOLS)}')
    return PROTOCOLS[name]


def _chosen(protocol: Protocol, name: str, parts: Sequence[str]) -> list[Part]:
    known = {part.name: part for part in protocol.parts}
    wrong = [part for part in parts if part not in known]
    if wrong:
        raise DatasetError(f'protocol {name} has no part {wrong[0]!r}, only {", ".join(known)}')
    return [known[part] for part in parts] or list(known.values())


def _span(data: LabelledImages) -> tuple[float, float] | None:
    """Return the elevations of the borders of panoramas, None for other pictures."""
    top, bottom = data.projection.top_deg, data.projection.bottom_deg
    if data.projection.kind != 'panorama' or top is None or bottom is None:
        return None
    return top, bottom


def _facts(bundle: Bundle, protocol: Protocol, data: LabelledImages) -> dict[str, Any]:
    size = protocol.size
    return {
        'bundle': bundle.name,
        'split': data.split,
        'input of the network': f'{bundle.input.width} x {bundle.input.height}',
        'scored at': 'native size' if size is None else f'{size[1]} x {size[0]}',
        'camera': data.projection.assumed or data.projection.kind,
    }


def _pair(
    data: LabelledImages,
    index: int,
    bundle: Bundle,
    runtime: Backend,
    size: tuple[int, int] | None,
) -> Pair:
    picture, truth, name = data[index]
    if size is not None and truth.shape != size:
        picture = np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_CUBIC))
        truth = _picked(truth, size)
    labels, confidence = runtime.segment(
        Fitter(data.projection, bundle.input).image(picture, name)
    )
    note = data.note(index)
    back = [_back(values, data, bundle, truth.shape) for values in (labels, confidence)]
    return Pair(name, note.scene, note.weather, truth, back[0], back[1], picture)


def _back(values: Labels, data: LabelledImages, bundle: Bundle, shape: tuple[int, ...]) -> Labels:
    """Return labels of the network's input at the elevations and size of the picture."""
    span, spec = _span(data), bundle.input
    if span is not None:
        values = refit_rows(values, (spec.top_deg, spec.bottom_deg), span, UNLABELLED)
    return _picked(values, (shape[0], shape[1]))


def _picked(values: NDArray[np.uint8], size: tuple[int, int]) -> Labels:
    if values.shape == size:
        return values
    return np.asarray(cv2.resize(values, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT))
