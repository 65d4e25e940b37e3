from dataclasses import dataclass, field

import numpy as np
import pytest

from panoseg_ros.frames import Segmentation
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.labels import load_label_set

ROAD, SKY = 0, 10


@dataclass
class Scene:
    """Flat ground at z = 0 with boxes and cylinders on it, cast exactly in the base frame."""

    height: int = 256
    width: int = 512
    camera_m: tuple = (0.0, 0.0, 1.2)
    rpy_deg: tuple = (0.0, 0.0, 0.0)
    things: list = field(default_factory=list)

    @property
    def geometry(self):
        return PanoramaGeometry(self.height, self.width)

    @property
    def base_from_pano(self):
        return transform(rotation_from_rpy_deg(*self.rpy_deg), self.camera_m)

    def box(self, low, high, label):
        """Add a box between two corners."""
        self.things.append((self._hit_box, (np.array(low, float), np.array(high, float)), label))
        return self

    def cylinder(self, x, y, radius, top, label):
        """Add an upright cylinder that stands on the ground."""
        self.things.append((self._hit_cylinder, (x, y, radius, top), label))
        return self

    def render(self, stamp_ns=0, robot_xy_yaw=(0.0, 0.0, 0.0)):
        """Return labels of full confidence, seen by a robot at this pose in the scene."""
        x, y, yaw = robot_xy_yaw
        rotation = rotation_from_rpy_deg(0.0, 0.0, np.rad2deg(yaw))
        pose = transform(rotation, [x, y, 0.0]) @ self.base_from_pano
        rays = self.geometry.rays().astype(float) @ pose[:3, :3].T
        origin = pose[:3, 3]
        with np.errstate(divide='ignore', invalid='ignore'):
            far = np.where(rays[..., 2] < 0.0, -origin[2] / rays[..., 2], np.inf)
            labels = np.where(np.isfinite(far), ROAD, SKY).astype(np.uint8)
            for hit, shape, label in self.things:
                t = hit(origin, rays, shape)
                nearer = t < far
                labels[nearer] = label
                far = np.where(nearer, t, far)
        full = np.full(labels.shape, 255, np.uint8)
        return Segmentation(stamp_ns, 'panorama_frame', labels, full)

    @staticmethod
    def _hit_box(origin, rays, shape):
        one, two = (shape[0] - origin) / rays, (shape[1] - origin) / rays
        enter = np.minimum(one, two).max(-1)
        leave = np.maximum(one, two).min(-1)
        return np.where((enter <= leave) & (enter > 0.0), enter, np.inf)

    @staticmethod
    def _hit_cylinder(origin, rays, shape):
        x, y, radius, top = shape
        a = rays[..., 0] ** 2 + rays[..., 1] ** 2
        b = rays[..., 0] * (origin[0] - x) + rays[..., 1] * (origin[1] - y)
        c = (origin[0] - x) ** 2 + (origin[1] - y) ** 2 - radius**2
        side = (-b - np.sqrt(b * b - a * c)) / a
        z = origin[2] + side * rays[..., 2]
        side = np.where((side > 0.0) & (z >= 0.0) & (z <= top), side, np.inf)
        lid = (top - origin[2]) / rays[..., 2]
        on_lid = a * lid**2 + 2.0 * b * lid + c <= 0.0
        return np.minimum(side, np.where(on_lid & (lid > 0.0), lid, np.inf))


@pytest.fixture
def scene():
    return Scene


@pytest.fixture(scope='session')
def label_set():
    return load_label_set('cityscapes19')


@pytest.fixture(scope='session')
def cells():
    """Return a function from a ground map to the x and y of its cell centres, (N, N) each."""

    def centres(ground):
        size = len(ground.combined)
        middle = (np.arange(size) + 0.5) * ground.resolution_m
        return np.meshgrid(middle + ground.origin_xy_m[0], middle + ground.origin_xy_m[1])

    return centres
