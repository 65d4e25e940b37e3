"""Riders: bodies that sit on a saddle, hold a bar and tread on pedals.

Convention: as in people_poses.py.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.people_body import dress, full_helmet
from panoseg_ros.synthetic.assets.people_clothes import Outfit
from panoseg_ros.synthetic.assets.people_poses import (
    FOREARM,
    SHANK,
    SIDES,
    THIGH,
    UPPER_ARM,
    Joints,
    Stance,
    joints,
    two_bones,
    walk,
)
from panoseg_ros.synthetic.assets.people_things import baggage
from panoseg_ros.synthetic.assets.solids import Point, Solids, vec
from panoseg_ros.synthetic.mesh import Mesh


class Contacts(NamedTuple):
    """Where a machine meets its rider, metres."""

    saddle: Point
    grip: Point  # the middle between the hands
    half: float  # from there to each hand
    feet: Point  # (2, 3) balls of the feet
    lean: float  # of the trunk, rad


def ride(rng: np.random.Generator, outfit: Outfit, at: Contacts, helmet: str, visor: int) -> Mesh:
    """Return a rider of the label rider; `helmet` is '', 'helmet' or 'full'."""
    small = at.saddle[2] < 0.75 and at.half < 0.25
    height = float(rng.uniform(1.1, 1.35) if small else rng.uniform(1.55, 1.9))
    lean = at.lean + rng.normal(0, 0.06)
    body = joints(height, Stance(lean=lean, nod=-0.3 * lean, look=rng.normal(0, 0.2)))
    body = astride(body, height, at)
    worn = outfit._replace(baggage=outfit.baggage if outfit.baggage == 'rucksack' else '')
    if helmet:
        worn = worn._replace(hat='helmet' if helmet == 'helmet' else '', hood=False)
    solids = Solids(ids.RIDER)
    dress(solids, body, height, worn, seated=True)
    if helmet == 'full':
        full_helmet(solids, body, height, outfit.bag, visor)
    if worn.baggage:
        baggage(solids, body, height, worn.baggage, outfit.bag, rng)
    return solids.mesh()


def astride(body: Joints, height: float, at: Contacts) -> Joints:
    """Return the joints moved onto the saddle, with hands and feet where they belong."""
    shift = at.saddle + vec(0, 0, 0.055 * height) - body.legs[:, 0].mean(0)
    legs, arms = body.legs + shift, body.arms + shift
    toes = np.tile(vec(1.0, 0.0, -0.1), (2, 1))
    for k, side in enumerate(SIDES):
        ankle = at.feet[k] + vec(-0.09, 0, 0.07)
        legs[k, 1:] = two_bones(
            legs[k, 0], ankle, THIGH * height, SHANK * height, vec(1.0, 0.25 * side, 0.4)
        )
        hand = at.grip + vec(-0.03, side * at.half, 0.03)
        arms[k, 1:] = two_bones(
            arms[k, 0], hand, UPPER_ARM * height, FOREARM * height, vec(-0.2, 0.8 * side, -0.8)
        )
    return body._replace(
        pelvis=body.pelvis + shift,
        chest=body.chest + shift,
        neck=body.neck + shift,
        head=body.head + shift,
        legs=legs,
        toes=toes,
        arms=arms,
    )


def on_foot(rng: np.random.Generator, outfit: Outfit, grip: Point) -> Mesh:
    """Return a person who walks on the right of a bar and holds it with the left hand."""
    height, beside = float(rng.uniform(1.55, 1.88)), -0.48
    body = joints(height, walk(rng, None))
    shift = vec(grip[0] - 0.25, beside, 0.0)
    arms = body.arms.copy()
    for k, side in enumerate(SIDES):
        if k == 0 and rng.random() < 0.5:
            continue
        hand = grip + vec(-0.02, side * 0.25, 0.02) - shift
        arms[k, 1:] = two_bones(
            arms[k, 0], hand, UPPER_ARM * height, FOREARM * height, vec(-0.5, 0.3 * side, -0.8)
        )
    solids = Solids(ids.PERSON)
    plain = outfit if outfit.baggage in ('rucksack', 'shoulder') else outfit._replace(baggage='')
    dress(solids, body._replace(arms=arms), height, plain, seated=False)
    if plain.baggage:
        baggage(solids, body, height, plain.baggage, outfit.bag, rng)
    mesh = solids.mesh()
    return mesh._replace(corners=(mesh.corners + shift).astype(np.float32))
