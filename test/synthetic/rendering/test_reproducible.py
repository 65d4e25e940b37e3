"""The same bytes in every process; labels that hardly feel how a CPU rounds."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic import mesh as m
from panoseg_ros.synthetic.recording.sensor import auto_exposure, develop, random_sensor
from panoseg_ros.synthetic.rendering import render
from panoseg_ros.synthetic.rendering.sky import random_sky
from panoseg_ros.synthetic.surfaces import materials as mat

pytest.importorskip('embreex', reason='rendering needs embreex')


def crowd():
    """Return a renderer of a wet night among 300 boxes of all classes, and a pose."""
    rng = np.random.default_rng(5)
    materials = mat.Materials()
    paints = [materials.add(kind, [rng.uniform(0, 0.8, 3)], [0.4, 0.6]) for kind in range(5)]
    paints.append(materials.add(mat.EMIT, [(1, 0.8, 0.5)], [0.2, 1.0]))
    ground = [[(-200, -200, 0), (200, -200, 0), (200, 200, 0), (-200, 200, 0)]]
    parts = [m.quads(ground, ids.ROAD, paints[1])]
    for index in range(300):
        size, at = rng.uniform(0.1, 3.0, 3), [*rng.uniform(-60, 60, 2), rng.choice([0, 3])]
        if np.hypot(*at[:2]) > 4.0:
            parts.append(m.box(size, at, index % 19, paints[index % 6]))
    sky = random_sky(rng, 'night')._replace(wet=0.7)
    pose = np.eye(4)
    pose[2, 3] = 1.5
    return render.Renderer(m.join(parts), materials.table(), sky), pose


def digest():
    """Return the hash of one picture with its truth."""
    renderer, pose = crowd()
    view = renderer.view(render.panorama_rays(PanoramaGeometry(64, 128)), pose, 3)
    rng = np.random.default_rng(2)
    sensor = random_sensor(rng, 'rain')
    image = develop(view.radiance, sensor, rng, auto_exposure(view.radiance))
    parts = (image, view.radiance, view.labels, view.depth, view.instances)
    return hashlib.sha256(b''.join(part.tobytes() for part in parts)).hexdigest()


@pytest.mark.timeout(600)  # the first process may have to compile the shading
def test_another_process_with_other_threads_gives_the_same_bytes():
    code = 'import test_reproducible as t; print(t.digest())'
    folder = os.path.dirname(os.path.abspath(__file__))
    package = os.path.dirname(os.path.dirname(os.path.abspath(render.__file__)))
    root = os.path.dirname(os.path.dirname(package))
    path = os.pathsep.join([folder, root, os.environ.get('PYTHONPATH', '')])
    found = set()
    for threads in ('1', '2'):
        env = {**os.environ, 'PYTHONPATH': path, 'OMP_NUM_THREADS': threads}
        env |= {'NUMBA_NUM_THREADS': threads, 'PYTHONHASHSEED': threads}
        out = subprocess.run(
            [sys.executable, '-c', code], env=env, capture_output=True, text=True, check=True
        )
        found.add(out.stdout.strip())
    assert found == {digest()}


def test_rays_that_differ_by_one_rounding_meet_the_same_labels():
    renderer, pose = crowd()
    grid = render.panorama_rays(PanoramaGeometry(256, 512))
    truth = renderer.truth(grid, pose)
    for towards in (-np.inf, np.inf):
        other = grid._replace(centre=np.nextafter(grid.centre, np.float32(towards)))
        assert (renderer.truth(other, pose).labels != truth.labels).mean() < 1e-4
