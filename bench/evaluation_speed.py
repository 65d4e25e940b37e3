"""Time the scoring of label images: 500 pairs of 1024 x 2048 with 19 classes.

Labels are regions of smooth noise, with more and finer outlines than a street has, so
the boundary F-score is harder here. 25 pairs are drawn and linked 20 times each; all files
lie in the page cache. Two runs, by the functions behind `panoseg evaluate labels`:
`--fast`, and everything with confidences, pictures and the page.

    taskset -c 0,1 python bench/evaluation_speed.py [--pairs 500] [--threads 2]
"""

import argparse
import contextlib
import io
import os
import resource
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from panoseg_ros.cli.evaluate.labels import evaluate_labels

HEIGHT, WIDTH, CLASSES, DRAWN = 1024, 2048, 19, 25
BOUNDS_S = {'IoU': 60.0, 'everything': 180.0}  # for 500 pairs on two cores


def smooth(rng, rows):
    """Return noise (HEIGHT, WIDTH) of so many independent rows."""
    coarse = rng.standard_normal((rows, 2 * rows)).astype(np.float32)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def draw_pair(rng):
    """Return truth, prediction, confidence (H, W) and a picture (H, W, 3)."""
    heights = [smooth(rng, 16 + 3 * cls) for cls in range(CLASSES)]
    shaken = [height + 0.25 * smooth(rng, 96) for height in heights]
    truth, prediction = (np.argmax(stack, 0).astype(np.uint8) for stack in (heights, shaken))
    truth[: HEIGHT // 40] = 255
    confidence = np.clip(180 + 50 * smooth(rng, 96), 0, 255).astype(np.uint8)
    picture = np.stack([confidence, np.uint8(12) * truth, np.uint8(12) * prediction], -1)
    return truth, prediction, confidence, picture


def write_pairs(folder, count):
    """Write so many pairs into truth, found, sure and images."""
    rng = np.random.default_rng(0)
    for index in range(count):
        first = index % DRAWN
        pictures = draw_pair(rng) if index < DRAWN else (None,) * 4
        for name, ending, pixels in zip(
            ('truth', 'found', 'sure', 'images'),
            ('png', 'png', 'png', 'jpg'),
            pictures,
            strict=True,
        ):
            path = folder / name / f'{index:04d}.{ending}'
            path.parent.mkdir(exist_ok=True)
            if pixels is None:
                os.link(folder / name / f'{first:04d}.{ending}', path)
            else:
                cv2.imwrite(str(path), pixels)


def timed(what, pairs, **how):
    """Score and print what it took."""
    started, cpu = time.perf_counter(), used_s()
    with contextlib.redirect_stdout(io.StringIO()):
        evaluate_labels(**how)
    wall = time.perf_counter() - started
    bound = BOUNDS_S[what] * pairs / 500
    print(
        f'{what:10} {wall:7.1f} s wall, {used_s() - cpu:7.1f} s of CPU, bound {bound:.0f} s, '
        f'load {os.getloadavg()[0]:.1f}'
    )


def used_s():
    """Return the CPU seconds that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    """Write the pairs, then score them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--pairs', type=int, default=500)
    parser.add_argument('--threads', type=int, default=2)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_pairs(folder, args.pairs)
        cores = len(os.sched_getaffinity(0))
        print(f'{args.pairs} pairs of {HEIGHT} x {WIDTH}, {args.threads} threads, {cores} cores')
        sides = {'truth': folder / 'truth', 'prediction': folder / 'found'}
        extra = {'confidence': folder / 'sure', 'images': folder / 'images'}
        files = {'out': folder / 'run.json', 'report': folder / 'run.html'}
        threads = {'threads': args.threads}
        timed('IoU', args.pairs, **sides, **threads, fast=True, out=files['out'])
        timed('everything', args.pairs, **sides, **threads, **extra, **files)


if __name__ == '__main__':
    main()
