"""Real cameras with real calibration files, where the shared data folder exists.

The folder is `../shared/data/real` beside the checkout, or the one that the environment
variable PANOSEG_REAL_DATA names. Its pictures are read in place and never copied.
"""

import os
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from panoseg_ros.cameras import Rig, RigLens, load_calibration, load_rig, read_cameras
from panoseg_ros.geometry import PanoramaGeometry

DATA = Path(
    os.environ.get('PANOSEG_REAL_DATA')
    or Path(__file__).resolve().parents[3] / 'shared' / 'data' / 'real'
)
CALIB = DATA / 'calib'
GEOMETRY = PanoramaGeometry(512, 1024)
GARAGE = ('front', 'left', 'back', 'right')
SAMPLES = 60

pytestmark = pytest.mark.skipif(not CALIB.is_dir(), reason=f'no real data in {DATA}')


class Edge(NamedTuple):
    """A straight thing by its ends, picked by eye in a panorama of 1024 x 512."""

    source: str
    what: str
    start: tuple[float, float]
    end: tuple[float, float]


EDGES = [
    Edge('theta', 'broken trunk', (447, 232), (450, 278)),
    Edge('theta', 'dead trunk on the seam', (750, 252), (748, 310)),
    Edge('air', 'board in the corner', (715, 64), (735, 283)),
    Edge('air', 'the same board, other edge', (745, 65), (740, 283)),
    Edge('air', 'beam across the seam', (192, 172), (400, 182)),
    Edge('air', 'top of the wall', (0, 78), (185, 150)),
    Edge('air', 'left lamp', (203, 85), (246, 172)),
    Edge('air', 'right lamp', (322, 188), (400, 100)),
    Edge('air', 'near drum, left', (440, 130), (490, 310)),
    Edge('air', 'near drum, right', (545, 105), (593, 290)),
    Edge('air', 'far drum', (230, 228), (232, 316)),
    Edge('garage', 'yellow line from the left lens to the front lens', (275, 293), (540, 278)),
    Edge('garage', 'yellow line ahead', (402, 275), (520, 420)),
    Edge('garage', 'yellow line from the front lens to the right lens', (551, 279), (750, 333)),
    Edge('garage', 'white line on the right', (860, 330), (985, 282)),
    Edge('garage', 'white bar on the right', (840, 395), (962, 312)),
    Edge('garage', 'pillar', (575, 225), (574, 270)),
    Edge('garage', 'foot of the far wall', (600, 262), (750, 262)),
]


def read(*path: str) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(DATA.joinpath(*path))), cv2.COLOR_BGR2RGB)


def theta() -> tuple[Rig, dict[str, np.ndarray]]:
    halves = [read('dual_fisheye', f'theta_s_hike_{side}.jpg') for side in ('front', 'back')]
    rig = load_rig('theta_s_dual')
    return rig, rig.split('image', np.hstack(halves))


def air() -> tuple[Rig, dict[str, np.ndarray]]:
    rig = load_rig('insta360_air_dual')
    return rig, rig.split('image', read('dual_fisheye', 'insta360_air_arena_00.png'))


def garage() -> tuple[Rig, dict[str, np.ndarray]]:
    lenses = [CALIB / f'garage_{side}_ocam_intrinsic.json' for side in GARAGE]
    mounts = [CALIB / f'garage_{side}_extrinsic.json' for side in GARAGE]
    cameras = read_cameras(*lenses, *mounts)
    entries = tuple(
        RigLens(side, camera.lens, side, camera.lens.size, None, camera.pano_from_lens)
        for side, camera in zip(GARAGE, cameras, strict=True)
    )
    pictures = {side: read('surround_fisheye', f'garage_{side}.jpg') for side in GARAGE}
    return Rig('garage', entries, np.eye(4)), pictures


@pytest.fixture(scope='module')
def panoramas():
    sources = {'theta': theta(), 'air': air(), 'garage': garage()}
    return {
        name: rig.panorama(pictures, geometry=GEOMETRY)
        for name, (rig, pictures) in sources.items()
    }


def direction(pixel: tuple[float, float]) -> np.ndarray:
    azimuth = (1 - 2 * pixel[0] / GEOMETRY.width) * np.pi
    elevation = (0.5 - pixel[1] / GEOMETRY.height) * np.pi
    flat = np.cos(elevation)
    return np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])


def bends_deg(image: np.ndarray, edge: Edge) -> np.ndarray:
    """Return how far places on an edge are from the great circle that fits them best.

    The edge is looked for within 3 degrees of the circle through its picked ends, as the
    steepest step in brightness. Another great circle close by is, in this strip, a
    sine wave of period 2 pi, so a linear fit finds the best one.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    gray = np.concatenate([gray, gray[:, :2]], 1)
    start, end = direction(edge.start), direction(edge.end)
    normal = np.cross(start, end)
    normal /= np.linalg.norm(normal)
    onward = np.cross(normal, start)
    length = np.arctan2(end @ onward, end @ start)
    place = np.linspace(0.03, 0.97, SAMPLES) * length
    offset = np.deg2rad(np.arange(-3, 3.01, 0.1))
    p, o = place[:, None, None], offset[None, :, None]
    rays = np.cos(o) * (np.cos(p) * start + np.sin(p) * onward) + np.sin(o) * normal
    at = (GEOMETRY.pixels(rays) - 0.5).astype(np.float32)
    profile = cv2.remap(gray, at, None, cv2.INTER_LINEAR)
    step = np.gradient(cv2.GaussianBlur(profile, (0, 0), 2.0, sigmaY=0.8), axis=1)
    strongest = np.take_along_axis(step, np.abs(step).argmax(1)[:, None], 1)
    found = np.rad2deg(offset[(np.sign(strongest.sum()) * step).argmax(1)])
    waves = np.stack([np.cos(place), np.sin(place)], 1)
    bend, kept = found, np.ones(SAMPLES, bool)
    for _ in range(10):
        bend = found - waves @ np.linalg.lstsq(waves[kept], found[kept], rcond=None)[0]
        kept = np.abs(bend) < max(0.35, 2 * np.median(np.abs(bend)))
    return bend


@pytest.mark.parametrize('edge', EDGES, ids=lambda edge: f'{edge.source}, {edge.what}')
def test_straight_things_are_straight(panoramas, edge):
    """Within half a pixel (0.18 degrees) in the middle, whichever lenses see the edge."""
    bend = np.abs(bends_deg(panoramas[edge.source].image, edge))
    assert np.median(bend) < 0.25
    assert np.mean(bend < 0.5) > 0.65  # some stand partly behind other things


def test_the_measure_sees_a_wrong_lens(panoramas):
    """An Insta360 Air read as an ideal fisheye bends what the calibration keeps straight."""
    rig, pictures = air()
    ideal = load_rig('dual_fisheye').lenses[0].lens
    entries = tuple(
        RigLens(e.name, ideal, e.topic, e.source_size, e.crop, e.pano_from_lens)
        for e in rig.lenses
    )
    wrong = Rig('wrong', entries, rig.base_from_pano).panorama(pictures, geometry=GEOMETRY)
    edges = [edge for edge in EDGES if edge.source == 'air']
    straight = [np.median(np.abs(bends_deg(panoramas['air'].image, edge))) for edge in edges]
    bent = [np.median(np.abs(bends_deg(wrong.image, edge))) for edge in edges]
    assert np.mean(bent) > 2 * np.mean(straight)


def test_both_lenses_of_the_theta_show_the_same_at_their_seam():
    rig, pictures = theta()
    seen = []
    for entry in rig.lenses:
        alone = Rig('one', (entry,), rig.base_from_pano)
        image = alone.panorama({entry.name: pictures[entry.name]}, geometry=GEOMETRY)
        seen.append((image.image.astype(np.float32).mean(-1), image.valid))
    both = seen[0][1] & seen[1][1]
    both[:130] = both[400:] = False  # the sky is even, the camera's own body is near
    assert both.sum() > 3000
    assert np.corrcoef(seen[0][0][both], seen[1][0][both])[0, 1] > 0.8


@pytest.mark.parametrize(
    ('rig', 'files'),
    [
        ('theta_s_dual', ['theta_s_front_boofcv_mei.yaml', 'theta_s_back_boofcv_mei.yaml']),
        ('insta360_air_dual', ['insta360_air_kalibr_omni_radtan.yaml']),
    ],
)
def test_the_ready_rigs_have_the_numbers_of_the_files(rig, files):
    found = [lens for name in files for lens in load_calibration(CALIB / name).values()]
    for entry, lens in zip(load_rig(rig).lenses, found, strict=True):
        share = np.random.default_rng(1).uniform(0.25, 0.75, (200, 2))
        rays = lens.unproject(share * lens.size[0])
        assert entry.lens.project(rays) == pytest.approx(lens.project(rays), abs=1e-3)


def test_the_ready_air_rig_has_the_extrinsics_of_the_file():
    theirs = [
        c.pano_from_lens for c in read_cameras(CALIB / 'insta360_air_kalibr_omni_radtan.yaml')
    ]
    ours = [entry.pano_from_lens for entry in load_rig('insta360_air_dual').lenses]
    between = [np.linalg.inv(pair[0]) @ pair[1] for pair in (theirs, ours)]
    assert between[0] == pytest.approx(between[1], abs=4e-3)


def test_chessboard_lines_of_the_theta_are_straight():
    lens = next(iter(load_calibration(CALIB / 'theta_s_chess_boofcv_mei.yaml').values()))
    used = 0
    for picture in ('chess_01.jpg', 'chess_03.jpg', 'chess_17.jpg'):
        gray = cv2.cvtColor(read('fisheye', picture), cv2.COLOR_RGB2GRAY)
        found, corners = cv2.findChessboardCornersSB(gray, (6, 4), None)
        if not found:
            continue
        used += 1
        rays = lens.unproject(corners.reshape(-1, 2) + 0.5).reshape(4, 6, 3)
        for line in [*rays, *rays.transpose(1, 0, 2)]:
            normal = np.linalg.svd(line)[2][2]  # of the plane closest to the rays
            assert np.abs(np.rad2deg(np.arcsin(line @ normal))).max() < 0.35
    assert used
