import cv2
import numpy as np
import pytest

from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg
from panoseg_ros.training.augment import Picture
from panoseg_ros.training.augment.flat import yaw
from panoseg_ros.training.augment.picture import WHOLE
from panoseg_ros.training.augment.tilt import tables, tilt

HEIGHT, WIDTH = 64, 128
RAYS = PanoramaGeometry(HEIGHT, WIDTH).rays()


def seen_by_direction() -> Picture:
    """Each pixel's colour says where it looks; labels are octants."""
    octants = (RAYS > 0) @ np.array([1, 2, 4])
    return Picture(np.rint(127.5 + 127.5 * RAYS).astype(np.uint8), octants.astype(np.uint8))


@pytest.mark.parametrize('angle', [3.0, 7.5, 15.0, -10.0])
@pytest.mark.parametrize('columns', [0, 31, 90])
def test_every_pixel_shows_what_lies_in_its_direction(angle, columns):
    picture = tilt(yaw(seen_by_direction(), columns), angle)
    turn_deg = 360.0 * columns / WIDTH  # a roll to the right shows what was to the left
    world_from_camera = rotation_from_rpy_deg(0, 0, turn_deg) @ rotation_from_rpy_deg(0, angle, 0)
    wanted = RAYS @ world_from_camera.T.astype(np.float32)
    found = picture.image / 127.5 - 1
    assert np.abs(found - wanted).max() < 0.09  # half a pixel is 0.025, poles are coarse
    assert np.abs(found - wanted).mean() < 0.01
    sure = (np.abs(wanted) > 0.05).all(-1)
    octants = (wanted > 0) @ np.array([1, 2, 4])
    assert (picture.labels[sure] == octants[sure]).all()


@pytest.mark.parametrize('span', [(35.0, -35.0), (60.0, -10.0)])
def test_a_part_of_the_sphere_is_tilted_as_the_whole_is(span):
    rays = PanoramaGeometry(HEIGHT, WIDTH, *span).rays()
    octants = ((rays > 0) @ np.array([1, 2, 4])).astype(np.uint8)
    picture = tilt(Picture(np.rint(127.5 + 127.5 * rays).astype(np.uint8), octants), 10.0, span)
    wanted = rays @ rotation_from_rpy_deg(0, 10.0, 0).T.astype(np.float32)
    elevation_deg = np.rad2deg(np.arcsin(wanted[..., 2]))
    known = (elevation_deg < span[0]) & (elevation_deg > span[1])
    assert ((picture.labels != 255) == known).mean() > 0.998
    assert (picture.image[picture.labels == 255] == 0).all()
    inner = (elevation_deg < span[0] - 1) & (elevation_deg > span[1] + 1)
    assert np.abs((picture.image / 127.5 - 1) - wanted)[inner].max() < 0.06
    sure = inner & (np.abs(wanted) > 0.05).all(-1)
    assert (picture.labels[sure] == ((wanted > 0) @ np.array([1, 2, 4]))[sure]).all()


def test_labels_are_the_nearest_pixels_of_the_slow_way():
    labels = np.random.default_rng(0).integers(0, 19, (HEIGHT, WIDTH)).astype(np.uint8)
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    rays = RAYS @ rotation_from_rpy_deg(0, 6.0, 0).T
    at = PanoramaGeometry(HEIGHT, WIDTH).pixels(rays)
    expected = labels[at[..., 1].astype(int).clip(0, HEIGHT - 1), at[..., 0].astype(int) % WIDTH]
    assert (tilt(Picture(image, labels), 6.0).labels == expected).mean() > 0.999


def test_colours_are_blended_across_the_border():
    image = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    labels = np.full((HEIGHT, WIDTH), 4, np.uint8)
    tilted = tilt(Picture(image, labels), 12.0)
    assert (tilted.image == 200).all() and (tilted.labels == 4).all()


def test_back_and_forth_gives_nearly_the_same():
    rng = np.random.default_rng(1)
    labels = cv2.resize(
        rng.integers(0, 5, (8, 16)).astype(np.uint8), (WIDTH, HEIGHT), interpolation=0
    )
    picture = Picture(np.repeat(labels[..., None], 3, 2), labels)
    assert (tilt(tilt(picture, 9.0), -9.0).labels == labels)[8:-8].mean() > 0.9


def test_no_tilt_is_the_picture_itself_and_tables_are_shared():
    picture = seen_by_direction()
    assert tilt(picture, 0.1) is picture
    assert tables(HEIGHT, WIDTH, 6, WHOLE) is tables(HEIGHT, WIDTH, 6, WHOLE)
    assert not tables(HEIGHT, WIDTH, 6, WHOLE)[0].flags.writeable
