"""Confusion matrices of a network, or of any rule, on the test scenes."""

import io
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bench.distortion.pictures import open_pictures, scenes_of
from bench.distortion.plan import CLASSES, SCORED, SPEC
from panoseg_ros.evaluation.resampling import by_scene
from panoseg_ros.evaluation.yardsticks import TrivialClassifier, quarter_ceiling
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.metrics import confusion_matrix, mean_iou
from panoseg_ros.synthetic.recording.files import write_whole
from panoseg_ros.training import Samples
from panoseg_ros.training.augment import Picture
from panoseg_ros.training.objective import normalised

BAND_EDGES_DEG = (20.0, 45.0)  # of the elevation above or below the picture's horizon
BANDS = ('below 20', '20 to 45', 'above 45')
BATCH_PIXELS = 1 << 18

Images = NDArray[np.uint8]
Predict = Callable[[Images, Images], Images]  # images (B, H, W, 3), truth -> labels (B, H, W)


def predictor(network: torch.nn.Module) -> Predict:
    """Return what a network says about pictures; it is not told the truth."""

    @torch.inference_mode()
    def predict(images: Images, _: Images) -> Images:
        logits = network(normalised(torch.from_numpy(images), SPEC))
        return np.asarray(logits.argmax(1).to(torch.uint8))

    return predict


def band_rows(height: int) -> NDArray[np.int64]:
    """Return the band of every row of a whole panorama, (height,)."""
    elevation_deg = np.rad2deg(PanoramaGeometry(height, 2 * height).elevation_rad())
    return np.digitize(np.abs(elevation_deg), BAND_EDGES_DEG)


def count(
    samples: Samples, size: tuple[int, int], bands: NDArray[np.int64], predict: Predict
) -> NDArray[np.int64]:
    """Return confusion matrices [truth, prediction] per picture and band, (N, bands, C, C).

    Args:
        samples: labelled pictures.
        size: height and width at which they are shown.
        bands: the band of every row, (height,).
        predict: what is scored.
    """
    total = np.zeros((len(samples), bands.max() + 1, CLASSES, CLASSES), np.int64)
    step = max(1, BATCH_PIXELS // (size[0] * size[1]))
    for first in range(0, len(samples), step):
        rows = range(first, min(first + step, len(samples)))
        shown = [samples.picture(row, *size)[0] for row in rows]
        truth = np.stack([picture.labels for picture in shown])
        found = predict(np.stack([picture.image for picture in shown]), truth)
        for row, one, other in zip(rows, truth, found, strict=True):
            for band in range(total.shape[1]):
                part = bands == band
                total[row, band] = confusion_matrix(one[part], other[part], CLASSES)
    return total


def score_tests(work: Path, predict: Predict) -> dict[str, NDArray[np.int64]]:
    """Return matrices per scene and band, (S, bands, C, C), of every scored set."""
    return {name: score_set(work, name, predict) for name in SCORED}


def score_set(work: Path, name: str, predict: Predict) -> NDArray[np.int64]:
    """Return matrices per scene and band, (S, bands, C, C), of one scored set."""
    camera, height, width = SCORED[name]
    samples = open_pictures(work, camera, 'test')
    bands = band_rows(height) if camera == 'panorama' else np.zeros(height, np.int64)
    return by_scene(count(samples, (height, width), bands, predict), scenes_of(samples))


def validation_score(work: Path, predict: Predict, sizes: tuple[int, ...]) -> float:
    """Return the mean over sizes of the mean IoU on pinhole validation pictures."""
    samples = open_pictures(work, 'pinhole', 'val')
    pooled = [
        count(samples, (size, size), np.zeros(size, np.int64), predict).sum((0, 1))
        for size in sizes
    ]
    return float(np.mean([mean_iou(one) for one in pooled]))


def save_scores(path: Path, scores: dict[str, NDArray[np.int64]]) -> None:
    """Write matrices whole or not at all."""
    content = io.BytesIO()
    np.savez_compressed(content, **scores)
    write_whole(path, content.getvalue())


def load_scores(path: Path) -> dict[str, NDArray[np.int64]]:
    """Return the matrices of a file."""
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def yardsticks(
    path: Path,
    shown: Iterable[tuple[Picture, str]],
    score: Callable[[Predict], dict[str, NDArray[np.int64]]],
) -> dict[str, dict[str, NDArray[np.int64]]]:
    """Return the scores of the quarter-resolution ceiling and of colour with elevation.

    Args:
        path: where both are kept once they are known.
        shown: what the latter is fitted on: pictures and their names.
        score: returns matrices per scene and band of every scored set.
    """
    if not path.exists():
        table = TrivialClassifier.fit(((p.image, p.labels, name) for p, name in shown), CLASSES)
        rules: dict[str, Predict] = {
            'ceiling': lambda _, truth: np.stack([quarter_ceiling(t, CLASSES) for t in truth]),
            'trivial': lambda images, _: np.stack([table(image) for image in images]),
        }
        scored = {
            f'{rule}/{name}': counts
            for rule, predict in rules.items()
            for name, counts in score(predict).items()
        }
        save_scores(path, scored)
    found: dict[str, dict[str, NDArray[np.int64]]] = {'ceiling': {}, 'trivial': {}}
    for key, counts in load_scores(path).items():
        rule, name = key.split('/')
        found[rule][name] = counts
    return found
