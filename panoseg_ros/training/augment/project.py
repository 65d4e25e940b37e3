"""Placing perspective pictures into a panorama, as if a camera had taken them there."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg
from panoseg_ros.training.augment.flat import yaw
from panoseg_ros.training.augment.picture import WHOLE, Image, Picture, Span

FOV_DEG = (60.0, 115.0)  # horizontal; wider than most cameras', so that more is filled
PITCH_DEG, ROLL_DEG = 12.0, 8.0  # largest


def collage(pictures: Sequence[Picture], rng: np.random.Generator, span: Span = WHOLE) -> Picture:
    """Return a panorama that shows perspective pictures at random poses around the camera.

    Each gets a field of view, pitch and roll of its own and an equal part of the turn to
    stand in; where they overlap the first wins. The rest is black and unlabelled.
    """
    shape = pictures[0].labels.shape
    canvas = Picture(np.zeros((*shape, 3), np.uint8), np.full(shape, UNLABELLED, np.uint8))
    for index, picture in enumerate(pictures):
        fov_deg, pitch, roll = rng.uniform(
            (FOV_DEG[0], -PITCH_DEG, -ROLL_DEG), (FOV_DEG[1], PITCH_DEG, ROLL_DEG)
        )
        image, labels, seen = project(picture, fov_deg, pitch, roll, span)
        jitter = rng.uniform(-0.15, 0.15)
        columns = round((index + jitter) / len(pictures) * shape[1])
        free = np.roll(canvas.labels == UNLABELLED, -columns, 1) & seen
        placed, truth, _ = yaw(canvas, -columns)
        placed[free], truth[free] = image[free], labels[free]
        canvas = yaw(Picture(placed, truth), columns)
    return canvas


def project(
    picture: Picture, fov_deg: float, pitch_deg: float, roll_deg: float, span: Span = WHOLE
) -> tuple[Image, Image, NDArray[np.bool_]]:
    """Return a picture as a panorama of `span` sees it straight ahead, and which pixels it fills.

    Convention: a perfect perspective camera with horizontal field of view `fov_deg` looks
    along +x of the panorama, then nose down by `pitch_deg` and right side down by
    `roll_deg`. Labels are the nearest pixel's.
    """
    height, width = picture.labels.shape
    ahead = np.s_[:, width // 4 : width - width // 4]  # the half turn that a picture can fill
    camera_from_pano = rotation_from_rpy_deg(roll_deg, pitch_deg, 0.0).T.astype(np.float32)
    rays = PanoramaGeometry(height, width, *span).rays()[ahead] @ camera_from_pano.T
    tangent = np.tan(np.deg2rad(fov_deg) / 2)
    depth = np.maximum(rays[..., 0], 1e-3)
    right = -rays[..., 1] / (depth * np.float32(tangent))  # -1..1 across the picture
    down = -rays[..., 2] / (depth * np.float32(tangent / picture.aspect))
    inside = (np.abs(right) < 1) & (np.abs(down) < 1) & (rays[..., 0] > 1e-3)
    x = (right.clip(-2, 2) + 1) * np.float32(width / 2) - np.float32(0.5)
    y = (down.clip(-2, 2) + 1) * np.float32(height / 2) - np.float32(0.5)
    image, labels = np.zeros_like(picture.image), np.full_like(picture.labels, UNLABELLED)
    edge = cv2.BORDER_REPLICATE
    image[ahead] = cv2.remap(picture.image, x, y, cv2.INTER_LINEAR, borderMode=edge)
    labels[ahead] = cv2.remap(picture.labels, x, y, cv2.INTER_NEAREST, borderMode=edge)
    seen = np.zeros((height, width), np.bool_)
    seen[ahead] = inside
    return image, labels, seen
