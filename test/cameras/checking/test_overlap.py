import cv2
import numpy as np
import pytest
from box_room import dual_rig, fisheye

from panoseg_ros.cameras import Rig, RigLens
from panoseg_ros.cameras.checking.overlap import find_overlaps, sample
from panoseg_ros.geometry import BODY_FROM_OPTICAL, rotation_from_rpy_deg, transform


@pytest.mark.parametrize(('max_angle_deg', 'width_deg'), [(100.0, 20.0), (92.0, 4.0)])
def test_the_ring_between_two_fisheyes_is_as_wide_as_they_reach(max_angle_deg, width_deg):
    [overlap] = find_overlaps(dual_rig(fisheye(max_angle_deg=max_angle_deg)))
    assert overlap.width_deg == pytest.approx(width_deg, abs=0.8)
    assert overlap.name == 'front - back'
    assert abs(overlap.pano_from_strip[0, 2]) > 0.999  # the strip runs along the ring


def test_lenses_that_share_nothing_have_no_overlap():
    assert find_overlaps(dual_rig(fisheye(max_angle_deg=85.0))) == []


def test_a_mask_narrows_the_overlap():
    rig = dual_rig()
    mask = np.ones((480, 480), bool)
    mask[:, :240] = False  # the left half of the front lens
    first = RigLens(
        *[
            getattr(rig.lenses[0], name)
            for name in ('name', 'lens', 'topic', 'source_size', 'crop', 'pano_from_lens')
        ],
        mask,
    )
    whole, half = (
        find_overlaps(Rig('r', (lens, rig.lenses[1]), np.eye(4)))[0]
        for lens in (rig.lenses[0], first)
    )
    rays = half.rays(np.argwhere(half.both)[:, ::-1] + 0.5)
    assert half.both.sum() < 0.6 * whole.both.sum()
    assert rays[:, 1].max() < 0.05  # nothing on the left


def test_pixels_and_rays_of_a_strip_agree():
    [overlap] = find_overlaps(dual_rig())
    pixels = np.array([[3.0, 4.0], [200.5, 20.25]])
    assert np.allclose(overlap.pixels(overlap.rays(pixels)), pixels, atol=1e-6)


def test_both_lenses_show_the_same_direction_at_the_same_place():
    rig = dual_rig(baseline_m=0.0)
    [overlap] = find_overlaps(rig)
    seen = []
    for entry in rig.lenses:
        width, height = entry.lens.size
        u, v = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        rays = entry.lens.unproject(np.stack([u, v], -1)) @ entry.pano_from_lens[:3, :3].T
        image = np.nan_to_num(127.5 + 127.5 * rays).astype(np.uint8)
        seen.append(sample(overlap, entry, image))
    both = seen[0].seen & seen[1].seen & overlap.both
    both = cv2.erode(both.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0  # rims are mixtures
    apart = np.abs(seen[0].image[both].astype(int) - seen[1].image[both])
    assert np.percentile(apart, 99) <= 3


def test_the_baseline_is_the_rigs_or_along_the_axes():
    [given] = find_overlaps(dual_rig(baseline_m=0.05))
    [assumed] = find_overlaps(dual_rig(baseline_m=0.0))
    assert np.allclose(given.baseline_m, [-0.05, 0.0, 0.0])
    assert np.allclose(assumed.baseline_m, [-0.03, 0.0, 0.0])


def test_neighbours_of_a_car_overlap_in_a_patch():
    lenses = tuple(
        RigLens(
            f'c{yaw}',
            fisheye(max_angle_deg=60.0),
            't',
            (480, 480),
            None,
            transform(rotation_from_rpy_deg(0, 0, yaw) @ BODY_FROM_OPTICAL, [0, 0, 0]),
        )
        for yaw in (0, 90, 180, -90)
    )
    overlaps = find_overlaps(Rig('car', lenses, np.eye(4)))
    assert [overlap.name for overlap in overlaps] == [
        'c0 - c90',
        'c0 - c-90',
        'c90 - c180',
        'c180 - c-90',
    ]
    assert all(overlap.width_deg == pytest.approx(30.0, abs=1.5) for overlap in overlaps)
