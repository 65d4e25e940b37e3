"""People: alone, in groups, with children, umbrellas, bags, prams and boxes.

Convention: standing on z = 0 at the origin, facing +x. The meshes number their people from 1
(`Mesh.instances`); what has no class carries the number 0.
"""

import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import people_things as things
from panoseg_ros.synthetic.assets.people_body import dress
from panoseg_ros.synthetic.assets.people_clothes import (
    Outfit,
    Wardrobe,
    fabric,
    random_outfit,
    random_wardrobe,
)
from panoseg_ros.synthetic.assets.people_poses import POSES, Joints, joints
from panoseg_ros.synthetic.assets.solids import Point, Solids, vec
from panoseg_ros.synthetic.mesh import Mesh, counted, join, moved
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

__all__ = [
    'Outfit',
    'Wardrobe',
    'crowd',
    'passer_by',
    'person',
    'random_height',
    'random_outfit',
    'random_wardrobe',
    'seated',
    'wheelchair_user',
]

_SEATED = ('sit', 'steps', 'ground', 'wheelchair', 'crouch')  # no skirt hangs down


def random_height(rng: np.random.Generator, wardrobe: Wardrobe) -> float:
    """Draw a height in metres, of an adult or a child."""
    if rng.random() < wardrobe.children:
        return float(rng.uniform(0.95, 1.5))
    return float(np.clip(rng.normal(*wardrobe.height), 1.45, 2.02))


def person(
    rng: np.random.Generator,
    outfit: Outfit,
    height_m: float,
    pose: str,
    stride_rad: float | None = None,
) -> Mesh:
    """Return a person in one of the `POSES`; 'sit' is on a seat 0.45 m high.

    `stride_rad` sets how far the legs swing apart, instead of a random angle; the same
    `rng` state with another stride is the same person a moment later.
    """
    solids, _ = _figure(rng, outfit, height_m, pose, stride_rad)
    return counted(solids.mesh(), 1)


def _figure(
    rng: np.random.Generator,
    outfit: Outfit,
    height: float,
    pose: str,
    stride_rad: float | None = None,
    label: int = ids.PERSON,
) -> tuple[Solids, Joints]:
    """Return a person's parts and joints; two-handed poses carry no bag in the hand."""
    stance = POSES[pose](rng, stride_rad)
    body = joints(height, stance, outfit.shoulders, outfit.hips)
    solids = Solids(label)
    dress(solids, body, height, outfit, pose in _SEATED)
    worn = outfit.baggage in ('rucksack', 'shoulder')
    if worn or (outfit.baggage and pose == 'walk' and stance.hands == (None, None)):
        things.baggage(solids, body, height, outfit.baggage, outfit.bag, rng)
    if pose == 'carry':
        things.carried_box(solids, body, outfit.bag, rng)
    if pose == 'umbrella':
        things.umbrella(solids, body, outfit.bag, outfit.shoes, rng)
    return solids, body


def _dark(rng: np.random.Generator, materials: Materials) -> int:
    return materials.add(mat.PLAIN, [palette.metal(rng)], [0.2, 0.3])


def passer_by(
    rng: np.random.Generator,
    materials: Materials,
    wardrobe: Wardrobe | None = None,
    rain: bool = False,
) -> Mesh:
    """Return whoever comes along a pavement: mostly one who walks, also pairs and prams."""
    w = wardrobe or random_wardrobe(rng)
    outfit, height = random_outfit(rng, materials, w), random_height(rng, w)
    kind = rng.random()
    if kind < 0.05:
        return _with_pram(rng, materials, w, outfit)
    if kind < 0.09:
        return _with_suitcase(rng, materials, outfit)
    if kind < 0.09 + 0.4 * w.children:
        return _with_child(rng, materials, w, outfit)
    if kind > 0.985:
        return _on_a_step(rng, materials, outfit, height)
    if rain and rng.random() < 0.55:
        return person(rng, outfit, max(height, 1.4), 'umbrella')
    poses, weights = zip(*_ON_THE_WAY, strict=True)
    return person(rng, outfit, height, str(rng.choice(poses, p=weights)))


_ON_THE_WAY = (
    ('walk', 0.62),
    ('stand', 0.2),
    ('run', 0.04),
    ('carry', 0.03),
    ('bend', 0.03),
    ('crouch', 0.02),
    ('wave', 0.015),
    ('point', 0.015),
    ('umbrella', 0.01),
    ('ground', 0.02),
)


def _with_pram(
    rng: np.random.Generator, materials: Materials, w: Wardrobe, outfit: Outfit
) -> Mesh:
    solids, body = _figure(rng, outfit, float(rng.uniform(1.55, 1.85)), 'push')
    handle = float(body.arms[:, 2, 0].mean()) + 0.08
    cloth = fabric(rng, materials, w)
    cart = things.pram(rng, handle, cloth, _dark(rng, materials))
    return join([counted(solids.mesh(), 1), cart.mesh()])


def _with_suitcase(rng: np.random.Generator, materials: Materials, outfit: Outfit) -> Mesh:
    plain = outfit._replace(baggage='')
    solids, body = _figure(rng, plain, float(rng.uniform(1.55, 1.85)), 'walk')
    shell = materials.add(mat.GLOSS, [palette.coat(rng)], [0.15])
    case = things.suitcase(rng, body, shell, _dark(rng, materials))
    return join([counted(solids.mesh(), 1), case.mesh()])


def _with_child(
    rng: np.random.Generator, materials: Materials, w: Wardrobe, outfit: Outfit
) -> Mesh:
    tall, small = float(rng.uniform(1.58, 1.88)), float(rng.uniform(0.9, 1.3))
    parent = person(rng, outfit, tall, 'hand_in_hand')
    child = person(rng, random_outfit(rng, materials, w), small, 'walk')
    beside = 0.5 if rng.random() < 0.5 else -0.5
    return join([parent, moved(counted(child, 2), (0.05, beside, 0.0))])


def _on_a_step(
    rng: np.random.Generator, materials: Materials, outfit: Outfit, height: float
) -> Mesh:
    stone = Solids(UNLABELLED)
    size = (rng.uniform(0.35, 0.6), rng.uniform(0.5, 1.6), 0.30)
    stone.box(size, (-0.08, 0, 0), materials.add(mat.PLAIN, [palette.stone(rng)], [0.4, 0.5]))
    return join([person(rng, outfit, height, 'steps'), stone.mesh()])


def seated(
    rng: np.random.Generator, materials: Materials, wardrobe: Wardrobe | None = None
) -> Mesh:
    """Return a person who sits on a seat 0.45 m high."""
    w = wardrobe or random_wardrobe(rng)
    return person(rng, random_outfit(rng, materials, w), random_height(rng, w), 'sit')


def wheelchair_user(
    rng: np.random.Generator, materials: Materials, wardrobe: Wardrobe | None = None
) -> Mesh:
    """Return a person in a wheelchair: a rider by Cityscapes' rule, the chair has no class."""
    w = wardrobe or random_wardrobe(rng)
    outfit = random_outfit(rng, materials, w)._replace(baggage='')
    solids, _ = _figure(rng, outfit, 1.68, 'wheelchair', label=ids.RIDER)
    chair = things.wheelchair(rng, 0.5, fabric(rng, materials, w), _dark(rng, materials))
    return join([counted(solids.mesh(), 1), chair.mesh()])


def crowd(
    rng: np.random.Generator,
    materials: Materials,
    count: int,
    wardrobe: Wardrobe | None = None,
    rain: bool = False,
) -> Mesh:
    """Return people close together: who stand about, wait in a row or walk abreast."""
    w = wardrobe or random_wardrobe(rng)
    kind = str(rng.choice(['circle', 'row', 'abreast'], p=[0.5, 0.2, 0.3]))
    group = []
    for index in range(count):
        outfit, height = random_outfit(rng, materials, w), random_height(rng, w)
        pose = 'walk' if kind == 'abreast' else 'stand'
        if kind != 'abreast' and rng.random() < 0.15:
            pose = str(rng.choice(['point', 'wave', 'crouch', 'carry']))
        if rain and rng.random() < 0.4:
            pose, height = 'umbrella', max(height, 1.4)
        figure = counted(person(rng, outfit, height, pose), index + 1)
        at, yaw = _place(rng, kind, index, count)
        group.append(moved(figure, at, yaw))
    return join(group)


def _place(rng: np.random.Generator, kind: str, index: int, count: int) -> tuple[Point, float]:
    """Return where the next of a group stands, about 0.7 m from the others, and which way."""
    offset = index - 0.5 * (count - 1)
    if kind == 'row':
        return vec(0.75 * offset, rng.normal(0, 0.12), 0.0), float(rng.normal(0, 0.3))
    if kind == 'abreast':
        return vec(rng.normal(0, 0.15), 0.62 * offset, 0.0), float(rng.normal(0, 0.08))
    angle = 2 * np.pi * index / max(count, 1) + rng.normal(0, 0.2)
    radius = 0.0 if count == 1 else 0.3 + 0.12 * count
    at = vec(radius * np.cos(angle), radius * np.sin(angle), 0.0)
    return at, float(angle + np.pi + rng.normal(0, 0.5))
