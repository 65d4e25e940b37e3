"""Score the rotation that `panoseg calibrate check` suggests on rendered rigs.

Every rig is a pair of 200 degree fisheyes back to back in a rendered street, their centres
3 cm apart, with a small random rotation of its own. What the two lenses see between each
other is 2 m to 20 m away (or sky). The rig file is then wrong by 2 degrees about random
axes, 2 % of the matches are made false, and the suggested rotation is compared with the
rendered one.

    python bench/calibrate_check.py --cache FOLDER [--places 3] [--without-baseline]
"""

import argparse
import dataclasses
import json
import time
from pathlib import Path

import cv2
import numpy as np

from panoseg_ros.cameras import KannalaBrandt, Rig, RigLens
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import (
    BODY_FROM_OPTICAL,
    PanoramaGeometry,
    rotation_from_rpy_deg,
    transform,
)

SCORED_SEEDS = range(950400, 950420)  # of scenes of the test families
TUNING_SEEDS = range(950300, 950315)
PERTURBATIONS = 3  # of every rig
OFF_DEG = 2.0
BASELINE_M = 0.03
FALSE_SHARE = 0.02
DEPTH_M = (2.0, 20.0)
SIZE = 960
LENS = KannalaBrandt((SIZE, SIZE), 270.0, 270.0, 479.5, 479.5, (-0.004, 0.0008, 0.0, 0.0), 100.0)
GAINS = {'front': 1.0, 'back': 1.12}  # of the light that reaches each sensor
NOISE = 0.012  # standard deviation of 1


def small_rotation(rng, degrees):
    """Return a rotation (3, 3) by an angle about an axis drawn evenly."""
    axis = rng.standard_normal(3)
    return cv2.Rodrigues(np.deg2rad(degrees) * axis / np.linalg.norm(axis))[0]


def true_rig(seed):
    """Return the rig as it is rendered."""
    rng = np.random.default_rng([seed, 1])
    lenses = []
    for name, yaw_deg, x in (('front', 0.0, 0.5), ('back', 180.0, -0.5)):
        turn = small_rotation(rng, rng.uniform(0, 1)) @ rotation_from_rpy_deg(0, 0, yaw_deg)
        mount = transform(turn @ BODY_FROM_OPTICAL, [x * BASELINE_M, 0, 0])
        lenses.append(RigLens(name, LENS, f'{name}/image', LENS.size, None, mount))
    return Rig(f'rendered_{seed}', tuple(lenses), transform(np.eye(3), [0, 0, 2.0]))


def wrong_rig(rig, seed, index):
    """Return the rig with its second lens off by `OFF_DEG`, and that rotation (3, 3)."""
    error = small_rotation(np.random.default_rng([seed, 2, index]), OFF_DEG)
    first, second = rig.lenses
    mount = second.pano_from_lens.copy()
    mount[:3, :3] = error @ mount[:3, :3]
    return dataclasses.replace(
        rig, lenses=(first, dataclasses.replace(second, pano_from_lens=mount))
    ), error


def ring_depth(depth):
    """Return the depths within 10 degrees of the plane between the lenses, sky left out."""
    rays = PanoramaGeometry(*depth.shape).rays()
    seen = depth[np.abs(rays[..., 0]) < np.sin(np.deg2rad(10.0))]
    return seen[np.isfinite(seen)]


def find_pose(world, renderer, rng):
    """Return a pose from which what lies between the lenses is 2 m to 20 m away."""
    from panoseg_ros.synthetic import camera_pose, panorama_rays, random_spot

    grid = panorama_rays(PanoramaGeometry(64, 128))
    best, best_share = None, -1.0
    for _ in range(60):
        spot = random_spot(world, rng)
        pose = camera_pose(world, spot, 2.05, (0.0, 0.0, float(rng.uniform(-180, 180))))
        depths = ring_depth(renderer.truth(grid, pose)[1])
        share = np.mean((depths > DEPTH_M[0]) & (depths < DEPTH_M[1]))
        if depths.min() > 1.8 and share > best_share and len(depths) > 0.55 * 2 * 64 * 7:
            best, best_share = pose, share
    return best


def rim_rays(grid):
    """Return the rays within 16 degrees of the plane between the lenses, as one row, and which.

    The rest of the picture is not in the overlap and stays black, which saves most of the
    time. A ray that sees nothing ends the row, so that the renderer takes it for a lens.
    """
    from panoseg_ros.synthetic import RayGrid

    rim = np.abs(grid.centre[..., 0]) < np.sin(np.deg2rad(16.0))
    blocks = grid.fine.reshape(SIZE, 2, SIZE, 2, 3).transpose(0, 2, 1, 3, 4)[rim]  # (K, 2, 2, 3)
    fine = blocks.transpose(1, 0, 2, 3).reshape(2, -1, 3)
    nothing = np.full((2, 2, 3), np.nan, np.float32)
    return RayGrid(
        np.concatenate([grid.centre[rim], nothing[0, :1]])[None],
        np.concatenate([fine, nothing], 1),
    ), rim


def render(seed, folder, count):
    """Write the pictures of a rig at so many places, where they are missing."""
    from panoseg_ros.synthetic import Renderer, build_world, family_of

    missing = [place for place in range(count) if not facts_file(folder, seed, place).is_file()]
    if not missing:
        return
    world = build_world(seed, family_of('test', seed))
    renderer = Renderer(world.mesh, world.table, world.sky)
    for place in missing:
        render_place(world, renderer, seed, folder, place)


def render_place(world, renderer, seed, folder, place):
    """Write the two pictures of one place, and the depths of what is between the lenses."""
    from panoseg_ros.synthetic import lens_rays, panorama_rays
    from panoseg_ros.synthetic.recording.sensor import Sensor, auto_exposure, develop

    rng = np.random.default_rng([seed, 3, place] if place else [seed, 3])
    pose = find_pose(world, renderer, rng)
    depths = ring_depth(renderer.truth(panorama_rays(PanoramaGeometry(128, 256)), pose)[1])
    gain = 0.0
    for entry in true_rig(seed).lenses:
        grid, rim = rim_rays(lens_rays(LENS, entry.pano_from_lens[:3, :3]))
        at = pose @ transform(np.eye(3), entry.pano_from_lens[:3, 3])
        radiance = np.zeros((SIZE, SIZE, 3), np.float32)
        radiance[rim] = renderer.view(grid, at, 0).radiance[0, :-1]
        gain = gain or auto_exposure(radiance)
        sensor = Sensor(GAINS[entry.name], (1.0, 1.0, 1.0), 1.0, 2.2, 1.0, 0.5, NOISE, 92)
        image = develop(radiance, sensor, rng, gain)
        image[radiance.sum(-1) == 0.0] = 0
        cv2.imwrite(str(picture_file(folder, seed, place, entry.name)), image[..., ::-1])
    low, mid, high = np.percentile(depths, (5, 50, 95))
    facts = {'depth_m': [float(low), float(mid), float(high)]}
    facts_file(folder, seed, place).write_text(json.dumps(facts))


def facts_file(folder, seed, place):
    """Return where the depths of a place are."""
    return folder / (f'{seed}_{place}.json' if place else f'{seed}.json')


def picture_file(folder, seed, place, name):
    """Return where a picture is."""
    return folder / (f'{seed}_{place}_{name}.png' if place else f'{seed}_{name}.png')


def with_false(matches, rng):
    """Return the matches with `FALSE_SHARE` of them, at least one, up to 6 degrees off."""
    count = len(matches.first)
    second = matches.second.copy()
    for index in rng.choice(count, max(1, round(FALSE_SHARE * count)), replace=False):
        second[index] = small_rotation(rng, rng.uniform(0.5, 6.0)) @ second[index]
    return matches._replace(second=second)


def score(seed, folder, count, without_baseline):
    """Return one row of figures for each wrong rig of a seed."""
    from panoseg_ros.cameras.checking.align import match_overlap
    from panoseg_ros.cameras.checking.overlap import find_overlaps, sample
    from panoseg_ros.cameras.checking.refine import refine_rotation, vector_of

    moments = [
        {n: cv2.imread(str(picture_file(folder, seed, k, n)))[..., ::-1] for n in GAINS}
        for k in range(count)
    ]
    rows = []
    for index in range(PERTURBATIONS):
        rig, error = wrong_rig(true_rig(seed), seed, index)
        if without_baseline:
            rig = dataclasses.replace(rig, lenses=tuple(map(centred, rig.lenses)))
        overlap = find_overlaps(rig)[0]
        start = time.perf_counter()
        strips = [
            tuple(sample(overlap, entry, images[entry.name]) for entry in rig.lenses)
            for images in moments
        ]
        try:
            matches = match_overlap(overlap, strips)
            matches = with_false(matches, np.random.default_rng([seed, 4, index]))
            turn = refine_rotation(matches, overlap.baseline_m)
        except CameraError as err:
            rows.append({'seed': seed, 'index': index, 'refused': str(err)})
            continue
        left = vector_of(turn.rotation @ error)
        sigmas = float(np.sqrt(left @ np.linalg.solve(turn.covariance, left) / 3.0))
        rows.append(
            {
                'seed': seed,
                'index': index,
                'matches': len(matches.first),
                'error_deg': float(np.rad2deg(np.linalg.norm(left))),
                'sigma_deg': turn.sigma_deg,
                'sigmas': sigmas,
                'seconds': time.perf_counter() - start,
            }
        )
    return rows


def centred(entry):
    """Return the lens at the panorama's centre: a rig file that gives no translations."""
    mount = entry.pano_from_lens.copy()
    mount[:3, 3] = 0.0
    return dataclasses.replace(entry, pano_from_lens=mount)


def main():
    """Render what is missing, score every rig and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--cache', type=Path, required=True, help='folder of the pictures')
    parser.add_argument('--tuning', action='store_true', help='other rigs than the scored ones')
    parser.add_argument('--places', type=int, default=1, help='where pictures are taken')
    parser.add_argument('--render-only', action='store_true')
    parser.add_argument('--without-baseline', action='store_true', help='rigs do not know it')
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    rows = []
    for seed in TUNING_SEEDS if options.tuning else SCORED_SEEDS:
        render(seed, options.cache, options.places)
        if options.render_only:
            continue
        depths = json.loads(facts_file(options.cache, seed, 0).read_text())['depth_m']
        for row in score(seed, options.cache, options.places, options.without_baseline):
            rows.append(row)
            figures = (
                f'{k} {v:.3f}' if isinstance(v, float) else f'{k} {v}' for k, v in row.items()
            )
            print(
                '  '.join(figures),
                f'depth {depths[0]:.1f} {depths[1]:.1f} {depths[2]:.1f} m',
                flush=True,
            )
    errors = np.array([row['error_deg'] for row in rows if 'error_deg' in row])
    if len(errors):
        print(
            f'{len(rows)} rigs of {OFF_DEG} degrees off, {len(rows) - len(errors)} refused: '
            f'error median {np.median(errors):.3f}, p95 {np.percentile(errors, 95):.3f}, '
            f'max {errors.max():.3f} degrees'
        )


if __name__ == '__main__':
    main()
