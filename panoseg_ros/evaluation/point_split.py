"""Which photographs with labelled points may be looked at, and which are kept for the end.

Photographs of one place go to one half together. Places are dealt by a rule that knows
their names only: within each kind they are sorted by the SHA-256 of their names and
given to the two halves in turn, the test half first. One place is pinned to the
development half because cameras were checked on it.
"""

import hashlib
from pathlib import PurePosixPath
from typing import Literal, NamedTuple, get_args

from panoseg_ros.errors import DatasetError

Half = Literal['dev', 'test']
Kind = Literal['outdoor panorama', 'outdoor other', 'indoor']
HALVES: tuple[Half, ...] = get_args(Half)
PINNED = 'gear360_street'


class Place(NamedTuple):
    """Photographs that show one place, by the beginnings of their file names."""

    name: str
    kind: Kind
    begins: tuple[str, ...]


PLACES = (
    Place('gear360_street', 'outdoor panorama', ('gear360_street_',)),
    Place('bloomberg', 'outdoor panorama', ('bloomberg.',)),
    Place('bma', 'outdoor panorama', ('bma_',)),
    Place('charles_street', 'outdoor panorama', ('charles_street.',)),
    Place('from_tree', 'outdoor panorama', ('from_tree.',)),
    Place('glowsticks', 'outdoor panorama', ('glowsticks.',)),
    Place('half_dome', 'outdoor panorama', ('half_dome_',)),
    Place('potsdamer_platz', 'outdoor panorama', ('potsdamer_platz.',)),
    Place('tocopilla', 'outdoor panorama', ('tocopilla.',)),
    Place('avm_car_park', 'outdoor other', ('avm_',)),
    Place('dashcam', 'outdoor other', ('dashcam',)),
    Place('ds_brick_building', 'outdoor other', ('ds_brick_building.',)),
    Place('larochelle', 'outdoor other', ('larochelle_',)),
    Place('pass_1027U', 'outdoor other', ('pass_1027U_',)),
    Place('pass_1210U', 'outdoor other', ('pass_1210U_',)),
    Place('theta_hike', 'outdoor other', ('theta_s_hike_',)),
    Place('arena', 'indoor', ('insta360_air_arena_',)),
    Place('chess_desk', 'indoor', ('chess_',)),
    Place('garage', 'indoor', ('garage_',)),
    Place('jfk', 'indoor', ('jfk.',)),
    Place('lebombo', 'indoor', ('lebombo.',)),
    Place('ocam_corridor', 'indoor', ('ocam_corridor.',)),
    Place('st_fagans', 'indoor', ('st_fagans_',)),
)


def place_of(image: str) -> Place:
    """Return the place that a photograph shows, by its file name or path.

    Raises:
        DatasetError: if no place is known for it: an image without one has no half.
    """
    name = PurePosixPath(image).name
    for place in PLACES:
        if name.startswith(place.begins):
            return place
    raise DatasetError(f'{image}: no place is known for this image, so it belongs to no half')


def half_of(place: str) -> Half:
    """Return the half that a place belongs to.

    Raises:
        DatasetError: if the place is unknown.
    """
    halves = _halves()
    if place not in halves:
        raise DatasetError(f'no place is called {place!r}, known are {", ".join(halves)}')
    return halves[place]


def _halves() -> dict[str, Half]:
    halves: dict[str, Half] = {PINNED: 'dev'}
    for kind in get_args(Kind):
        names = [place.name for place in PLACES if place.kind == kind and place.name != PINNED]
        for turn, name in enumerate(sorted(names, key=_hash)):
            halves[name] = 'test' if turn % 2 == 0 else 'dev'
    return halves


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
