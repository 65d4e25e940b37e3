"""Where cameras stand in a world and what they record there."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.recording.sensor import auto_exposure, develop, random_sensor
from panoseg_ros.synthetic.rendering.render import RayGrid, Renderer, View, panorama_rays
from panoseg_ros.synthetic.scenes.world import Spot, World, camera_pose, random_spot

HEIGHTS_M = (0.4, 2.5)
TILT_DEG = 4.0  # at most, about each of two axes
_PROBE = PanoramaGeometry(32, 64)
_ROOM_M = 0.35  # hardly anything but the ground may be nearer than this


class Shot(NamedTuple):
    """One recorded picture with its truth."""

    image: NDArray[np.uint8]  # (H, W, 3) RGB
    labels: NDArray[np.uint8]  # (H, W)
    depth: NDArray[np.float32]  # (H, W) metres along the ray, +inf in the sky
    instances: NDArray[np.int32]  # (H, W) numbers of single objects, 0 = none
    world_from_camera: NDArray[np.float64]  # (4, 4)


class Stand(NamedTuple):
    """Where a camera stands: a spot, its height above it, its angles against the road there."""

    spot: Spot
    height_m: float
    rpy_deg: tuple[float, float, float]

    def pose(self, world: World) -> NDArray[np.float64]:
        """Return world_from_camera (4, 4)."""
        return camera_pose(world, self.spot, self.height_m, self.rpy_deg)

    def tilted(self, rng: np.random.Generator, most_deg: float) -> 'Stand':
        """Return the same stand and heading, tilted by 0 to `most_deg` about any level axis."""
        tilt, towards = most_deg * rng.random(), 2 * np.pi * rng.random()
        roll, pitch = tilt * float(np.cos(towards)), tilt * float(np.sin(towards))
        return self._replace(rpy_deg=(roll, pitch, self.rpy_deg[2]))


def random_stand(
    world: World,
    renderer: Renderer,
    rng: np.random.Generator,
    heights_m: tuple[float, float] = HEIGHTS_M,
) -> Stand:
    """Draw a stand within the heights, tilted up to 4 degrees about two axes, any yaw.

    Places inside or right beside an object are passed over, up to 25 times.
    """
    grid = panorama_rays(_PROBE)
    for _ in range(25):
        roll, pitch = np.clip(rng.normal(0, 1.5, 2), -TILT_DEG, TILT_DEG)
        height, yaw = float(rng.uniform(*heights_m)), float(rng.uniform(-180, 180))
        spot = random_spot(world, rng)
        stand = Stand(spot, height, (float(roll), float(pitch), yaw))
        labels, depth, _ = renderer.truth(grid, stand.pose(world))
        stands_on_ground = depth[-1].min() > 0.9 * height
        above = labels[: len(labels) // 2]  # all building inside a house, not under an arcade
        outdoors = (above == ids.BUILDING).mean() < 0.85
        if stands_on_ground and outdoors and (depth[:20] < _ROOM_M).mean() < 0.01:
            break
    return stand


def random_pose(world: World, renderer: Renderer, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the pose (4, 4) of a random stand."""
    return random_stand(world, renderer, rng).pose(world)


class Weathered(Protocol):
    """Light that says which weather it is of."""

    @property
    def weather(self) -> str:
        """Return the weather's name."""
        ...


class Seen(Protocol):
    """A world that is ready to be seen from any place."""

    @property
    def sky(self) -> Weathered:
        """Return the light of the world."""
        ...

    def view(self, grid: RayGrid, world_from_camera: NDArray[np.float64], jitter: int) -> View:
        """Return picture, labels and depth from a pose (4, 4)."""
        ...


def take(
    renderer: Seen, grid: RayGrid, pose: NDArray[np.float64], rng: np.random.Generator
) -> Shot:
    """Record one view with a random camera, as cameras are in that weather."""
    view = renderer.view(grid, pose, int(rng.integers(1 << 20)))
    gain = auto_exposure(view.radiance)
    sensor = random_sensor(rng, renderer.sky.weather, _is_panorama(grid))
    image = develop(view.radiance, sensor, rng, gain)
    return Shot(image, view.labels, view.depth, view.instances, pose)


def _is_panorama(grid: RayGrid) -> bool:
    """Return whether the left and right borders of the picture see the same."""
    row = grid.centre[len(grid.centre) // 2]
    return bool(row[0] @ row[-1] > np.cos(4 * np.pi / len(row)))
