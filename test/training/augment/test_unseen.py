import numpy as np
import pytest

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.training.augment.unseen import FAINT, KINDS, _mount, _outline_deg, unseen

SIZE = (64, 128)
IMAGE = np.random.default_rng(0).integers(100, 256, (*SIZE, 3)).astype(np.uint8)
LABELS = np.random.default_rng(1).integers(0, 19, SIZE).astype(np.uint8)


def test_labels_stay_where_the_picture_stays_and_go_where_it_goes():
    shares = []
    for seed in range(60):
        image, labels = unseen(IMAGE, LABELS, np.random.default_rng(seed))
        kept = labels != UNLABELLED
        assert (labels[kept] == LABELS[kept]).all()
        same = (image == IMAGE).all(-1)
        assert not (same & ~kept).mean() > 0.01  # hardly anything clear is unlabelled
        shares.append(kept.mean())
    assert min(shares) > 0.15 and max(shares) < 1 and 0.5 < np.mean(shares) < 0.9


@pytest.mark.parametrize('kind', dict.fromkeys(KINDS))
def test_a_part_of_the_sphere_lacks_what_the_whole_lacks_there(kind):
    whole = kind(PanoramaGeometry(180, 128), np.random.default_rng(3))  # a row per degree
    part = kind(PanoramaGeometry(60, 128, 40.0, -20.0), np.random.default_rng(3))
    assert np.abs(part - whole[50:110]).max() < 0.1


def test_a_mount_below_the_picture_covers_nothing():
    span = (40.0, -5.0)
    for seed in range(20):
        geometry = PanoramaGeometry(*SIZE, *span)
        image, labels = _mount(IMAGE, LABELS, geometry, np.random.default_rng(seed))
        assert (image == IMAGE).all() and (labels == LABELS).all()
        assert unseen(IMAGE, LABELS, np.random.default_rng(seed), span)[0].shape == IMAGE.shape


@pytest.mark.parametrize('kind', dict.fromkeys(KINDS))
def test_every_kind_leaves_a_part_to_see_and_is_seamless(kind):
    for seed in range(10):
        margin = kind(PanoramaGeometry(*SIZE), np.random.default_rng(seed))
        assert margin.shape == SIZE and 0.1 < (margin > 0).mean() < 1
        assert np.abs(margin[:, 0] - margin[:, -1]).max() < 12  # degrees across the border


def test_faint_parts_are_unlabelled_and_dim_ones_are_not():
    white = np.full_like(IMAGE, 255)
    for seed in range(200):
        image, labels = unseen(white, LABELS, np.random.default_rng(seed))
        light = image[..., 0] / 255
        hidden = labels == UNLABELLED
        if light.min() < 0.04 and ((light > 0.1) & (light < 0.9)).mean() > 0.2:  # fades to black
            above = slice(0, 32)  # a mount may cover the lower half
            assert light[above][hidden[above]].max(initial=0) < FAINT + 0.04
            assert light[above][~hidden[above]].min(initial=1) > FAINT - 0.04
            return
    raise AssertionError('no border that fades')


def test_a_mount_lies_below():
    for seed in range(20):
        image, labels = _mount(IMAGE, LABELS, PanoramaGeometry(*SIZE), np.random.default_rng(seed))
        hidden = labels == UNLABELLED
        assert hidden[-1].all() and not hidden[:30].any()
        assert (image[~hidden] == IMAGE[~hidden]).all()
        assert (_outline_deg(128, np.random.default_rng(seed)) < 86).all()
