"""The Gear 360 rig on a real street photograph, where the shared data folder exists.

The folder is `../shared/data/real` beside the checkout, or the one that the environment
variable PANOSEG_REAL_DATA names. Its pictures are read in place and never copied.
"""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from panoseg_ros.cameras import load_rig
from panoseg_ros.geometry import BODY_FROM_OPTICAL, PanoramaGeometry, rotation_from_rpy_deg

DATA = Path(
    os.environ.get('PANOSEG_REAL_DATA')
    or Path(__file__).resolve().parents[3] / 'shared' / 'data' / 'real'
)
DUAL = DATA / 'dual_fisheye' / 'gear360_street_dual.jpg'
STITCHED = DATA / 'equirect' / 'gear360_street_stitched.jpg'
GEOMETRY = PanoramaGeometry(512, 1024)

pytestmark = pytest.mark.skipif(not DUAL.is_file(), reason=f'no real photographs in {DATA}')


def read(path):
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope='module')
def rig():
    return load_rig('gear360')


@pytest.fixture(scope='module')
def panorama(rig):
    return rig.panorama(rig.split('image', read(DUAL)), geometry=GEOMETRY)


def levelled_by_somebody_else(rig):
    """Return another project's stitched panorama in our level frame.

    That one is in the frame of the tilted camera, with the back lens looking along -x.
    """
    back = rig.lenses[1].pano_from_lens[:3, :3]
    camera_from_pano = rotation_from_rpy_deg(0, 0, 180) @ BODY_FROM_OPTICAL @ back.T
    picture = read(STITCHED)
    source = PanoramaGeometry(picture.shape[0], picture.shape[1])
    at = source.pixels(GEOMETRY.rays().astype(float) @ camera_from_pano.T) - 0.5
    return cv2.remap(picture, at.astype(np.float32), None, cv2.INTER_AREA)


def details(picture):
    """Return the fine structure of a picture between elevations -50 and 60 degrees."""
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    gray -= cv2.GaussianBlur(gray, (0, 0), 25)
    return cv2.GaussianBlur(gray, (0, 0), 2)[85:398]


def likeness(a, b):
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def test_shows_the_same_place_the_same_way_round(rig, panorama):
    ours, theirs = details(panorama.image), details(levelled_by_somebody_else(rig))
    shifts = range(-40, 41, 4)
    scores = [likeness(np.roll(ours, shift, 1), theirs) for shift in shifts]
    assert max(scores) > 0.65
    assert abs(shifts[int(np.argmax(scores))]) <= 8  # 3 degrees: theirs is not calibrated
    assert likeness(ours[:, ::-1], theirs) < 0.3
    assert likeness(np.roll(ours, 512, 1), theirs) < 0.3


def test_every_direction_is_seen(panorama):
    assert panorama.valid.mean() > 0.995


@pytest.mark.parametrize(
    'normal',
    [
        pytest.param([-0.0628, -0.8491, 0.5246], id='fascia'),
        pytest.param([0.0408, 0.4398, 0.8972], id='first step'),
        pytest.param([0.0498, 0.5662, 0.8228], id='second step'),
        pytest.param([0.0599, 0.6982, 0.7134], id='third step'),
    ],
)
def test_straight_edges_run_straight_through_both_lenses(panorama, normal):
    """A straight edge of the street is a great circle; follow it over 140 degrees.

    `normal` is the plane of the edge and the camera. Where somebody stands before the
    edge it is not found, so a few places may miss.
    """
    gray = cv2.cvtColor(panorama.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    along = np.cross([0.0, 0.0, 1.0], normal)
    along *= np.sign(along[0]) / np.linalg.norm(along)
    aside = np.cross(normal, along)
    aside *= np.sign(aside[1])  # the edges are on the left
    place = np.deg2rad(np.arange(20, 161, 2))[:, None, None]
    offset = np.deg2rad(np.arange(-3, 3.01, 0.1))[None, :, None]
    on_edge = np.cos(place) * along + np.sin(place) * aside
    rays = np.cos(offset) * on_edge + np.sin(offset) * np.asarray(normal)
    at = (GEOMETRY.pixels(rays) - 0.5).astype(np.float32)
    profile = cv2.remap(gray, at, None, cv2.INTER_LINEAR)
    rise = np.gradient(cv2.GaussianBlur(profile, (0, 0), 2.0, sigmaY=0.01), axis=1)
    found_deg = np.rad2deg(offset[0, rise.argmax(1), 0])
    assert np.median(np.abs(found_deg)) < 0.15
    assert np.mean(np.abs(found_deg) < 0.35) > 0.8


def test_upright_edges_ahead_are_upright(panorama):
    """Pillars and passers-by ahead stand upright, though the camera was held 10 degrees askew."""
    gray = cv2.cvtColor(panorama.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    ahead = cv2.GaussianBlur(gray, (0, 0), 1.0)[195:262, 400:500]
    across, down = cv2.Sobel(ahead, cv2.CV_32F, 1, 0), cv2.Sobel(ahead, cv2.CV_32F, 0, 1)
    lean_deg = np.rad2deg(np.arctan(down / np.where(across == 0, 1e-6, across)))
    strength = np.hypot(across, down)
    edge = (strength > np.percentile(strength, 80)) & (np.abs(lean_deg) < 20)
    assert abs(np.average(lean_deg[edge], weights=strength[edge])) < 1.2  # 3 degrees of roll
