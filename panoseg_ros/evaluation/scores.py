"""The scores of one model on one labelled split, and how they are written down."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.labels import LabelSet
from panoseg_ros.metrics import iou, mean_iou, pixel_accuracy

MAIN_CLASSES = ('road', 'sidewalk', 'building', 'vegetation', 'sky', 'car')
COLUMNS = ('model', 'ceiling', 'trivial')


@dataclass(frozen=True, eq=False)
class Scores:
    """One pooled confusion matrix per predictor, with what is needed to read it.

    Args:
        label_set: names of the classes.
        images: how many images were scored.
        images_with: (C,) how many images each class occurs in.
        confusions: predictor (one of `COLUMNS`) to (C, C) [truth, prediction].
        facts: what was run on what: model, data, size, hashes.
    """

    label_set: LabelSet
    images: int
    images_with: NDArray[np.int64]
    confusions: dict[str, NDArray[np.int64]]
    facts: dict[str, Any]

    def main_ids(self) -> list[int]:
        """Return the ids of the classes that a street can hardly be without."""
        return [cls.id for cls in self.label_set.classes if cls.name in MAIN_CLASSES]

    def rows(self) -> list[tuple[str, int, dict[str, float]]]:
        """Return name, images and IoU per predictor of every class that occurs."""
        by_predictor = {name: iou(matrix) for name, matrix in self.confusions.items()}
        return [
            (
                cls.name,
                int(self.images_with[cls.id]),
                {name: float(ratios[cls.id]) for name, ratios in by_predictor.items()},
            )
            for cls in self.label_set.classes
            if self.images_with[cls.id]
        ]

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the means per predictor."""
        matrices = self.confusions.items()
        return {
            'mean IoU, classes that occur': {name: mean_iou(m) for name, m in matrices},
            f'mean IoU of {", ".join(MAIN_CLASSES)}': {
                name: mean_iou(m, self.main_ids()) for name, m in matrices
            },
            'pixel accuracy': {name: pixel_accuracy(m) for name, m in matrices},
        }

    def caption(self) -> str:
        """Return one line that says what was scored."""
        facts = self.facts
        return (
            f'{facts["bundle"]} on {self.images} images of the {facts["split"]} split, '
            f'{facts["width"]} x {facts["height"]}, one pooled confusion matrix'
        )


def markdown(scores: Scores) -> str:
    """Return the scores as a page with one table."""
    lines = [f'# {scores.caption()}', '']
    lines += [f'- {key}: {value}' for key, value in scores.facts.items()]
    lines += ['', '| class | images | ' + ' | '.join(COLUMNS) + ' |', '|---|---|---|---|---|']
    for name, images, ratios in scores.rows():
        lines.append(f'| {name} | {images} | {_cells(ratios)} |')
    for name, values in scores.summary().items():
        lines.append(f'| **{name}** | {scores.images} | {_cells(values)} |')
    lines += [
        '',
        'Ceiling: the truth averaged over 4 x 4 pixels and upsampled as the logits are. '
        "Trivial: a classifier that sees one pixel's colour and elevation, fitted on the "
        'train split. IoU is over the pooled matrix; a class counts if any true pixel has it.',
        '',
    ]
    return '\n'.join(lines)


def _cells(values: dict[str, float]) -> str:
    return ' | '.join(f'{values[name]:.3f}' for name in COLUMNS)


def as_json(scores: Scores) -> dict[str, Any]:
    """Return the scores as plain values; figures that do not exist are None."""
    return {
        **scores.facts,
        'images': scores.images,
        'classes': {
            name: {'images': images, **{key: _number(value) for key, value in ratios.items()}}
            for name, images, ratios in scores.rows()
        },
        'summary': {
            name: {key: _number(value) for key, value in values.items()}
            for name, values in scores.summary().items()
        },
        'confusion': {name: m.tolist() for name, m in scores.confusions.items()},
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def write_scores(scores: Scores, folder: Path) -> tuple[Path, Path]:
    """Write `<bundle>-<split>.json` and `.md` into the folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f'{scores.facts["bundle"]}-{scores.facts["split"]}'
    paths = folder / f'{stem}.json', folder / f'{stem}.md'
    paths[0].write_text(json.dumps(as_json(scores)) + '\n', encoding='utf-8')
    paths[1].write_text(markdown(scores), encoding='utf-8')
    return paths
