"""Placing: nothing stands in another thing, buildings keep their shape on a hill."""

import numpy as np
import pytest

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import box, counted, join
from panoseg_ros.synthetic.scenes.bend import Bend
from panoseg_ros.synthetic.scenes.site import Site

HILL = Bend(((-50.0, 0.0), (50.0, 0.01)), ((-60.0, 0.05), (60.0, -0.02)))


@pytest.fixture
def site():
    return Site(None, None, np.random.default_rng(0))


def test_second_thing_in_one_place_is_refused(site):
    mesh = box((1, 1, 1), (0, 0, 0), ids.POLE, 0)
    assert site.put(mesh, 0.0, 0.0, 0.0, 0.0, 0.5)
    assert not site.put(mesh, 0.9, 0.0, 0.0, 0.0, 0.5)
    assert site.put(mesh, 1.1, 0.0, 0.0, 0.0, 0.5)


def test_long_thing_takes_its_length_along_its_yaw(site):
    tram = box((20, 2.4, 3), (0, 0, 0), ids.TRAIN, 0)
    post = box((0.2, 0.2, 1), (0, 0, 0), ids.POLE, 0)
    assert site.put(tram, 0.0, 0.0, 0.0, 0.5 * np.pi, 1.3, 10.0)
    assert not site.put(post, 0.0, 9.0, 0.0, 0.0, 0.1)
    assert site.put(post, 3.0, 0.0, 0.0, 0.0, 0.1)


def test_parts_of_one_class_and_own_number_are_one_object(site):
    post = [box((0.1, 0.1, h), (0, 0, 0), ids.POLE, 0) for h in (1, 2)]
    pair = [counted(box((0.5, 0.5, 1.7), (x, 0, 0), ids.PERSON, 0), x) for x in (1, 2)]
    site.add(join([*post, box((0.5, 0.1, 0.5), (0, 0, 2), ids.SIGN, 0)]))
    site.add(join([*pair, box((1, 1, 1), (5, 0, 0), ids.ROAD, 0)]))
    mesh = site.mesh(Bend())
    numbers = {label: set(mesh.instances[mesh.labels == label]) for label in set(mesh.labels)}
    assert [len(numbers[k]) for k in (ids.POLE, ids.SIGN, ids.PERSON)] == [1, 1, 2]
    assert numbers[ids.ROAD] == {0}
    assert set.union(*numbers.values()) == {0, 1, 2, 3, 4}


def test_building_stays_level_and_other_things_follow_the_hill(site):
    house, fence = (box((10, 6, 5), (5, 3, 0), k, 0) for k in (ids.BUILDING, ids.FENCE))
    site.add_lot(house, 10.0, 8.0, 0.0)
    site.add_lot(fence, 10.0, 8.0, 0.0)
    mesh = site.mesh(HILL)
    corners = {k: mesh.corners[mesh.labels == k].astype(float) for k in (ids.BUILDING, ids.FENCE)}
    assert np.ptp(corners[ids.BUILDING][..., 2]) == pytest.approx(5.0, abs=1e-4)
    lengths = np.linalg.norm(corners[ids.BUILDING] - np.roll(corners[ids.BUILDING], 1, 1), axis=-1)
    expected = np.linalg.norm(house.corners - np.roll(house.corners, 1, 1), axis=-1)
    np.testing.assert_allclose(lengths, expected, atol=1e-3)
    rise = HILL.at(20.0).z - HILL.at(10.0).z
    assert np.ptp(corners[ids.FENCE][..., 2]) == pytest.approx(5.0 + abs(rise), abs=1e-3)


def test_normals_turn_with_the_road(site):
    site.add(box((1, 1, 1), (40, 0, 0), ids.WALL, 0))
    mesh = site.mesh(HILL)
    cross = np.cross(
        mesh.corners[:, 1] - mesh.corners[:, 0], mesh.corners[:, 2] - mesh.corners[:, 0]
    )
    cross /= np.linalg.norm(cross, axis=1, keepdims=True)
    assert (mesh.normals * cross).sum(1).min() > 0.999
