"""A model bundle: whether it loads, is whole and runs; a rig: whether it loads and sees."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from panoseg_ros.cli.doctor.finding import Finding, ok, problem, warning
from panoseg_ros.errors import BundleError, CameraError, PanosegError, SettingsError

if TYPE_CHECKING:
    from panoseg_ros.cameras import Rig
    from panoseg_ros.inference import Backend

LOOK_WIDTH = 256  # of the panorama that shows what a rig covers
LEAST_GROUND = 0.5  # share of the directions below the horizon


def inspect_bundle(
    name: str, kind: str, threads: int, device: str = 'auto', precision: str = 'auto'
) -> Iterator[Finding]:
    """Yield what is to be said about a bundle.

    Args:
        name: a bundle folder or a shipped name.
        kind: the runtime to run it with, as in the node's settings.
        threads: CPU threads, 0 for one per core.
        device: where to run it, as in the node's settings.
        precision: on a GPU, as in the node's settings.
    """
    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.inference import load_backend

    subject = f'bundle {name}'
    try:
        bundle = load_bundle(name)
    except (BundleError, SettingsError) as err:
        yield problem(subject, str(err), 'copy it again, or name another with --bundle')
        return
    spec = bundle.input
    yield ok(
        subject,
        f'{bundle.network}, {spec.width} x {spec.height}, labels {bundle.label_set}; '
        f'{len(bundle.hashes)} file(s) agree with their hashes ({bundle.path})',
    )
    try:
        began_s = time.perf_counter()
        backend = load_backend(bundle, kind, threads, device, precision)
        loaded_s = time.perf_counter()
        first = _run(backend, spec.height, spec.width)
        again = _run(backend, spec.height, spec.width)
    except PanosegError as err:
        yield problem(f'{subject} runs', str(err), f'panoseg weights show {name} says what it has')
        return
    yield ok(
        f'{subject} runs',
        f'{backend.runtime}, loaded in {loaded_s - began_s:.1f} s, first picture '
        f'{1e3 * first:.0f} ms, second {1e3 * again:.0f} ms',
    )


def _run(backend: 'Backend', height: int, width: int) -> float:
    import numpy as np

    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    began_s = time.perf_counter()
    backend.segment(noise)
    return time.perf_counter() - began_s


def inspect_rig(name: str) -> Iterator[Finding]:
    """Yield what is to be said about a rig file or the name of a shipped one."""
    from panoseg_ros.cameras import load_rig_template

    subject = f'rig {name}'
    try:
        template = load_rig_template(name)
        lenses = len(template.lenses)
        topics = ', '.join(dict.fromkeys(entry.topic for entry in template.lenses))
        yield ok(subject, f'{lenses} lens(es) on {topics}')
        info, frames = template.needs_camera_info, template.needs_tf
        if info or frames:
            waits = [f'camera_info on {topic}' for topic in info.values()]
            waits += [f'TF {frame}' for frame in frames.values()]
            yield ok(f'{subject} coverage', f'known once these have come: {", ".join(waits)}')
            return
        yield _coverage(f'{subject} coverage', template.complete())
    except (CameraError, SettingsError) as err:
        yield problem(subject, str(err), 'docs/rigs.md describes rig files')


def _coverage(subject: str, rig: 'Rig') -> Finding:
    import numpy as np

    from panoseg_ros.geometry import PanoramaGeometry

    geometry = PanoramaGeometry(LOOK_WIDTH // 2, LOOK_WIDTH)
    grey = {
        entry.name: np.full((entry.lens.size[1], entry.lens.size[0], 3), 128, np.uint8)
        for entry in rig.lenses
    }
    valid = rig.panorama(grey, geometry=geometry).valid
    area = np.cos(geometry.elevation_rad())[:, None] * np.ones(LOOK_WIDTH)
    below = geometry.elevation_rad() < 0.0
    whole = float((valid * area).sum() / area.sum())
    ground = float((valid * area)[below].sum() / area[below].sum())
    words = f'{whole:.0%} of all directions, {ground:.0%} of those below the horizon'
    if ground < LEAST_GROUND:
        advice = 'expected of a camera that looks up or ahead; else panoseg calibrate check'
        return warning(subject, words, advice)
    return ok(subject, words)
