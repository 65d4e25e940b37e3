"""What a data set's pictures are taken with."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Pinhole
from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic.indoor import LABEL_SET, Interior, RoomRenderer, build_room
from panoseg_ros.synthetic.recording import room_stands
from panoseg_ros.synthetic.recording.layouts import layout_of
from panoseg_ros.synthetic.recording.views import HEIGHTS_M, Shot, Stand, random_stand, take
from panoseg_ros.synthetic.rendering.render import RayGrid, Renderer, lens_rays, panorama_rays
from panoseg_ros.synthetic.rendering.sky import check_weather, random_sky
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION, family_of
from panoseg_ros.synthetic.scenes.world import World, build_world

CAMERAS = ('panorama', 'pinhole')
WORLDS = {'street': 'cityscapes19', 'indoor': LABEL_SET}  # world -> label set
_SENSOR, _TILT, _FOV, _SKY, _ROOM = 5, 6, 7, 8, 9  # streams of chance, independent of each other


@dataclass(frozen=True)
class Recipe:
    """Which pictures a data set holds.

    Two recipes that differ in one field but the heights show the same scenes from the same
    spots with the same heading; with another weather the light differs as well.

    Args:
        camera: panorama or pinhole.
        heights_m: range of the camera's height above the ground; None for 0.4 to 2.5 m in
            streets and 0.3 to 1.8 m in rooms, where it begins at 2 m at most and ends 0.3 m below
            the ceiling.
        tilt_deg: None for a tilt of up to 4 degrees about two axes, mostly less; a number
            for tilts of 0 to that many degrees, uniformly, instead.
        weather: one of WEATHERS, of streets only; drawn for each scene when empty.
        fov_deg: range of the horizontal field of view of a pinhole camera.
        layout: street, cityscapes, densepass or synpass; rooms have the first only.
        world: street or indoor.

    Raises:
        SyntheticError: naming the field that is out of range.
    """

    camera: str = 'panorama'
    heights_m: tuple[float, float] | None = None
    tilt_deg: float | None = None
    weather: str = ''
    fov_deg: tuple[float, float] = (70.0, 90.0)
    layout: str = 'street'
    world: str = 'street'

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        layout_of(self.layout)
        if self.camera not in CAMERAS:
            raise SyntheticError(
                f'unknown camera {self.camera!r}, expected {" or ".join(CAMERAS)}'
            )
        if self.weather:
            check_weather(self.weather)
        if self.world not in WORLDS:
            raise SyntheticError(f'unknown world {self.world!r}, expected {", ".join(WORLDS)}')
        if self.world == 'indoor' and (self.weather or self.layout != 'street'):
            wrong = f'weather {self.weather!r}' if self.weather else f'layout {self.layout!r}'
            raise SyntheticError(f'{wrong} is of streets, world indoor does not have it')
        _check_range('heights_m', self.height_range_m, 0.1, 30.0)
        if self.world == 'indoor' and self.height_range_m[0] > room_stands.LOWEST_TOP_M:
            raise SyntheticError(
                f'heights_m must begin at {room_stands.LOWEST_TOP_M:g} m or less in rooms, '
                f'got {list(self.height_range_m)}'
            )
        _check_range('fov_deg', self.fov_deg, 10.0, 150.0)
        if self.tilt_deg is not None and not 0.0 <= self.tilt_deg <= 90.0:
            raise SyntheticError(f'tilt_deg must be 0 to 90, got {self.tilt_deg}')

    @property
    def height_range_m(self) -> tuple[float, float]:
        """Return the lowest and highest camera."""
        usual = room_stands.HEIGHTS_M if self.world == 'indoor' else HEIGHTS_M
        return self.heights_m or usual

    @property
    def label_set(self) -> str:
        """Return the name of the label set that the world's labels are of."""
        return WORLDS[self.world]

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON knows them."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in {**asdict(self), 'heights_m': self.height_range_m}.items()
        }


class Recorded(NamedTuple):
    """A picture, and how it came about."""

    shot: Shot
    stand: Stand
    world: World | Interior
    hfov_deg: float  # 360 for a panorama


def _check_range(name: str, span: tuple[float, float], least: float, most: float) -> None:
    if not least <= span[0] <= span[1] <= most:
        raise SyntheticError(f'{name} must rise within {least} to {most}, got {list(span)}')


def scene_pictures(
    split: str, seed: int, views: int, geometry: PanoramaGeometry, recipe: Recipe
) -> Iterator[Recorded]:
    """Yield the recorded views of one scene; the same arguments give the same bytes.

    Of `geometry`, a pinhole camera takes the size only.
    """
    stage = (
        _room(split, seed, recipe) if recipe.world == 'indoor' else _street(split, seed, recipe)
    )
    for view in range(views):
        rng = _chance(seed, view, stage.stream)
        stand = stage.draw(rng)
        if recipe.tilt_deg is not None:
            stand = stand.tilted(_chance(seed, view, _TILT), recipe.tilt_deg)
        hfov_deg, grid = camera_of(recipe, geometry, _chance(seed, view, _FOV))
        shot = take(stage.renderer, grid, stage.pose(stand), rng)
        yield Recorded(shot, stand, stage.world, hfov_deg)


class _Stage(NamedTuple):
    """A world that is ready for its pictures to be taken."""

    world: World | Interior
    renderer: Renderer | RoomRenderer
    stream: int  # of chance, for stands and cameras
    draw: Callable[[np.random.Generator], Stand]
    pose: Callable[[Stand], NDArray[np.float64]]  # world_from_camera (4, 4)


def _street(split: str, seed: int, recipe: Recipe) -> _Stage:
    world = build_world(seed, family_of(split, seed))
    if recipe.weather:
        world = in_weather(world, seed, recipe.weather)
    renderer = Renderer(world.mesh, world.table, world.sky)

    def draw(rng: np.random.Generator) -> Stand:
        return random_stand(world, renderer, rng, recipe.height_range_m)

    return _Stage(world, renderer, _SENSOR, draw, lambda stand: stand.pose(world))


def _room(split: str, seed: int, recipe: Recipe) -> _Stage:
    room = build_room(seed, family_of(split, seed))
    renderer = RoomRenderer(room.mesh, room.table, room.sky)

    def draw(rng: np.random.Generator) -> Stand:
        return room_stands.random_room_stand(room, renderer, rng, recipe.height_range_m)

    return _Stage(room, renderer, _ROOM, draw, room_stands.stand_pose)


def in_weather(world: World, seed: int, weather: str) -> World:
    """Return a scene in another weather (one of WEATHERS), the same one for each seed."""
    if weather == world.weather:
        return world
    return world._replace(sky=random_sky(_chance(seed, 0, _SKY), weather), weather=weather)


def _chance(seed: int, view: int, stream: int) -> np.random.Generator:
    return np.random.default_rng([int(GENERATOR_VERSION), seed, view, stream])


def camera_of(
    recipe: Recipe, geometry: PanoramaGeometry, rng: np.random.Generator | None
) -> tuple[float, RayGrid]:
    """Return the horizontal field of view in degrees and the rays of a recipe's camera.

    Without `rng` a pinhole camera has the middle of its range.
    """
    if recipe.camera == 'panorama':
        return 360.0, panorama_rays(geometry)
    low, high = recipe.fov_deg
    hfov_deg = 0.5 * (low + high) if rng is None else float(rng.uniform(low, high))
    width, height = geometry.width, geometry.height
    focal = 0.5 * width / float(np.tan(np.deg2rad(0.5 * hfov_deg)))
    lens = Pinhole((width, height), focal, focal, 0.5 * width - 0.5, 0.5 * height - 0.5)
    return hfov_deg, lens_rays(lens)
