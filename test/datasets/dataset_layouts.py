"""Tiny artificial copies of the published layouts."""

import json
from pathlib import Path

import cv2
import numpy as np

HEIGHT, WIDTH = 4, 8
RED = (200, 30, 10)  # RGB of every image


def image(color=RED, height=HEIGHT, width=WIDTH):
    return np.full((height, width, 3), color, np.uint8)


def values(*present, height=HEIGHT, width=WIDTH):
    """Return labels that hold the given values in their first pixels, the last one elsewhere."""
    pixels = np.full(height * width, present[-1], np.uint8)
    pixels[: len(present)] = present
    return pixels.reshape(height, width)


def write(path: Path, pixels) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    on_disk = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    assert cv2.imwrite(str(path), on_disk)
    return path


def cityscapes(root, split='val', labels=None, suffix='labelIds', height=HEIGHT):
    for city, number in (('ulm', 1), ('aachen', 0)):
        stem = f'{city}_{number:06d}_000019'
        write(root / f'leftImg8bit/{split}/{city}/{stem}_leftImg8bit.png', image(height=height))
        truth = values(7, 8, 33, 0, 255, 24) if labels is None else labels
        write(root / f'gtFine/{split}/{city}/{stem}_gtFine_{suffix}.png', truth)
    return root


def densepass(root, labels=None, ending='', height=HEIGHT):
    for number in (10, 2):
        write(root / f'leftImg8bit/val/cs/{number}{ending}.png', image(height=height))
        truth = values(0, 12, 16, 255, 18) if labels is None else labels
        write(root / f'gtFine/val/cs/{number}_labelTrainIds.png', truth)
    write(root / 'leftImg8bit/train/oslo/1.png', image(height=height))
    return root


def synpass(root, labels=None, height=HEIGHT):
    for weather in ('cloud', 'fog', 'rain', 'sun'):
        for point in ('MAP_6_point1', 'MAP_6_point2'):
            where = f'{weather}/val/{point}/000001'
            write(root / f'img/{where}.jpg', image(height=height))
            truth = values(*range(23)) if labels is None else labels
            write(root / f'semantic/{where}_trainID.png', truth)
    (root / 'all_map_day_val.txt').write_text('MAP_6_point2\n')
    (root / 'all_map_night_val.txt').write_text('MAP_6_point1\n')
    return root


INSTANCES = [
    '<UNK>_0_<UNK>_0_0',
    'beam_1_hallway_1_2',
    'chair_3_office_7_2',
    'window_1_office_1_1',
]
INSTANCES += ['wall_1_office_1_1'] * 300 + ['sofa_1_lounge_1_3']  # number 304


def stanford_labels():
    """Return a label picture: one pixel each of some instances, one unknown, the rest walls."""
    colors = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    colors[..., 2] = 200
    colors[0, :5] = [(0, 0, 1), (0, 0, 2), (0, 0, 3), (0, 1, 48), (13, 13, 13)]
    colors[0, 5] = (0, 0, 0)
    colors[0, 6] = (0, 1, 49)  # the number after the last name
    return colors


def stanford2d3d(root, areas=('1', '2', '3', '4', '5a', '5b', '6'), labels=None):
    for area in areas:
        for kind, stem in (('data', 'camera_1_office_1_frame_0_domain'), ('pano', 'camera_1_p')):
            picture = image()
            picture[-1, -1] = 0
            write(root / f'area_{area}/{kind}/rgb/{stem}_rgb.png', picture)
            truth = stanford_labels() if labels is None else labels
            write(root / f'area_{area}/{kind}/semantic/{stem}_semantic.png', truth)
    (root / 'assets').mkdir(exist_ok=True)
    (root / 'assets/semantic_labels.json').write_text(json.dumps(INSTANCES))
    return root


def structured3d(root, scenes=(0, 2999, 3000, 3249, 3250), labels=None, height=HEIGHT):
    for scene in scenes:
        folder = root / f'scene_{scene:05d}/2D_rendering/485142/panorama/full'
        write(folder / 'rgb_rawlight.png', image(height=height))
        truth = values(1, 2, 3, 5, 6, 22, 0, 40) if labels is None else labels
        write(folder / 'semantic.png', truth)
    return root
