"""Buildings along the edge of a street, from cottages to towers.

Convention: a lot starts at the origin, runs along +x for its length and lies on the
side of +y; the street is on the side of -y. Facades face -y.
"""

import numpy as np

from panoseg_ros.synthetic.assets import landmarks, massing, roofs
from panoseg_ros.synthetic.assets.fronts import Front
from panoseg_ros.synthetic.assets.ornaments import dress
from panoseg_ros.synthetic.assets.skins import FacadeDesign, Skin, skin_of
from panoseg_ros.synthetic.chance import weighted
from panoseg_ros.synthetic.mesh import Mesh, join, moved
from panoseg_ros.synthetic.surfaces.materials import Materials

_FLAT_FORMS = {
    'block': 0.4,
    'ell': 0.1,
    'u': 0.06,
    'setback': 0.14,
    'stepped': 0.08,
    'lower_wing': 0.08,
    'podium': 0.14,
}
_PITCHED_FORMS = {
    'block': 0.5,
    'ell': 0.16,
    'u': 0.05,
    'gables': 0.12,
    'lower_wing': 0.12,
    'setback': 0.05,
}

_ROOFS = dict(zip(roofs.PITCHED, (0.36, 0.16, 0.2, 0.06, 0.1, 0.06, 0.06), strict=True))


def building(
    rng: np.random.Generator,
    materials: Materials,
    design: FacadeDesign,
    size: tuple[float, float, float],
    foot: tuple[float, float, float],
    pitched: bool,
    detailed: bool = True,
) -> Mesh:
    """Return a building of size (length, depth, height) with its front corner at foot.

    Roofs and towers rise above the height; balconies, awnings and bay windows reach up to
    1.6 m in front of the corner. Without `detailed` it is a bare body, for the distance.
    """
    if detailed:
        special = landmarks.choose(rng, size, pitched)
        if special is not None:
            return moved(special(rng, materials, design, size), foot)
    skin = skin_of(rng, materials, design, size[0], size[2])
    form = weighted(rng, _PITCHED_FORMS if pitched else _FLAT_FORMS)
    kind = weighted(rng, _ROOFS)
    wings = massing.wings(rng, form, size, skin.storey_m, kind if pitched else 'flat')
    parts = []
    for wing in wings:
        parts.append(massing.prism(massing.rectangle(wing.plan), wing.low, wing.high, skin))
        parts += _covered(rng, wing, skin, detailed)
    if detailed:
        front = wings[-1] if form == 'lower_wing' else wings[0]
        if form not in ('ell', 'u'):
            parts += dress(rng, materials, _front_of(front, skin), design, skin)
        if rng.random() < 0.05 and size[2] > 5.0:
            parts.append(_corner_tower(rng, size, skin))
    return moved(join(parts), foot)


def _front_of(wing: massing.Wing, skin: Skin) -> Front:
    plan, tall = wing.plan, wing.high - wing.low
    wide = plan.x1 - plan.x0
    return Front(
        plan.x0,
        plan.y0,
        wide,
        tall,
        max(1, round(wide / skin.bay_m)),
        max(1, round(tall / skin.storey_m)),
    )


def _covered(
    rng: np.random.Generator, wing: massing.Wing, skin: Skin, detailed: bool
) -> list[Mesh]:
    """Return the roof of a wing with dormers and chimneys."""
    plan, kind = wing.plan, wing.roof
    span = plan.x1 - plan.x0 if kind == 'gable_street' else plan.y1 - plan.y0
    steep = kind in ('mansard', 'gambrel')
    rise = {'shed': 0.18, 'mansard': 0.34, 'gambrel': 0.45}.get(kind, rng.uniform(0.25, 0.6))
    rise = float(np.clip(rise * span, 1.0, 5.5))
    parts = [roofs.roof(rng, kind, plan, wing.high, rise, skin)]
    if not detailed or kind in ('flat', 'shed'):
        return parts
    if kind != 'gable_street' and rise > 2.0 and rng.random() < (0.8 if steep else 0.3):
        parts.append(roofs.dormers(rng, plan, wing.high, rise, steep, skin))
    if rng.random() < 0.55:
        parts.append(roofs.chimneys(rng, plan, wing.high, rise, skin))
    return parts


def _corner_tower(rng: np.random.Generator, size: tuple[float, float, float], skin: Skin) -> Mesh:
    """Return a turret at a front corner with a pointed or bulbous roof."""
    radius, sides = rng.uniform(1.3, 2.4), int(rng.choice([4, 6, 8, 12]))
    x = radius * 0.8 if rng.random() < 0.5 else size[0] - 0.8 * radius
    top = size[2] + rng.uniform(0.5, 3.0)
    body = massing.prism(massing.regular((x, 0.8 * radius), radius, sides), 0.0, top, skin)
    cap = roofs.spire(
        (x, 0.8 * radius, top),
        radius,
        radius * rng.uniform(0.8, 2.6),
        sides,
        skin,
        rng.random() < 0.3,
    )
    return join([body, cap])
