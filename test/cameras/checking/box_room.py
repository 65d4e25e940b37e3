"""A textured room, 2 to 20 m away, as the lenses of a rig see it from where they are."""

import dataclasses

import cv2
import numpy as np

from panoseg_ros.cameras import KannalaBrandt, Rig, RigLens
from panoseg_ros.geometry import BODY_FROM_OPTICAL, rotation_from_rpy_deg, transform

LOW, HIGH = np.array([-14.0, -5.0, -2.0]), np.array([16.0, 7.0, 8.0])
METRES_PER_TEXEL = 0.05


def turn_by(rng, degrees):
    axis = rng.standard_normal(3)
    return cv2.Rodrigues(np.deg2rad(degrees) * axis / np.linalg.norm(axis))[0]


def fisheye(side=480, max_angle_deg=100.0):
    focal = side / 960 * 270.0
    centre = side / 2 - 0.5
    return KannalaBrandt((side, side), focal, focal, centre, centre, (0.0,) * 4, max_angle_deg)


def dual_rig(lens=None, baseline_m=0.03):
    lens = lens or fisheye()
    lenses = []
    for name, yaw, x in (('front', 0.0, 0.5), ('back', 180.0, -0.5)):
        mount = transform(
            rotation_from_rpy_deg(0, 0, yaw) @ BODY_FROM_OPTICAL, [x * baseline_m, 0, 0]
        )
        lenses.append(RigLens(name, lens, f'{name}/image', lens.size, None, mount))
    return Rig('room', tuple(lenses), np.eye(4))


def turned_wrongly(rig, name, turn):
    """Return the rig with one lens turned by (3, 3) in the panorama frame."""
    lenses = []
    for entry in rig.lenses:
        mount = entry.pano_from_lens.copy()
        if entry.name == name:
            mount[:3, :3] = turn @ mount[:3, :3]
        lenses.append(dataclasses.replace(entry, pano_from_lens=mount))
    return dataclasses.replace(rig, lenses=tuple(lenses))


def pictures(
    rig, world_from_pano=None, noise=2.0, gains=(1.0, 1.0, 1.0, 1.0), seed=5, speckles=18.0
):
    """Return what every lens sees, (H, W, 3) uint8 by name; black beyond its field of view."""
    pose = np.eye(4) if world_from_pano is None else world_from_pano
    walls = _textures(seed, speckles)
    rng = np.random.default_rng(seed)
    seen = {}
    for entry, gain in zip(rig.lenses, gains, strict=False):
        width, height = entry.lens.size
        u, v = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        world_from_lens = pose @ entry.pano_from_lens
        rays = entry.lens.unproject(np.stack([u, v], -1)) @ world_from_lens[:3, :3].T
        image = gain * _cast(rays, world_from_lens[:3, 3], walls)
        image = image + noise * rng.standard_normal(image.shape)
        image[~np.isfinite(rays[..., 0])] = 0.0
        seen[entry.name] = np.rint(np.clip(image, 0, 255)).astype(np.uint8)
    return seen


def _textures(seed, speckles):
    """Return one picture for each of the six sides: speckles of several sizes and windows."""
    rng = np.random.default_rng(seed)
    sides = []
    for side in range(6):
        picture = np.full((700, 700), 110.0, np.float32)
        for blur in (1.5, 4.0, 12.0):
            speckle = cv2.GaussianBlur(
                rng.standard_normal((700, 700)).astype(np.float32), (0, 0), blur
            )
            picture += speckles * speckle / speckle.std()
        if side < 4:  # upright windows on the walls
            for left in range(0, 700, 35):
                picture[20:120, left : left + 14] -= 60.0
        sides.append(cv2.merge([picture, 0.95 * picture, 0.9 * picture]))
    return sides


def _cast(rays, origin, walls):
    rays = np.where(np.isfinite(rays), rays, 1.0)
    with np.errstate(divide='ignore'):
        reach = np.where(rays > 0, (HIGH - origin) / rays, (LOW - origin) / rays)  # (H, W, 3)
    axis = reach.argmin(-1)
    points = origin + rays * reach.min(-1)[..., None] - LOW
    image = np.zeros((*axis.shape, 3), np.float32)
    for side in range(6):
        across = [(1, 2), (0, 2), (0, 1)][side // 2]
        at = (points[..., across] / METRES_PER_TEXEL).astype(np.float32)
        picture = cv2.remap(walls[side], at, None, cv2.INTER_LINEAR)
        forward = np.take_along_axis(rays, axis[..., None], -1)[..., 0] > 0
        chosen = (axis == side // 2) & (forward == bool(side % 2))
        image[chosen] = picture[chosen]
    return image
