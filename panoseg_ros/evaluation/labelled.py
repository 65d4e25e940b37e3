"""A model bundle scored on a split of labelled pictures."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import Bundle
from panoseg_ros.datasets import LabelledImages, open_dataset, parse_spec
from panoseg_ros.datasets.description import DESCRIPTION, read_description
from panoseg_ros.datasets.frame_table import FrameNote
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.environment import SCORED_IN, name_runtime
from panoseg_ros.evaluation.fitting import Fitter, at_size, for_projection
from panoseg_ros.evaluation.levelled import LevelledRuntime
from panoseg_ros.evaluation.pair_counts import Counting, Pair
from panoseg_ros.evaluation.people import find_humans, human_ids
from panoseg_ros.evaluation.scores import CEILING, TRIVIAL, Scored, Scores
from panoseg_ros.evaluation.watching import Watch, unwatched
from panoseg_ros.evaluation.yardsticks import TrivialClassifier, quarter_ceiling
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.inference import Backend, load_backend
from panoseg_ros.labels import LabelSet, load_label_set
from panoseg_ros.metrics import confusion_matrix

Labels = NDArray[np.uint8]
MOST_FITTED = 400  # images that the trivial classifier is fitted to, evenly spread


def evaluate_bundle(
    bundle: Bundle,
    data: str | Path,
    split: str = 'test',
    *,
    backend: str = 'auto',
    threads: int = 0,
    precision: str = SCORED_IN,
    size: tuple[int, int] | None = None,
    level: bool = False,
    fitted_on: str | Path | None = None,
    outlines: bool = True,
    keep_small: bool = False,
    watch: Watch = unwatched,
) -> Scores:
    """Score a bundle and both yardsticks on a split of a data set.

    Pictures are brought to the size of the network's input, see `fitting.Fitter`, and scored
    at that size. Perspective pictures get no wrap margin and are run by torch.

    Args:
        bundle: the model.
        data: a data set as `datasets.open_dataset` names it.
        split: which images are scored.
        backend: runtime, see `inference.load_backend`.
        threads: CPU threads of the network, 0 for one per core.
        precision: of the network on a GPU, see `inference.load_backend`.
        size: height and width to score at instead of the bundle's, run by torch.
        level: turn panoramas upright by the tilt in the data set's frame table first, and
            the labels back.
        fitted_on: data set whose train split the trivial classifier is fitted to; `data`
            when None. Without a labelled train split there is no trivial classifier.
        outlines: the boundary F-score, too.
        keep_small: small pictures for a report, too.
        watch: shows progress.

    Raises:
        DatasetError: if the data set is malformed, an image has another shape than the input
            and unknown elevations, the split is train, or `level` is set and the pictures are
            no panoramas of known tilt.
        BackendError: if the bundle cannot run, or not at that size.
        LabelError: if a label set is malformed.
    """
    if split == 'train':
        raise DatasetError('split train is what models learn from: score val or test')
    label_set = load_label_set(bundle.label_set)
    scored = open_dataset(data, split, label_set)
    if not scored.labelled:
        raise DatasetError(f'{scored.root}: split {split} is published without labels')
    if level and not (scored.projection.kind == 'panorama' and scored.knows_tilts):
        raise DatasetError(
            f'{scored.root}: levelling needs panoramas whose tilts a frame table tells, '
            f'split {split} holds others'
        )
    sized = for_projection(at_size(bundle, size), scored.projection)
    chosen = 'torch' if sized is not bundle else backend
    runtime = load_backend(sized, chosen, threads, precision=precision)
    trivial, fitted, lacking = _trivial(sized, data, fitted_on, label_set, watch)
    facts = _facts(sized, scored, str(data)) | {
        'runtime': name_runtime(runtime),
        'levelled': level,
        'resized': size is not None,
        'train images of the trivial classifier': fitted,
        **({'no trivial classifier because': lacking} if lacking else {}),
    }
    span = (sized.input.top_deg, sized.input.bottom_deg)
    panoramas = scored.projection.kind == 'panorama'
    counting = Counting(
        len(label_set), span if panoramas else None, outlines, keep_small=keep_small
    )
    segment = _segmenter(runtime, sized.geometry, level)
    frames = _each(scored, sized, segment, trivial, counting, watch)
    return Scores(label_set, tuple(frames), facts)


Segment = Callable[[NDArray[np.uint8], FrameNote], tuple[Labels, Labels | None]]
Predict = Callable[[NDArray[np.uint8]], Labels]


def _each(
    data: LabelledImages,
    bundle: Bundle,
    segment: Segment,
    trivial: Predict | None,
    counting: Counting,
    watch: Watch,
) -> Iterator[Scored]:
    """Yield the scores of every picture."""
    classes, fitter = len(data.label_set), Fitter(data.projection, bundle.input)
    people = human_ids(data.label_set)
    for index in watch(range(len(data)), 'scoring', len(data)):
        picture, truth, name = data[index]
        image, labels = fitter.image(picture, name), fitter.labels(truth)
        note = data.note(index)
        prediction, confidence = segment(image, note)
        yardsticks = {CEILING: quarter_ceiling(labels, classes, bundle.input.wrap_px)}
        if trivial is not None:
            yardsticks[TRIVIAL] = trivial(image)
        numbers = data.instances(index) if people else None
        yield Scored(
            counting(Pair(name, note.scene, note.weather, labels, prediction, confidence, image)),
            np.bincount(labels.ravel(), minlength=256)[:classes] > 0,
            {key: confusion_matrix(labels, found, classes) for key, found in yardsticks.items()},
            None
            if numbers is None
            else find_humans(labels, prediction, fitter.numbers(numbers), people),
        )


def _segmenter(runtime: Backend, geometry: PanoramaGeometry, level: bool) -> Segment:
    if not level:
        return lambda image, note: runtime.segment(image)
    levelled = LevelledRuntime(runtime, geometry)
    return lambda image, note: (
        levelled.segment(image, note.roll_deg, note.pitch_deg),
        None,  # confidences are not turned back
    )


def _trivial(
    bundle: Bundle,
    data: str | Path,
    fitted_on: str | Path | None,
    label_set: LabelSet,
    watch: Watch,
) -> tuple[TrivialClassifier | None, int, str]:
    """Return the trivial classifier, to how many images it was fitted, and why there is none."""
    try:
        train = open_dataset(fitted_on or data, 'train', label_set)
    except DatasetError as err:
        if fitted_on is not None:
            raise
        return None, 0, str(err)
    if not train.labelled:
        return None, 0, f'{train.root}: split train is published without labels'
    fitter = Fitter(train.projection, bundle.input)
    chosen = np.unique(np.linspace(0, len(train) - 1, min(len(train), MOST_FITTED)).astype(int))

    def samples() -> Iterator[tuple[NDArray[np.uint8], Labels, str]]:
        for index in watch(chosen.tolist(), 'fitting the yardstick', len(chosen)):
            image, labels, name = train[index]
            yield fitter.image(image, name), fitter.labels(labels), name

    return TrivialClassifier.fit(samples(), len(label_set)), len(chosen), ''


def _facts(bundle: Bundle, data: LabelledImages, spec: str) -> dict[str, Any]:
    kind, path, options = parse_spec(spec)
    notes = read_description(data.root / DESCRIPTION)
    listing = ''.join(f'{name}\n' for name in data.names).encode()
    return {
        'bundle': bundle.name,
        'network': bundle.network,
        'graph sha256': bundle.hashes.get('model.onnx', ''),
        'height': bundle.input.height,
        'width': bundle.input.width,
        'data': '&'.join([path.resolve().name, *(f'{k}={v}' for k, v in options.items())]),
        'kind': kind,
        'camera': data.projection.assumed or data.projection.kind,
        'generator version': str(notes.get('generator_version', 'unknown')),
        'split': data.split,
        'list sha256': hashlib.sha256(listing).hexdigest(),
    }
