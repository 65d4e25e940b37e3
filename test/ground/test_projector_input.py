import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.errors import GroundError, LabelError
from panoseg_ros.frames import Segmentation
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.ground import GroundProjector, GroundSettings, ground_map
from panoseg_ros.labels import load_label_set

ROAD, SIDEWALK, WALL, PERSON, SKY, BLANK = 0, 1, 3, 11, 10, 255
SMALL = PanoramaGeometry(24, 48)
SMALL_POSE = transform(rotation_from_rpy_deg(2.0, -1.0, 15.0), [0.1, 0.0, 1.0])
LABELS = np.array([ROAD, SIDEWALK, WALL, PERSON, SKY, BLANK], np.uint8)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), ground_share=st.floats(0.1, 0.9))
def test_every_free_cell_is_vouched_for_by_a_ground_pixel(seed, ground_share):
    random = np.random.default_rng(seed)
    others = (1.0 - ground_share) / 4
    shares = [ground_share / 2] * 2 + [others] * 4
    labels = random.choice(LABELS, (24, 48), p=shares)
    confidence = random.choice(np.array([0, 90, 200], np.uint8), (24, 48))
    valid = random.random((24, 48)) < random.random()
    values = GroundSettings(size_m=6.0, max_range_m=4.0)
    segmentation = Segmentation(0, 'p', labels, confidence)
    names = load_label_set('cityscapes19')
    ground = ground_map(segmentation, valid, SMALL, SMALL_POSE, names, values)
    rays = SMALL.rays() @ SMALL_POSE[:3, :3].T
    speaks = valid & (confidence >= 102) & (labels <= SIDEWALK) & (rays[..., 2] < 0.05)
    azimuth = np.arctan2(rays[speaks][:, 1], rays[speaks][:, 0])
    depression = np.arctan2(-rays[speaks][:, 2], np.hypot(*rays[speaks][:, :2].T))
    for row, column in np.argwhere((ground.combined >= 0) & (ground.combined < 100)):
        x, y = 0.1 * (column + 0.5) - 3.0 - 0.1, 0.1 * (row + 0.5) - 3.0
        reach = np.hypot(x, y)
        turn = np.abs(np.angle(np.exp(1j * (azimuth - np.arctan2(y, x))))) * reach
        dip = np.abs(depression - np.arctan2(1.0, reach))
        pixel_rad = np.pi / 24
        # A pixel's width, half a pixel of resampling, and the cell's own size.
        close = (turn < 1.5 * pixel_rad * reach + 0.15) & (dip < 1.5 * pixel_rad + 0.15)
        assert close.any()


@pytest.mark.parametrize(
    ('pose', 'geometry', 'message'),
    [
        (transform(np.eye(3), [0, 0, -0.1]), PanoramaGeometry(8, 16), 'camera is below ground'),
        (transform(np.eye(3), [0, 0, np.nan]), PanoramaGeometry(8, 16), 'below ground'),
        (transform(2 * np.eye(3), [0, 0, 1]), PanoramaGeometry(8, 16), 'base_from_pano must be'),
        (np.eye(3), PanoramaGeometry(8, 16), 'base_from_pano must be'),
        (
            transform(np.eye(3), [0, 0, 1]),
            PanoramaGeometry(8, 16, 90, 10),
            'horizon is outside the panorama: it spans elevations 10 to 90',
        ),
        (
            transform(rotation_from_rpy_deg(0, 20, 0), [0, 0, 1]),
            PanoramaGeometry(8, 64, 15, -60),
            'tilted by 20 degrees',
        ),
        (
            transform(np.eye(3), [0, 0, 1.5]),
            PanoramaGeometry(8, 16, 10, -4),
            'no ground within max_range_m 12',
        ),
    ],
)
def test_impossible_mountings_are_refused(label_set, pose, geometry, message):
    with pytest.raises(GroundError, match=message):
        GroundProjector(geometry, pose, label_set)


def test_impossible_classes_are_refused(label_set):
    pose = transform(np.eye(3), [0, 0, 1])
    with pytest.raises(GroundError, match="'sky' never touches the ground"):
        GroundProjector(SMALL, pose, label_set, classes=['sky'])
    with pytest.raises(LabelError, match="no class 'lava'"):
        GroundProjector(SMALL, pose, label_set, classes=['lava'])


def test_inputs_that_do_not_fit_are_refused(scene, label_set):
    place = scene(height=24, width=48)
    segmentation, valid = place.render(), np.ones((24, 48), bool)
    projector = GroundProjector(place.geometry, place.base_from_pano, label_set)
    with pytest.raises(GroundError, match=r'valid must be bool of shape \(24, 48\)'):
        projector(segmentation, valid[:, 1:])
    wide = segmentation._replace(labels=segmentation.labels.astype(np.int64))
    with pytest.raises(GroundError, match='labels must be uint8'):
        projector(wide, valid)
    with pytest.raises(GroundError, match='map_from_base must be a finite'):
        projector(segmentation, valid, np.full((4, 4), np.nan))


def test_poses_of_upright_panoramas_are_checked(scene, label_set):
    place = scene(height=24, width=48, camera_m=(1.0, 0.0, 0.2))
    segmentation, valid = place.render(), np.ones((24, 48), bool)
    projector = GroundProjector(place.geometry, place.base_from_pano, label_set)
    nose_down = rotation_from_rpy_deg(0.0, 20.0, 0.0)
    with pytest.raises(GroundError, match='camera is below ground'):
        projector(segmentation, valid, None, transform(np.eye(3), nose_down @ [1.0, 0.0, 0.2]))
    with pytest.raises(GroundError, match=r'the \(4, 4\) pose of an upright panorama'):
        projector(segmentation, valid, None, transform(nose_down, [0.0, 0.0, 1.0]))
    with pytest.raises(GroundError, match='level_from_pano must be'):
        projector(segmentation, valid, None, np.full((4, 4), np.nan))


@pytest.mark.parametrize('camera_m', [(0.0, 0.0, 1.2), (0.4, -0.3, 0.7)])
def test_an_upright_pose_is_as_good_as_a_mounting(scene, label_set, camera_m):
    place = scene(height=64, width=128, camera_m=camera_m, rpy_deg=(0.0, 0.0, 25.0))
    place.box((2.0, -0.5, 0.0), (2.5, 0.5, 1.6), WALL)
    segmentation, valid = place.render(), np.ones((64, 128), bool)
    elsewhere = transform(rotation_from_rpy_deg(4.0, -6.0, 0.0), [0.0, 0.1, 2.0])
    projector = GroundProjector(place.geometry, elsewhere, label_set)
    upright = projector(segmentation, valid, None, place.base_from_pano)
    mounted = ground_map(segmentation, valid, place.geometry, place.base_from_pano, label_set)
    np.testing.assert_array_equal(upright.combined, mounted.combined)
    np.testing.assert_array_equal(upright.ranges_m, mounted.ranges_m)
    tilted = projector(segmentation, valid)  # the table of the mounting is still there
    assert not np.array_equal(tilted.combined, mounted.combined)
