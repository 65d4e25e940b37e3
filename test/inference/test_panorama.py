"""What travels to a device: tables, parcels, and pictures that are fetched when looked at."""

import dataclasses
import threading

import numpy as np
import pytest

from panoseg_ros.cameras import Leveller, PanoramaMapper, load_rig
from panoseg_ros.errors import GpuError
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg
from panoseg_ros.inference.panorama import DevicePanorama, Parcel, Shot, lens_table

GEOMETRY = PanoramaGeometry(48, 128, 60.0, -75.0)
SIDE = 200


@pytest.fixture(scope='module')
def moment():
    rig = load_rig('dual_fisheye')
    mask = np.ones((960, 960), bool)
    mask[600:, 300:500] = False
    rig = dataclasses.replace(
        rig, lenses=(dataclasses.replace(rig.lenses[0], mask=mask), rig.lenses[1])
    )
    rng = np.random.default_rng(7)
    noise = {name: rng.integers(0, 200, (SIDE, SIDE, 3), np.uint8) for name in ('front', 'back')}
    noise['back'] = (noise['back'] * 0.85).astype(np.uint8)
    return PanoramaMapper(rig, GEOMETRY).measured(noise)


def test_every_lens_has_a_dense_map_of_the_same_samples(moment):
    places, weights = lens_table(moment.tables)
    assert places.shape == (2, 2, 48 * 128) and weights.shape == (2, 48 * 128)
    seen = weights > 0
    np.testing.assert_allclose(weights.sum(0)[moment.tables.valid.reshape(-1)], 1.0, atol=1e-6)
    assert not seen[:, ~moment.tables.valid.reshape(-1)].any()
    assert 0.02 < seen.all(0).mean() < 0.5  # the seam
    for slot, where, there in zip(moment.tables.slots, places, seen, strict=True):
        assert (where[:, there] >= 0).all()
        assert where[0].max() <= slot.width - 1 and where[1].max() <= slot.height - 1
    ahead = 24 * 128 + 64
    assert seen[0, ahead] and not seen[1, ahead]


def test_a_parcel_holds_everything_and_is_read_back(moment):
    parcel = Parcel(moment, 128)
    memory = np.full(parcel.size, 77, np.uint8)
    leveller = Leveller(GEOMETRY)
    directions = leveller.directions(rotation_from_rpy_deg(4.0, 3.0, 0.0))
    parcel.pack(memory, moment, directions)
    numbers = memory[: 4 * parcel.numbers].view(np.float32)
    np.testing.assert_array_equal(numbers[: 3 * 128].reshape(3, 128), directions.columns)
    np.testing.assert_array_equal(numbers[384:387], directions.axis)
    np.testing.assert_array_equal(numbers[387:391], directions.scale)
    slopes = numbers[parcel.first_slope :].reshape(2, 3, 2)
    np.testing.assert_array_equal(slopes[..., 0], np.rint(512 * moment.gains))
    for slip, view in zip(parcel.slips, moment.views, strict=True):
        assert slip.offset % 16 == 0 and slip.stride == 3 * SIDE
        packed = memory[slip.offset : slip.offset + view.size].reshape(view.shape)
        np.testing.assert_array_equal(packed, view)
    before = numbers[:391].copy()
    parcel.pack(memory, moment, None)
    np.testing.assert_array_equal(numbers[:391], before)


def test_a_shot_is_fetched_once_and_only_if_looked_at():
    fetched = []

    def fetch():
        fetched.append(1)
        return np.zeros((2, 4, 3), np.uint8)

    panorama = DevicePanorama(5, 'pano', Shot(fetch, threading.RLock()), np.ones((2, 4), bool))
    assert panorama.stamp_ns == 5 and panorama.valid.all() and not fetched
    assert panorama.image.shape == (2, 4, 3) and panorama.image is panorama.image
    assert fetched == [1]


def test_a_device_that_failed_meanwhile_says_so_every_time():
    def fetch():
        raise GpuError('gone', True)

    panorama = DevicePanorama(5, 'pano', Shot(fetch, threading.RLock()), np.ones((2, 4), bool))
    for _ in range(2):
        with pytest.raises(GpuError, match='gone'):
            panorama.image  # noqa: B018
