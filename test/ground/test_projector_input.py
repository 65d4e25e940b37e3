from dataclasses import fields

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
        (transform(np.eye(3), [0, 0, np.nan]), PanoramaGeometry(8, 16), 'must be a finite'),
        (transform(np.eye(3), [np.inf, 0, 1]), PanoramaGeometry(8, 16), 'must be a finite'),
        (
            transform(np.diag([1, 1, -1]), [0, 0, 1]),
            PanoramaGeometry(8, 16),
            'a finite .* rotation',
        ),
        (
            transform(np.eye(3), [0, 0, 300]),
            PanoramaGeometry(8, 16),
            'the camera is 300 m above ground: .* z 300 m, .* allowed are 0.02 to 100 m',
        ),
        (
            transform(np.eye(3), [0, 0, 0.001]),
            PanoramaGeometry(8, 16),
            'the camera is 0.001 m above ground: .* allowed are 0.02 to 100 m',
        ),
        (
            transform(np.eye(3), [-12, 1, 1]),
            PanoramaGeometry(8, 16),
            'outside the grid: .* x -12 m and y 1 m, a grid of size_m 20 ends 10 m from the base',
        ),
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


number = st.floats() | st.sampled_from((0.0, 1.0, -1.0, 1e-3, 0.5, 3.0, 40.0, 300.0))
setting = number | st.integers() | st.sampled_from((None, True, '0.1', [1.0], 'a\nb', 1j))


@settings(max_examples=60, deadline=None)
@given(
    values=st.dictionaries(st.sampled_from([f.name for f in fields(GroundSettings)]), setting),
    cells=st.none() | st.tuples(number, number),
)
def test_settings_are_made_or_refused_in_one_line_that_names_one(values, cells):
    if cells is not None:
        values = values | {'resolution_m': cells[0], 'size_m': cells[1]}
    try:
        made = GroundSettings(**values)
    except GroundError as err:
        assert '\n' not in str(err) and any(name in str(err) for name in values)
    else:
        assert 2 <= made.cells <= 1000 and 1 <= made.least_confidence <= 255


MOUNTED = {
    'turn': np.eye(3),
    'place_m': (0.2, 0.0, 1.0),
    'elevations_deg': (90.0, -90.0),
    'size': (12, 24),
    'classes': (),
    'max_range_m': 5.0,
    'max_error_m': 5.0,
    'ground_z_m': 0.0,
    'obstacle_depth_m': 0.1,
}
WILD = {
    'turn': st.lists(number, min_size=9, max_size=9).map(lambda cells: np.reshape(cells, (3, 3)))
    | st.tuples(*[st.floats(-180.0, 180.0)] * 3).map(lambda rpy: rotation_from_rpy_deg(*rpy)),
    'place_m': st.tuples(number, number, number) | st.tuples(*[st.floats(0.0, 4.0)] * 3),
    'elevations_deg': st.tuples(st.floats(1.0, 90.0), st.floats(-90.0, 0.0))
    | st.tuples(st.floats(-10.0, 0.0), st.floats(-90.0, -11.0)),
    'size': st.tuples(st.integers(1, 40), st.integers(1, 40)),
    'classes': st.lists(
        st.sampled_from(('road', 'person', 'sky', 'lava', '', 'a\nb')), max_size=2
    ),
    'max_range_m': st.floats(0.5, 250.0),
    'max_error_m': st.floats(0.05, 100.0),
    'ground_z_m': st.floats(-10.0, 10.0),
    'obstacle_depth_m': st.floats(0.01, 5.0),
}


@settings(max_examples=60, deadline=None)
@given(wild=st.sets(st.sampled_from(sorted(WILD)), max_size=2), data=st.data())
def test_mountings_work_or_are_refused_in_one_line(wild, data):
    values = MOUNTED | {name: data.draw(WILD[name]) for name in sorted(wild)}
    pose = transform(values.pop('turn'), values.pop('place_m'))
    size, classes = values.pop('size'), values.pop('classes')
    geometry = PanoramaGeometry(*size, *values.pop('elevations_deg'))
    chosen, names = GroundSettings(size_m=8.0, **values), load_label_set('cityscapes19')
    try:
        projector = GroundProjector(geometry, pose, names, chosen, classes)
    except (GroundError, LabelError) as err:
        assert '\n' not in str(err) and wild
        return
    labels = np.random.default_rng(0).choice(LABELS, size)
    seen = Segmentation(0, 'p', labels, np.full(size, 200, np.uint8))
    ground = projector(seen, np.ones(size, bool))
    assert ground.combined.shape == (80, 80) and not (ground.ranges_m < 0.0).any()


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
    with pytest.raises(GroundError, match=r'map_from_base .* at most 1e\+08 m'):
        projector(segmentation, valid, transform(np.eye(3), [1e12, 0.0, 0.0]))


def test_poses_of_upright_panoramas_are_checked(scene, label_set):
    place = scene(height=24, width=48, camera_m=(1.0, 0.0, 0.2))
    segmentation, valid = place.render(), np.ones((24, 48), bool)
    projector = GroundProjector(place.geometry, place.base_from_pano, label_set)
    nose_down = rotation_from_rpy_deg(0.0, 20.0, 0.0)
    with pytest.raises(GroundError, match='camera is below ground'):
        projector(segmentation, valid, None, transform(np.eye(3), nose_down @ [1.0, 0.0, 0.2]))
    with pytest.raises(GroundError, match=r'the \(4, 4\) pose of an upright panorama'):
        projector(segmentation, valid, None, transform(nose_down, [0.0, 0.0, 1.0]))
    for wrong in (np.full((4, 4), np.nan), transform(np.eye(3), [np.nan, 0.0, 1.0])):
        with pytest.raises(GroundError, match='level_from_pano must be'):
            projector(segmentation, valid, None, wrong)


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
