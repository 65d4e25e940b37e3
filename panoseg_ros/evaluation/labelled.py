"""A model bundle scored on a folder of labelled panoramas."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import Bundle
from panoseg_ros.datasets import StreetFolder
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.scores import Scores
from panoseg_ros.evaluation.yardsticks import TrivialClassifier, quarter_ceiling
from panoseg_ros.inference import Backend, load_backend
from panoseg_ros.labels import LabelSet, load_label_set
from panoseg_ros.metrics import confusion_matrix

Sample = tuple[NDArray[np.uint8], NDArray[np.uint8], str]  # image (H, W, 3), labels (H, W), name


class Watch(Protocol):
    """Passes samples on one by one, showing a person how far it is."""

    def __call__(
        self, samples: Iterable[Sample], description: str, total: int
    ) -> Iterable[Sample]:
        """Yield the samples."""
        ...


def evaluate_bundle(
    bundle: Bundle,
    data: Path,
    split: str = 'test',
    *,
    backend: str = 'auto',
    threads: int = 0,
    watch: Watch | None = None,
) -> Scores:
    """Score a bundle and both yardsticks on a split of a data set.

    Args:
        bundle: the model; the images must have its input size.
        data: folder in the layout of `StreetFolder`, with a train split.
        split: which images are scored.
        backend: runtime, see `inference.load_backend`.
        threads: CPU threads of the network, 0 for one per core.
        watch: shows progress.

    Raises:
        DatasetError: if the data set is malformed, or an image has another size.
        BackendError: if the bundle cannot run.
    """
    if split == 'train':
        raise DatasetError('split train is what models learn from: score val or test')
    watch = watch or _unwatched
    label_set = load_label_set(bundle.label_set)
    scored = StreetFolder(data, split, label_set)
    fitted = StreetFolder(data, 'train', label_set)
    runtime = load_backend(bundle, backend, threads)
    samples = watch(_each(fitted), 'fitting the yardstick', len(fitted))
    trivial = TrivialClassifier.fit(samples, len(label_set))
    facts = _facts(bundle, data, split) | {'train images of the trivial classifier': len(fitted)}
    samples = watch(_each(scored), 'scoring', len(scored))
    return score(samples, bundle, label_set, runtime, trivial, facts)


def score(
    samples: Iterable[Sample],
    bundle: Bundle,
    label_set: LabelSet,
    runtime: Backend,
    trivial: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    facts: dict[str, Any],
) -> Scores:
    """Pool one confusion matrix per predictor over all samples; see `evaluate_bundle`."""
    classes, spec = len(label_set), bundle.input
    confusions = {
        name: np.zeros((classes, classes), np.int64) for name in ('model', 'ceiling', 'trivial')
    }
    images_with, images = np.zeros(classes, np.int64), 0
    for image, labels, name in samples:
        if image.shape != (spec.height, spec.width, 3):
            raise DatasetError(
                f'{name}: the image is {image.shape[1]}x{image.shape[0]}, '
                f'bundle {bundle.name} wants {spec.width}x{spec.height}'
            )
        predictions = {
            'model': runtime.segment(image)[0],
            'ceiling': quarter_ceiling(labels, classes, spec.wrap_px),
            'trivial': trivial(image),
        }
        for predictor, prediction in predictions.items():
            confusions[predictor] += confusion_matrix(labels, prediction, classes)
        images_with += np.bincount(labels[labels < classes], minlength=classes) > 0
        images += 1
    return Scores(label_set, images, images_with, confusions, facts)


def _each(folder: StreetFolder) -> Iterator[Sample]:
    return (folder[index] for index in range(len(folder)))


def _unwatched(samples: Iterable[Sample], description: str, total: int) -> Iterable[Sample]:
    return samples


def _facts(bundle: Bundle, data: Path, split: str) -> dict[str, Any]:
    listed = data / 'lists' / f'{split}.txt'
    return {
        'bundle': bundle.name,
        'network': bundle.network,
        'graph sha256': bundle.hashes.get('model.onnx', ''),
        'height': bundle.input.height,
        'width': bundle.input.width,
        'data': data.resolve().name,
        'generator version': _generator_version(data / 'dataset.json'),
        'split': split,
        'list sha256': hashlib.sha256(listed.read_bytes()).hexdigest(),
    }


def _generator_version(described: Path) -> str:
    """Return what the data set says of its origin, 'unknown' if it says nothing."""
    if not described.exists():
        return 'unknown'
    try:
        notes = json.loads(described.read_text(encoding='utf-8'))
        return str(notes.get('generator_version', 'unknown'))
    except (OSError, ValueError, AttributeError) as err:
        raise DatasetError(f'{described}: is no readable description: {err}') from err
