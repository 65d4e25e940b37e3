import numpy as np
import pytest

from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.training.augment import Picture
from panoseg_ros.training.augment.project import collage, project

HEIGHT, WIDTH = 128, 256


def quarters(height=90, width=120, aspect=4 / 3) -> Picture:
    """Upper left 1, upper right 2, lower left 3, lower right 4."""
    labels = np.ones((height, width), np.uint8)
    labels[:, width // 2 :] += 1
    labels[height // 2 :] += 2
    return Picture(np.repeat(40 * labels[..., None], 3, 2), labels, aspect)


def stored_as_panorama(picture: Picture) -> Picture:
    rows = np.arange(HEIGHT) * picture.labels.shape[0] // HEIGHT
    columns = np.arange(WIDTH) * picture.labels.shape[1] // WIDTH
    part = np.ix_(rows, columns)
    return Picture(picture.image[part], picture.labels[part], picture.aspect)


def test_picture_fills_its_field_of_view():
    _, labels, seen = project(stored_as_panorama(quarters()), 90.0, 0.0, 0.0)
    rays = PanoramaGeometry(HEIGHT, WIDTH).rays()
    with np.errstate(divide='ignore', invalid='ignore'):
        right, down = -rays[..., 1] / rays[..., 0], -rays[..., 2] / rays[..., 0]
    inside = (rays[..., 0] > 0) & (np.abs(right) < 1) & (np.abs(down) < 0.75)
    assert (seen == inside).mean() > 0.999
    expected = 1 + (right > 0) + 2 * (down > 0)
    edge = (np.abs(right) > 0.03) & (np.abs(down) > 0.03)
    assert (labels[seen & edge] == expected[seen & edge]).all()


def test_part_of_the_sphere_shows_the_picture_where_it_is():
    whole = project(stored_as_panorama(quarters()), 90.0, 0.0, 0.0)
    span = (28.125, -28.125)  # rows 44 to 83 of the whole
    rows = np.arange(40) * HEIGHT // 40
    full = stored_as_panorama(quarters())
    stored = Picture(full.image[rows], full.labels[rows], full.aspect)
    _, labels, seen = project(stored, 90.0, 0.0, 0.0, span)
    assert labels.shape == (40, WIDTH)
    assert (seen == whole[2][44:84]).mean() > 0.99
    assert (labels == whole[1][44:84])[seen & whole[2][44:84]].mean() > 0.97


@pytest.mark.parametrize(('pitch', 'sign'), [(15.0, 1), (-15.0, -1)])
def test_nose_down_moves_the_picture_down(pitch, sign):
    seen = project(stored_as_panorama(quarters()), 60.0, pitch, 0.0)[2]
    assert sign * (np.nonzero(seen)[0].mean() - HEIGHT / 2) == pytest.approx(10.7, abs=1.5)


def test_right_side_down_turns_the_picture_clockwise():
    labels = project(stored_as_panorama(quarters()), 60.0, 0.0, 8.0)[1]
    middle = HEIGHT // 2
    assert labels[middle - 1, WIDTH // 2 + 15] == 2 and labels[middle + 1, WIDTH // 2 - 15] == 3
    assert labels[middle + 1, WIDTH // 2 + 15] == 2  # the right half hangs below the horizon


def test_collage_places_all_pictures_and_leaves_the_rest_unlabelled():
    pictures = [stored_as_panorama(quarters()) for _ in range(3)]
    for index, picture in enumerate(pictures):
        picture.labels[...] = index
    panorama = collage(pictures, np.random.default_rng(0))
    shares = np.bincount(panorama.labels.ravel(), minlength=256) / panorama.labels.size
    assert panorama.is_panorama and (shares[:3] > 0.02).all() and shares[255] > 0.4
    assert (panorama.image[panorama.labels == 255] == 0).all()
