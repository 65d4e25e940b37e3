import tracemalloc

import cv2
import numpy as np
import pytest
from box_room import dual_rig, fisheye, pictures

from panoseg_ros.cameras.checking.circle import Circle, compare_circle, find_circle


def disc(column=300.0, row=310.0, radius=280.0, side=640, inside=150, outside=4):
    rows, columns = np.mgrid[0:side, 0:side] + 0.5
    lit = np.hypot(columns - column, rows - row) < radius
    rng = np.random.default_rng(0)
    gray = np.where(lit, inside, outside) + rng.normal(0, 3, lit.shape)
    return np.repeat(np.clip(gray, 0, 255).astype(np.uint8)[..., None], 3, -1)


def test_finds_a_disc():
    circle = find_circle([disc()])
    assert (circle.column, circle.row) == pytest.approx((300, 310), abs=1.0)
    assert circle.radius == pytest.approx(280, abs=1.5)
    assert circle.share > 0.9


def test_glare_and_dark_scenery_do_not_pull_it_away():
    image = disc()
    cv2.circle(image, (560, 90), 60, (255, 255, 255), -1)  # the sun's flare over the rim
    image[330:, 40:200] = 3  # a dark coat
    circle = find_circle([image])
    assert (circle.column, circle.row) == pytest.approx((300, 310), abs=2.5)
    assert circle.radius == pytest.approx(280, abs=3.0)


def test_a_circle_cut_by_the_picture_is_found_by_its_corners():
    circle = find_circle([disc(320, 320, 345)])
    assert circle.radius == pytest.approx(345, abs=3.0)
    assert circle.share < 0.6


@pytest.mark.parametrize(
    'image',
    [
        pytest.param(disc(radius=900.0), id='wholly lit'),
        pytest.param(disc(inside=6), id='night'),
        pytest.param(disc(320, 320, 440), id='only the very corners'),
        pytest.param(np.zeros((64, 64, 3), np.uint8), id='black'),
    ],
)
def test_no_circle_is_visible(image):
    assert find_circle([image]) is None


def test_several_pictures_complete_each_other():
    left, right = disc(), disc()
    left[:, :320], right[:, 320:] = 4, 4
    assert find_circle([left, right]).radius == pytest.approx(280, abs=2.0)


def test_a_rig_that_uses_more_than_the_circle_is_told():
    entry = dual_rig().lenses[0]
    circle = find_circle([pictures(dual_rig(fisheye(max_angle_deg=95.0)))['front']])
    fit = compare_circle(circle, entry)  # the rig says 100 degrees, the lens shows 95
    assert fit.unused_px < -3.0
    assert 0.03 < fit.dark_share < 0.15
    assert fit.centre_px < 2.0
    fitting = compare_circle(circle, dual_rig(fisheye(max_angle_deg=92.0)).lenses[0])
    assert fitting.dark_share == 0.0
    assert fitting.unused_px > 3.0


def test_a_large_lens_is_compared_on_a_raster():
    """Every pixel of 2880 x 2880 would take more than a gigabyte."""
    large = dual_rig(fisheye(side=2880, max_angle_deg=92.0)).lenses[0]
    circle = Circle(1440.0, 1440.0, 1400.0, 1.0)
    tracemalloc.start()
    fit = compare_circle(circle, large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6
    assert fit.centre_px == pytest.approx(0.0, abs=1.0)
