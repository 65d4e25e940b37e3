"""Cars, lorries, buses and trams: sizes, labels, lamps, and fleets that differ."""

import numpy as np
import pytest

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import vehicles
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.materials import Materials


def kinds(draw, field, count=250):
    rng, found = np.random.default_rng(0), {}
    for _ in range(count):
        shape = draw(rng)
        found.setdefault(getattr(shape, field), shape)
    return found


CARS = kinds(vehicles.random_car_shape, 'kind')
TRUCKS = kinds(vehicles.random_truck, 'load')
BUSES = kinds(vehicles.random_bus, 'kind')
TRAMS = kinds(vehicles.random_tram, 'kind')


@pytest.fixture
def workshop():
    rng, materials = np.random.default_rng(1), Materials()
    return rng, materials, vehicles.car_paint(materials, rng)


def lamps(mesh, materials):
    """Return the triangles of lamps that are on."""
    table = materials.table()
    kind, strength = table.kinds[mesh.materials], table.params[mesh.materials, 1]
    return mesh.corners[(kind == mat.EMIT) & (strength > 0)]


def outward(mesh):
    """Return the share of the surface that looks away from the middle."""
    cross = np.cross(
        mesh.corners[:, 1] - mesh.corners[:, 0], mesh.corners[:, 2] - mesh.corners[:, 0]
    )
    middle = 0.5 * (mesh.corners.min((0, 1)) + mesh.corners.max((0, 1)))
    away = ((mesh.corners.mean(1) - middle) * cross).sum(1)
    area = np.linalg.norm(cross, axis=1)
    return area[away > 0].sum() / area.sum()


def check(mesh, label):
    assert np.isfinite(mesh.corners).all()
    assert np.isfinite(mesh.uv).all()
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    assert set(mesh.labels) == {label}
    assert set(mesh.instances) == {1}
    assert mesh.corners[..., 2].min() == pytest.approx(0.0, abs=0.03)
    assert outward(mesh) > 0.6
    return np.ptp(mesh.corners.reshape(-1, 3), axis=0)


def test_every_kind_is_drawn():
    assert (len(CARS), len(TRUCKS), len(BUSES), len(TRAMS)) == (14, 10, 5, 3)


@pytest.mark.parametrize('kind', list(CARS))
def test_car_is_sound(kind, workshop):
    rng, materials, paint = workshop
    shape = CARS[kind]
    mesh = vehicles.car(shape, vehicles.body_paint(materials, rng), paint)
    size = check(mesh, ids.CAR)
    assert size[0] == pytest.approx(shape.length, abs=0.35)
    assert shape.width <= size[1] < shape.width + 0.5
    assert shape.height - 0.12 < size[2] < shape.height + 0.5
    assert len(mesh.labels) < 900
    assert (mesh.materials == paint.glass).any()
    wheels = mesh.corners[mesh.materials == paint.tyre]
    assert wheels[..., 2].max() == pytest.approx(2 * shape.wheel, rel=0.08)
    on = lamps(mesh, materials)
    assert (on[..., 0] > 0.3 * shape.length).any()
    assert (on[..., 0] < -0.3 * shape.length).any()


def test_parked_cars_have_their_lamps_off(workshop):
    rng, materials, paint = workshop
    shape = CARS['hatch']._replace(roof='', decal=False)
    mesh = vehicles.car(shape, vehicles.body_paint(materials, rng), paint)
    assert len(lamps(mesh, materials)) > 0
    off = vehicles.parked(mesh, paint)
    assert len(lamps(off, materials)) == 0
    assert np.array_equal(off.corners, mesh.corners)


def test_headlamps_look_ahead_and_tail_lamps_back(workshop):
    rng, materials, paint = workshop
    mesh = vehicles.car(CARS['saloon'], vehicles.body_paint(materials, rng), paint)
    assert mesh.normals[mesh.materials == paint.front_light, 0].max() > 0.9
    assert mesh.normals[mesh.materials == paint.rear_light, 0].min() < -0.9


def test_wheel_arches_are_cut_out_of_the_body(workshop):
    rng, materials, paint = workshop
    shape = CARS['saloon']
    body = vehicles.body_paint(materials, rng)
    mesh = vehicles.car(shape, body, paint)
    at = (shape.axles[0] - 0.5) * shape.length
    side = mesh.corners[mesh.materials == body].reshape(-1, 3)
    near = side[np.abs(side[:, 0] - at) < 0.5 * shape.wheel]
    assert near[:, 2].min() > 1.4 * shape.wheel


@pytest.mark.parametrize('load', list(TRUCKS))
def test_lorry_is_sound(load, workshop):
    rng, materials, paint = workshop
    shape = TRUCKS[load]
    mesh = vehicles.truck(rng, materials, paint, (shape,))
    size = check(mesh, ids.TRUCK)
    assert size[0] == pytest.approx(shape.length, abs=0.8)
    assert shape.width - 0.05 < size[1] < shape.width + 0.7
    assert 2.0 < size[2] < 4.5
    assert len(mesh.labels) < 950
    assert len(lamps(mesh, materials)) > 0


@pytest.mark.parametrize('kind', list(BUSES))
def test_bus_is_sound(kind, workshop):
    rng, materials, paint = workshop
    shape = BUSES[kind]
    mesh = vehicles.bus(rng, materials, paint, (shape,))
    size = check(mesh, ids.BUS)
    total = shape.sections * shape.section + 0.45 * (shape.sections - 1)
    assert size[0] == pytest.approx(total, abs=0.4)
    assert size[2] == pytest.approx(shape.height, abs=0.45)
    assert len(mesh.labels) < 800
    assert (mesh.materials == paint.display).any()


@pytest.mark.parametrize('kind', list(TRAMS))
def test_tram_is_a_train_with_a_pantograph(kind, workshop):
    rng, materials, paint = workshop
    shape = TRAMS[kind]
    size = check(vehicles.bus(rng, materials, paint, (shape,)), ids.TRAIN)
    assert size[0] > 0.9 * shape.sections * shape.section
    assert 4.8 < size[2] < 5.8


def test_doors_change_sides_and_faces_stay_outwards(workshop):
    _, materials, paint = workshop
    shape = BUSES['city']._replace(left_hand=False)
    right = vehicles.bus(np.random.default_rng(2), materials, paint, (shape,))
    left = vehicles.bus(
        np.random.default_rng(2), materials, paint, (shape._replace(left_hand=True),)
    )
    np.testing.assert_allclose(
        left.corners[..., 1].mean(), -right.corners[..., 1].mean(), atol=1e-5
    )
    assert outward(left) == pytest.approx(outward(right), abs=0.01)
    computed = np.cross(
        left.corners[:, 1] - left.corners[:, 0], left.corners[:, 2] - left.corners[:, 0]
    )
    assert ((computed * left.normals).sum(1) >= 0).all()


def test_a_shape_in_several_paints_is_the_same_shape(workshop):
    rng, materials, paint = workshop
    fleet = vehicles.random_fleet(rng)
    meshes = vehicles.cars(rng, materials, paint, fleet.cars, paints=3)
    assert len(meshes) == 3 * len(fleet.cars)
    assert np.array_equal(meshes[0].corners, meshes[2].corners)
    assert not np.array_equal(meshes[0].materials, meshes[2].materials)


def test_every_shape_of_a_fleet_is_built_now_and_then(workshop):
    rng, materials, paint = workshop
    shapes = (TRUCKS['box'], TRUCKS['semi'])
    lengths = [
        np.ptp(vehicles.truck(rng, materials, paint, shapes).corners[..., 0]) for _ in range(12)
    ]
    assert min(lengths) < TRUCKS['box'].length + 1.0 < TRUCKS['semi'].length < max(lengths) + 1.0


def test_fleets_are_reproducible_and_share_no_shape():
    mine, theirs = (vehicles.random_fleet(np.random.default_rng(k)) for k in (1, 2))
    assert mine == vehicles.random_fleet(np.random.default_rng(1))
    for own, other in zip(mine, theirs, strict=True):
        assert not set(own) & set(other)
        assert len(set(own)) == len(own)


def test_same_seed_gives_the_same_vehicle():
    def made():
        rng, materials = np.random.default_rng(6), Materials()
        paint = vehicles.car_paint(materials, rng)
        return vehicles.truck(rng, materials, paint, tuple(TRUCKS.values()))

    assert all(np.array_equal(a, b) for a, b in zip(made(), made(), strict=True))
