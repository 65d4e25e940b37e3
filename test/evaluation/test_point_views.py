"""Photographs placed in panoramas: what a pixel shows lies where its ray points."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation import point_views
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg

GEOMETRY = PanoramaGeometry(128, 256)
DATA = Path(
    os.environ.get('PANOSEG_REAL_DATA')
    or Path(__file__).resolve().parents[3] / 'shared' / 'data' / 'real'
)


def marked(height, width, u, v):
    """Return a grey picture with a white spot."""
    picture = np.full((height, width, 3), 60, np.uint8)
    cv2.circle(picture, (u, v), height // 24, (255, 255, 255), -1)
    return picture


@pytest.mark.parametrize(
    'band',
    [
        point_views.WHOLE,
        point_views.PASS,
        point_views.Band(150.0, 28.0, -26.0, 'part'),
        point_views.Band(360.0, 35.0, -35.0, 'belt'),
    ],
)
@pytest.mark.parametrize('geometry', [GEOMETRY, PanoramaGeometry(100, 300, 60.0, -30.0)])
@pytest.mark.parametrize('at', [(0.2, 0.5), (0.8, 0.3), (0.5, 0.6)])
def test_spot_lies_where_its_ray_points(band, geometry, at):
    u, v = round(at[0] * 1200), round(at[1] * 500)
    view = point_views.view_of_band(marked(500, 1200, u, v), band, geometry)
    ray = view.rays(np.array([[u + 0.5, v + 0.5]]))
    assert np.linalg.norm(ray[0]) == pytest.approx(1.0)
    place = geometry.pixels(ray)[0]
    rows, columns = np.nonzero(view.image[..., 0] > 150)
    assert abs(rows.mean() + 0.5 - place[1]) < 0.7
    assert abs(columns.mean() + 0.5 - place[0]) < 0.7
    assert view.valid[rows, columns].all()


def test_what_a_part_does_not_show_is_black_and_not_valid():
    band = point_views.Band(180.0, 45.0, -45.0, 'part')
    view = point_views.view_of_band(np.full((50, 200, 3), 200, np.uint8), band, GEOMETRY)
    assert view.valid.mean() == pytest.approx(0.25)
    assert (view.image[view.valid] == 200).all() and not view.image[~view.valid].any()


def test_whole_panorama_is_seen_everywhere_and_has_no_seam():
    ramp = np.abs(np.linspace(-1, 1, 512))[None, :, None] * np.full((256, 1, 3), 200)
    view = point_views.view_of_band(ramp.astype(np.uint8), point_views.WHOLE, GEOMETRY)
    assert view.valid.all()
    assert np.abs(view.image[:, 0].astype(int) - view.image[:, -1]).max() <= 2


def test_other_shapes_are_left_out_and_missing_files_named(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((10, 30, 3), np.uint8))
    cv2.imwrite(str(tmp_path / 'b.png'), np.zeros((10, 20, 3), np.uint8))
    assert point_views.open_view(tmp_path, 'a.png', GEOMETRY) is None
    view = point_views.open_view(tmp_path, 'b.png', GEOMETRY)
    assert view is not None and view.how == 'whole panorama'
    with pytest.raises(DatasetError, match=r'c\.png: cannot be read'):
        point_views.open_view(tmp_path, 'c.png', GEOMETRY)


def test_upright_takes_out_pitch_and_roll():
    for roll, pitch in ((0, 30), (10, 20), (-15, -5)):
        # Optical axes in body axes of a camera that is tilted by roll and pitch.
        optical = rotation_from_rpy_deg(roll, pitch, 0) @ np.array(
            [[0, 0, 1], [-1, 0, 0], [0, -1, 0.0]]
        )
        found = point_views.upright(optical.T @ [0, 0, 1])
        ahead = found @ [0, 0, 1]
        assert ahead[1] == pytest.approx(0.0, abs=1e-9) and ahead[0] > 0
        np.testing.assert_allclose(found @ optical.T @ [0, 0, 1], [0, 0, 1], atol=1e-9)
        assert np.linalg.det(found) == pytest.approx(1.0)


@pytest.mark.skipif(not (DATA / 'calib').is_dir(), reason=f'no real data in {DATA}')
def test_cameras_of_the_car_park_look_down():
    for side, least_deg in (('front', 5), ('left', 30), ('back', 20)):
        path = DATA / 'calib' / f'avm_{side}_opencv_fisheye.yaml'
        up = point_views.up_of_ground(path)
        pitch_deg = np.rad2deg(np.arcsin(-up[2] / np.linalg.norm(up)))
        assert least_deg < pitch_deg < 60


@pytest.mark.skipif(not (DATA / 'calib').is_dir(), reason=f'no real data in {DATA}')
@pytest.mark.parametrize(
    'image', ['dual_fisheye/gear360_street_dual.jpg', 'surround_fisheye/garage_left.jpg']
)
def test_photographs_of_lenses_show_the_colour_that_their_panorama_has(image):
    """Development photographs only."""
    geometry = PanoramaGeometry(256, 512)
    view = point_views.open_view(DATA, image, geometry)
    photograph = cv2.GaussianBlur(cv2.imread(str(DATA / image)), (0, 0), 4)[..., ::-1]
    height, width = photograph.shape[:2]
    rng = np.random.default_rng(0)
    pixels = rng.integers((0, 0), (width, height), (400, 2))
    places = geometry.pixels(view.rays(pixels + 0.5))
    shown = ~np.isnan(places).any(-1)
    at = places[shown].astype(int).clip(0, (geometry.width - 1, geometry.height - 1))
    smooth = cv2.GaussianBlur(view.image, (0, 0), 1)
    ours = smooth[at[:, 1], at[:, 0]].astype(float)
    theirs = photograph[pixels[shown, 1], pixels[shown, 0]].astype(float)
    assert shown.mean() > 0.3
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.85
