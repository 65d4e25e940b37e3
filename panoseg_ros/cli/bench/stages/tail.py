"""The third stage: from logits to labels and confidence, against the plain way to do it."""

from functools import partial
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cli.bench.stages.subject import Found, Subject, Way
from panoseg_ros.cli.bench.timing import interleave
from panoseg_ros.inference.tail import aligned_axis, upsample_argmax

WAYS = {
    'panoseg': 'one compiled pass, logits of rendered panoramas in turn',
    'noise': 'the same on normal noise: every class counts everywhere',
    'plain': 'NumPy on rendered panoramas: full-size logits, arg-max, softmax',
}
BARS_MS = {'panoseg': 1.5, 'noise': 3.0}
PLAIN_ROUNDS = 5  # the slowest way needs no more to be told apart
NOISE = 3.0  # standard deviation of logits


def measure_tail(subject: Subject) -> Found:
    """Measure the last step of segmentation."""
    spec, logits = subject.bundle.input, subject.logits
    noise = np.random.default_rng(0).normal(0.0, NOISE, logits[0].shape).astype(np.float32)
    tail = partial(upsample_argmax, height=spec.height, width=spec.width, wrap_px=spec.wrap_px)
    plain = partial(plain_tail, height=spec.height, width=spec.width, wrap_px=spec.wrap_px)
    rendered = cycle(logits)
    roads = {
        'panoseg': lambda: tail(next(rendered)),
        'noise': lambda: tail(noise),
        'plain': lambda: plain(logits[0]),
    }
    spreads = interleave(roads, subject.rounds, {'plain': PLAIN_ROUNDS})
    expected, found = plain(logits[0]), tail(logits[0])
    gap = int(np.abs(found[1].astype(int) - expected[1]).max(initial=0))
    same = float((found[0] == expected[0]).mean())
    return Found(
        [Way('tail', name, WAYS[name], spreads[name], BARS_MS.get(name)) for name in roads],
        [f'Tail: labels as plain on {same:.4%} of the pixels, confidence within {gap}/255.'],
    )


def plain_tail(
    logits: NDArray[np.float32], height: int, width: int, wrap_px: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return labels and confidence as `upsample_argmax` does, by way of full-size logits."""
    rows = aligned_axis(logits.shape[1], height)
    columns = aligned_axis(logits.shape[2], width + 2 * wrap_px, wrap_px)
    left, right = logits[:, :, columns.low], logits[:, :, columns.low + 1]
    wide = left + columns.weight * (right - left)  # (C, h, W)
    above, below = wide[:, rows.low], wide[:, rows.low + 1]
    full = above + rows.weight[:, None] * (below - above)  # (C, H, W)
    share = 1.0 / np.exp(full - full.max(0)).sum(0)
    return full.argmax(0).astype(np.uint8), np.rint(255 * share).astype(np.uint8)
