"""A drive through a rendered street, as a rig of cameras sees it, with the truth.

Convention: odom is level, with its origin and heading where base_footprint is in the
first frame. All frames are body frames (x forward, y left, z up).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Rig, RigLens
from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.synthetic.mesh import EMPTY, F32, Mesh, join
from panoseg_ros.synthetic.recording.dataset import split_of
from panoseg_ros.synthetic.recording.free_place import free_start
from panoseg_ros.synthetic.recording.ground_truth import (
    GridSettings,
    GroundScene,
    GroundTruth,
    InView,
)
from panoseg_ros.synthetic.recording.in_view import in_view, looks_everywhere
from panoseg_ros.synthetic.recording.movers import ROOM, Traveller
from panoseg_ros.synthetic.recording.plan import DrivePlan
from panoseg_ros.synthetic.recording.recipe import in_weather
from panoseg_ros.synthetic.recording.sensor import auto_exposure, clean_sensor, develop
from panoseg_ros.synthetic.recording.track import Ground, Motion, Track, track_of
from panoseg_ros.synthetic.rendering.render import (
    RayGrid,
    Renderer,
    Truth,
    lens_rays,
    panorama_rays,
)
from panoseg_ros.synthetic.rendering.sky import check_weather
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION, family_of
from panoseg_ros.synthetic.scenes.world import build_world
from panoseg_ros.synthetic.surfaces.materials import Materials

_HIGHEST_M = 30.0  # of a camera, as in data sets


@dataclass(frozen=True)
class Extras:
    """What is recorded beside the pictures.

    Args:
        lens_truth: labels, depth and instances of every picture.
        panorama: geometry of a panorama of labels, depth and instances; None for none.
        grid: of the true ground map; None for none.
        weather: one of WEATHERS; that of the scene when empty.

    Raises:
        SyntheticError: if the weather is unknown.
    """

    lens_truth: bool = False
    panorama: PanoramaGeometry | None = None
    grid: GridSettings | None = None
    weather: str = ''

    def __post_init__(self) -> None:
        """Refuse an unknown weather."""
        if self.weather:
            check_weather(self.weather)


class DriveFrame(NamedTuple):
    """What is seen, and what is true, at one moment."""

    number: int
    t_s: float
    images: Mapping[str, NDArray[np.uint8]]  # topic -> (H, W, 3) RGB
    truth: Mapping[str, Truth]  # topic -> of every pixel; empty unless asked for
    panorama: Truth | None
    ground: GroundTruth | None
    motion: Motion  # of base_footprint in the world
    odom_from_base: NDArray[np.float64]  # (4, 4)


class Drive:
    """A drive that is ready to be recorded.

    Args:
        plan: what is driven.
        rig: the cameras; `mounted` changes where they are on the robot.
        extras: what is recorded beside the pictures.

    Raises:
        SyntheticError: if a mover is unknown.
    """

    def __init__(self, plan: DrivePlan, rig: Rig, extras: Extras | None = None) -> None:
        self.plan, self.rig, self.extras = plan, rig, extras or Extras()
        family = family_of(split_of(plan.seed), plan.seed)
        self.world = build_world(plan.seed, family)
        if self.extras.weather:
            self.world = in_weather(self.world, plan.seed, self.extras.weather)
        ground = Ground(self.world.mesh)
        start = None
        self.blocked_after_s: float | None = None  # with `start: auto`: something is in the way
        if plan.anywhere:
            start, self.blocked_after_s = free_start(plan, self.world, ground)
        self.track = self._track(ground, start)
        here = self.track.pose(0.0)
        origin = np.array([here[0, 3], here[1, 3], np.arctan2(here[1, 0], here[0, 0])])
        materials = Materials(self.world.table)
        first = int(self.world.mesh.instances.max(initial=0)) + 1
        self._travellers = [
            Traveller(mover, k, first + ROOM * k, plan.seed, family, materials)
            for k, mover in enumerate(plan.movers)
        ]
        self._tracks = [
            track_of(mover.route, self.world, ground, plan.seconds, origin)
            for mover in plan.movers
        ]
        self._table = materials.table()
        heading = rotation_from_rpy_deg(0, 0, float(np.rad2deg(origin[2])))
        self.world_from_odom = transform(heading, here[:3, 3])
        self._looks_everywhere = looks_everywhere(rig)

    def _track(self, ground: Ground, start: NDArray[np.float64] | None) -> Track:
        plan = self.plan
        return track_of(
            plan.route, self.world, ground, plan.seconds, start, plan.sway_deg, plan.sway_hz
        )

    def odom_from_base(self, t: float) -> NDArray[np.float64]:
        """Return the pose (4, 4) of base_footprint in odom at a time in seconds."""
        pose: NDArray[np.float64] = np.linalg.inv(self.world_from_odom) @ self.track.pose(t)
        return pose

    def frames(self) -> Iterator[DriveFrame]:
        """Yield every frame."""
        for number in range(self.plan.frames):
            yield self.frame(number)

    @cached_property
    def gain(self) -> float:
        """The exposure, that of the first frame for all, so that nothing flickers."""
        seen = self._look(self._renderer(self._moving(0.0)), self._pano(0.0), 0)
        return auto_exposure(_stacked(seen))

    def frame(self, number: int) -> DriveFrame:
        """Return one frame; they do not depend on each other."""
        t = number / self.plan.rate_hz
        moving, world_from_pano = self._moving(t), self._pano(t)
        renderer = self._renderer(moving)
        seen = self._look(renderer, world_from_pano, number)
        around, motion = self.extras.panorama, self.track.motion(t)
        truth = {eye.topic: eye.truth(seen[eye.topic]) for eye in self._eyes}
        return DriveFrame(
            number,
            t,
            {eye.topic: eye.developed(seen[eye.topic], self.gain, number) for eye in self._eyes},
            truth if self.extras.lens_truth else {},
            None if around is None else renderer.truth(panorama_rays(around), world_from_pano),
            None
            if self._ground is None
            else self._ground(
                motion.world_from_body,
                world_from_pano[:3, 3],
                moving,
                self._sight(world_from_pano),
            ),
            motion,
            self.odom_from_base(t),
        )

    def _pano(self, t: float) -> NDArray[np.float64]:
        """Return world_from_pano (4, 4)."""
        pose: NDArray[np.float64] = self.track.pose(t) @ self.rig.base_from_pano
        return pose

    def _sight(self, world_from_pano: NDArray[np.float64]) -> InView | None:
        return None if self._looks_everywhere else partial(in_view, self.rig, world_from_pano)

    def _renderer(self, moving: Mesh) -> Renderer:
        return (
            Renderer(join([self.world.mesh, moving]), self._table, self.world.sky)
            if self._travellers
            else self._still
        )

    @cached_property
    def _still(self) -> Renderer:
        return Renderer(self.world.mesh, self._table, self.world.sky)

    @cached_property
    def _ground(self) -> GroundScene | None:
        return GroundScene(self.world.mesh, self.extras.grid) if self.extras.grid else None

    @cached_property
    def _eyes(self) -> 'list[_Eye]':
        return [_Eye(topic, self.rig) for topic in self.rig.topics]

    def _look(
        self, renderer: Renderer, world_from_pano: NDArray[np.float64], jitter: int
    ) -> 'dict[str, _Seen]':
        return {eye.topic: eye.look(renderer, world_from_pano, jitter) for eye in self._eyes}

    def _moving(self, t: float) -> Mesh:
        parts = [
            traveller.at(track, t)
            for traveller, track in zip(self._travellers, self._tracks, strict=True)
        ]
        return join(parts) if parts else EMPTY


class _Seen(NamedTuple):
    """What the lenses of one topic see, one entry per lens."""

    light: list[F32]
    truth: list[Truth]


class _Eye:
    """All lenses whose pictures come in one topic."""

    def __init__(self, topic: str, rig: Rig) -> None:
        self.topic = topic
        self._lenses = [lens for lens in rig.lenses if lens.topic == topic]
        self._grids: list[RayGrid] = [
            lens_rays(lens.lens, lens.pano_from_lens[:3, :3]) for lens in self._lenses
        ]

    def look(self, renderer: Renderer, world_from_pano: NDArray[np.float64], jitter: int) -> _Seen:
        light, truth = [], []
        for grid, lens in zip(self._grids, self._lenses, strict=True):
            shift = transform(np.eye(3), lens.pano_from_lens[:3, 3])
            view = renderer.view(grid, world_from_pano @ shift, jitter)
            light.append(view.radiance)
            truth.append(Truth(*view[1:]))
        return _Seen(light, truth)

    def developed(self, seen: _Seen, gain: float, index: int) -> NDArray[np.uint8]:
        """Return one picture per lens, each at its place in the topic's image."""
        rng = np.random.default_rng([int(GENERATOR_VERSION), index])
        pictures = [develop(light, clean_sensor(), rng, gain) for light in seen.light]
        image = np.zeros((*self._shape, 3), np.uint8)
        for lens, picture in zip(self._lenses, pictures, strict=True):
            image[self._place(lens)] = picture
        return image

    def truth(self, seen: _Seen) -> Truth:
        """Return the truth of the topic's whole image."""
        labels = np.full(self._shape, 255, np.uint8)
        depth = np.full(self._shape, np.nan, np.float32)
        instances = np.zeros(self._shape, np.int32)
        for lens, truth in zip(self._lenses, seen.truth, strict=True):
            place = self._place(lens)
            labels[place], depth[place], instances[place] = truth
        return Truth(labels, depth, instances)

    @property
    def _shape(self) -> tuple[int, int]:
        width, height = self._lenses[0].source_size
        return height, width

    def _place(self, lens: RigLens) -> tuple[slice, slice]:
        x, y, w, h = lens.crop or (0, 0, *lens.source_size)
        return slice(y, y + h), slice(x, x + w)


def _stacked(seen: Mapping[str, _Seen]) -> F32:
    """Return all light (N, 1, 3) of a moment."""
    flat = [light.reshape(-1, 1, 3) for one in seen.values() for light in one.light]
    return np.concatenate(flat)


def mounted(
    rig: Rig, height_m: float | None = None, tilt_deg: tuple[float, float] = (0.0, 0.0)
) -> Rig:
    """Return a rig whose panorama centre is so high above the ground, leaning further.

    Args:
        rig: the cameras; they keep their places against each other.
        height_m: of the panorama's centre; as the rig says when None.
        tilt_deg: roll and pitch of the whole rig, about its own centre.

    Raises:
        SyntheticError: if the height is out of range.
    """
    if height_m is not None and not 0.0 < height_m <= _HIGHEST_M:
        raise SyntheticError(f'height must be above 0 to {_HIGHEST_M:g} m, got {height_m}')
    pose = rig.base_from_pano.copy()
    pose[:3, :3] = rotation_from_rpy_deg(*tilt_deg, 0.0) @ pose[:3, :3]
    if height_m is not None:
        pose[2, 3] = height_m
    pose.setflags(write=False)
    return replace(rig, base_from_pano=pose)
