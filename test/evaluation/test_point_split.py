"""The split is frozen: these are the halves that were dealt before any point was read."""

import hashlib

import pytest

from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.point_split import PINNED, PLACES, half_of, place_of

DEV = [
    'arena', 'bma', 'charles_street', 'dashcam', 'garage', 'gear360_street', 'half_dome',
    'pass_1210U', 'st_fagans', 'theta_hike', 'tocopilla',
]  # fmt: skip
TEST = [
    'avm_car_park', 'bloomberg', 'chess_desk', 'ds_brick_building', 'from_tree', 'glowsticks',
    'jfk', 'larochelle', 'lebombo', 'ocam_corridor', 'pass_1027U', 'potsdamer_platz',
]  # fmt: skip


def test_halves_are_those_that_were_dealt():
    assert sorted(place.name for place in PLACES) == sorted(DEV + TEST)
    assert {half_of(name) for name in DEV} == {'dev'}
    assert {half_of(name) for name in TEST} == {'test'}


def test_the_rule_knows_nothing_but_names():
    for kind in ('outdoor panorama', 'outdoor other', 'indoor'):
        names = [place.name for place in PLACES if place.kind == kind and place.name != PINNED]
        by_hash = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
        assert [half_of(name) for name in by_hash] == [
            'dev' if turn % 2 else 'test' for turn in range(len(names))
        ]
    assert half_of(PINNED) == 'dev'


@pytest.mark.parametrize(
    'together',
    [
        ('dual_fisheye/gear360_street_dual.jpg', 'equirect/gear360_street_stitched.jpg'),
        tuple(f'surround_fisheye/garage_{side}.jpg' for side in ('front', 'left', 'back')),
        tuple(f'fisheye/avm_{side}.jpg' for side in ('front', 'left', 'back')),
        tuple(f'pinhole_street/larochelle_{index}.jpg' for index in (1, 2, 3)),
        ('theta_s_hike_back.jpg', 'theta_s_hike_front.jpg'),
    ],
)
def test_photographs_of_one_place_stay_together(together):
    assert len({place_of(image).name for image in together}) == 1


def test_both_halves_have_outdoor_panoramas():
    for half in ('dev', 'test'):
        kinds = [place.kind for place in PLACES if half_of(place.name) == half]
        assert kinds.count('outdoor panorama') >= 4


def test_unknown_images_and_places_have_no_half():
    with pytest.raises(DatasetError, match=r'holiday\.jpg: no place is known for this image'):
        place_of('equirect/holiday.jpg')
    with pytest.raises(DatasetError, match="no place is called 'home', known are gear360"):
        half_of('home')
