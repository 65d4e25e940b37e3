"""Where cameras stand in a world and what they record there."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.recording.sensor import auto_exposure, develop, random_sensor
from panoseg_ros.synthetic.rendering.render import RayGrid, Renderer, panorama_rays
from panoseg_ros.synthetic.scenes.world import World, camera_pose, random_spot

_PROBE = PanoramaGeometry(32, 64)
_ROOM_M = 0.7  # hardly anything but the ground may be nearer than this


class Shot(NamedTuple):
    """One recorded panorama with its truth."""

    image: NDArray[np.uint8]  # (H, W, 3) RGB
    labels: NDArray[np.uint8]  # (H, W)
    depth: NDArray[np.float32]  # (H, W) metres along the ray, +inf in the sky
    instances: NDArray[np.int32]  # (H, W) numbers of single objects, 0 = none
    world_from_camera: NDArray[np.float64]  # (4, 4)


def random_pose(world: World, renderer: Renderer, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a pose 0.5 to 2.2 m above the ground, tilted by up to 4 degrees, any yaw.

    Places inside or right beside an object are passed over, up to 25 times.
    """
    grid = panorama_rays(_PROBE)
    for _ in range(25):
        tilt = np.clip(rng.normal(0, 1.5, 2), -4.0, 4.0)
        height, yaw = float(rng.uniform(0.5, 2.2)), float(rng.uniform(-180, 180))
        pose = camera_pose(world, random_spot(world, rng), height, (tilt[0], tilt[1], yaw))
        labels, depth, _ = renderer.truth(grid, pose)
        stands_on_ground = depth[-1].min() > 0.9 * height
        outdoors = (labels[0] == ids.BUILDING).mean() < 0.5
        if stands_on_ground and outdoors and (depth[:20] < _ROOM_M).mean() < 0.01:
            break
    return pose


def take(
    renderer: Renderer, grid: RayGrid, pose: NDArray[np.float64], rng: np.random.Generator
) -> Shot:
    """Record one view with a random camera."""
    view = renderer.view(grid, pose, int(rng.integers(1 << 20)))
    gain = auto_exposure(view.radiance)
    image = develop(view.radiance, random_sensor(rng), rng, gain)
    return Shot(image, view.labels, view.depth, view.instances, pose)
