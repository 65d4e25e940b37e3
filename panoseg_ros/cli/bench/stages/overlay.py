"""What is drawn for people: class colours mixed into the panorama."""

from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cli.bench.stages.subject import Found, Subject, Way
from panoseg_ros.cli.bench.timing import interleave
from panoseg_ros.labels import load_label_set
from panoseg_ros.pictures.colouring import overlay

ALPHA = 0.5
WAYS = {
    'panoseg': "the node's overlay: one compiled pass into an array that is kept",
    'plain': 'NumPy: palette[labels], a float mixture',
}


def measure_overlay(subject: Subject) -> Found:
    """Measure the overlay on rendered panoramas in turn."""
    palette = load_label_set(subject.bundle.label_set).palette()
    labels = [mask[0] for mask in subject.masks]
    pairs = [cycle(zip(subject.images, labels, strict=True)) for _ in WAYS]
    kept = np.empty_like(subject.images[0])
    roads = {
        'panoseg': lambda: overlay(*next(pairs[0]), palette, ALPHA, kept),
        'plain': lambda: plain_overlay(*next(pairs[1]), palette, ALPHA),
    }
    spreads = interleave(roads, subject.rounds)
    return Found([Way('overlay', name, WAYS[name], spreads[name]) for name in WAYS], [])


def plain_overlay(
    image: NDArray[np.uint8], labels: NDArray[np.uint8], palette: NDArray[np.uint8], alpha: float
) -> NDArray[np.uint8]:
    """Return the image (H, W, 3) with the colours of labels (H, W) mixed in."""
    mixed = (1.0 - alpha) * image + alpha * palette[labels]
    mixed[labels == 255] = image[labels == 255]
    return np.rint(mixed).astype(np.uint8)
