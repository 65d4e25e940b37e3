"""Traffic signs, street names, guide signs and displays, on posts and gantries.

Convention: standing on z = 0 at the origin; the side that drivers look at faces +x.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.rods import rods
from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import Mesh, box, fan, join, moved, quads, tube
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces import pictograms as pic
from panoseg_ros.synthetic.surfaces.materials import Materials

_RED, _BLUE, _GREEN = (0.55, 0.02, 0.03), (0.03, 0.12, 0.48), (0.02, 0.24, 0.10)
_WHITE, _BLACK, _BROWN = (0.78, 0.78, 0.76), (0.03, 0.03, 0.03), (0.16, 0.06, 0.03)
_YELLOW, _ORANGE = (0.72, 0.5, 0.03), (0.75, 0.22, 0.02)

# Texture coordinates of a rectangle that shows a whole sign, from its lower left corner.
SIGN_UV = [(-1, -1), (1, -1), (1, 1), (-1, 1)]


class _Face(NamedTuple):
    """A kind of sign: colours of border, field and mark, designs, corners, width, weight."""

    border: palette.Color
    field: palette.Color
    mark: palette.Color
    designs: tuple[int, ...]
    sides: int  # 0 = rectangle
    wide: tuple[float, float]  # width over height of rectangles
    weight: float


_R, _W, _K = _RED, _WHITE, _BLACK
_FACES = (
    _Face(_R, _W, _K, (pic.RING, pic.NUMBER, pic.FIGURE, pic.SLASH), 16, (1, 1), 0.16),
    _Face(_R, _W, _K, (pic.FIELD, pic.FIGURE, pic.ARROW), 3, (1, 1), 0.11),
    _Face(_R, _YELLOW, _K, (pic.FIELD, pic.FIGURE), 3, (1, 1), 0.03),
    _Face(_R, _W, _W, (pic.FIELD,), -3, (1, 1), 0.05),  # give way
    _Face(_W, _BLUE, _W, (pic.ARROW, pic.FIGURE, pic.RING), 16, (1, 1), 0.1),
    _Face(_R, _BLUE, _R, (pic.SLASH,), 16, (1, 1), 0.08),
    _Face(_W, _R, _W, (pic.BAR,), 16, (1, 1), 0.05),
    _Face(_W, _R, _W, (pic.NUMBER, pic.TEXT), 8, (1, 1), 0.06),
    _Face(_W, _YELLOW, _YELLOW, (pic.FIELD,), 4, (1, 1), 0.05),
    _Face(_K, _YELLOW, _K, (pic.FIELD, pic.ARROW, pic.FIGURE), 4, (1, 1), 0.06),
    _Face(_W, _BLUE, _W, (pic.LETTER, pic.FIGURE, pic.FIELD), 0, (0.8, 1.2), 0.1),
    _Face(_W, _BLUE, _W, (pic.TEXT,), 0, (2.5, 5.0), 0.03),
    _Face(_K, _W, _K, (pic.TEXT, pic.ARROW, pic.NUMBER), 0, (0.6, 1.6), 0.06),
    _Face(_W, _R, _W, (pic.CHEVRON,), 0, (0.25, 3.0), 0.03),
    _Face(_K, _ORANGE, _K, (pic.TEXT, pic.FIGURE, pic.ARROW), 0, (0.8, 1.3), 0.03),
)
_GUIDES = (_BLUE, _GREEN, _WHITE, _YELLOW, _BROWN, _ORANGE)


def _plate(
    outline: NDArray[np.float64], half: float, face: int, back: int, uv_wide: float = 1.0
) -> Mesh:
    """Return a flat plate over an outline (K, 3) at x = 0 facing +x, with a back."""
    front = fan(outline, ids.SIGN, face)
    scale = np.array([half * uv_wide, half])
    front = front._replace(uv=(front.corners[..., 1:] / scale).astype(np.float32))
    rear = fan(outline[::-1] - np.array([0.03, 0, 0]), ids.SIGN, back)
    return join([front, rear])


def _back(rng: np.random.Generator, materials: Materials) -> int:
    return materials.add(
        mat.PLAIN, [palette.hsv(rng, (0.5, 0.7), (0, 0.1), (0.1, 0.5))], [0.2, 0.3]
    )


def _bleached(color: palette.Color, pale: float) -> palette.Color:
    """Return a colour after years of sun and dirt, 0..1 of the way to a greyish tone."""
    grey = 0.12 + 0.6 * sum(color) / 3.0
    red, green, blue = (c + pale * (grey - c) for c in color)
    return (red, green, blue)


def sign_plate(rng: np.random.Generator, materials: Materials, size_m: float) -> Mesh:
    """Return a plate about `size_m` high, centred on the origin and facing +x."""
    weights = np.array([face.weight for face in _FACES])
    kind = _FACES[rng.choice(len(_FACES), p=weights / weights.sum())]
    design = float(rng.choice(kind.designs))
    glow = rng.uniform(0.2, 0.9) if rng.random() < 0.1 else 0.0
    pale = rng.uniform(0.1, 0.8) if rng.random() < 0.35 else 0.0
    face = materials.add(
        mat.SIGN,
        [
            _bleached(palette.near(rng, color), pale)
            for color in (kind.border, kind.field, kind.mark, kind.mark)
        ],
        [design, rng.uniform(0.06, 0.26), 0.0, glow],
    )
    back, half = _back(rng, materials), 0.5 * size_m
    if kind.sides == 0:
        wide = half * rng.uniform(*kind.wide)
        tall = half if wide < 1.6 * half else 0.5 * half
        outline = np.array(
            [[0, -wide, -tall], [0, wide, -tall], [0, wide, tall], [0, -wide, tall]]
        )
        return _plate(outline, tall, face, back, wide / tall)
    sides = abs(kind.sides)
    start = {3: np.pi / 2, 4: np.pi / 2, 8: np.pi / 8}.get(sides, 0.0)
    angle = start * np.sign(kind.sides) + np.linspace(0, 2 * np.pi, sides, endpoint=False)
    outline = np.stack([0 * angle, np.cos(angle), np.sin(angle)], 1) * half
    return _plate(outline, half, face, back)


def guide_plate(rng: np.random.Generator, materials: Materials, size: tuple[float, float]) -> Mesh:
    """Return a large sign of (width, height) with places and arrows, or a display."""
    wide, tall = 0.5 * size[0], 0.5 * size[1]
    field = pick(rng, _GUIDES)
    mark = _BLACK if sum(field) > 1.0 else _WHITE
    params = [float(rng.choice([pic.GUIDE, pic.TEXT])), 0.05, 0.0, rng.uniform(0.0, 0.5)]
    if rng.random() < 0.15:  # a display of lamps
        field, mark = _BLACK, (_YELLOW if rng.random() < 0.6 else _WHITE)
        params = [float(pic.DOTS), 0.06, 0.5, 0.6]
    face = materials.add(
        mat.SIGN,
        [palette.near(rng, mark), palette.near(rng, field), palette.near(rng, mark)],
        params,
    )
    outline = np.array([[0, -wide, -tall], [0, wide, -tall], [0, wide, tall], [0, -wide, tall]])
    return _plate(outline, tall, face, _back(rng, materials), wide / tall)


def sign_post(rng: np.random.Generator, materials: Materials, metal: int) -> Mesh:
    """Return up to three signs on a post, street names, or a low sign on an island."""
    kind = rng.random()
    if kind < 0.12:
        return _street_names(rng, materials, metal)
    height, size = rng.uniform(2.0, 3.4), rng.uniform(0.45, 0.95)
    if kind < 0.2:
        height = rng.uniform(0.9, 1.4)
    radius = rng.uniform(0.025, 0.05)
    parts = [tube((0, 0, 0), (0, 0, height), (radius, radius), ids.POLE, metal, 6)]
    z = height - 0.5 * size
    for _ in range(1 + int(rng.random() < 0.4) + int(rng.random() < 0.15)):
        if z < 0.5 * size:
            break
        side = np.pi if rng.random() < 0.08 else 0.0
        plate = moved(sign_plate(rng, materials, size), (0.05, 0, 0), side)
        parts.append(moved(plate, (0, 0, z)))
        z -= size * rng.uniform(0.85, 1.05)
        size *= rng.uniform(0.5, 0.95)
    return join(parts)


def _street_names(rng: np.random.Generator, materials: Materials, metal: int) -> Mesh:
    """Return blades with street names on a post, at right angles."""
    height, wide, tall = rng.uniform(2.4, 3.2), rng.uniform(0.6, 1.1), rng.uniform(0.12, 0.25)
    field = [_BLUE, _GREEN, _WHITE][rng.integers(3)]
    ink = _BLACK if sum(field) > 1.0 else _WHITE
    name = materials.add(mat.SIGN, [ink, palette.near(rng, field), ink], [pic.LETTER, 0.08])
    name_text = materials.add(mat.SIGN, [ink, palette.near(rng, field), ink], [pic.TEXT, 0.04])
    parts = [tube((0, 0, 0), (0, 0, height), (0.03, 0.03), ids.POLE, metal, 6)]
    for index, face in enumerate((name_text, name_text if rng.random() < 0.8 else name)):
        corners = np.array([[0.01, 0, 0], [0.01, wide, 0], [0.01, wide, tall], [0.01, 0, tall]])
        both = quads(
            [corners, corners[[1, 0, 3, 2]] - [0.02, 0, 0]], ids.SIGN, face, [SIGN_UV] * 2
        )
        parts.append(moved(both, (0, 0, height - (index + 1) * 1.2 * tall), index * np.pi / 2))
    return join(parts)


def gantry_sign(rng: np.random.Generator, materials: Materials, metal: int) -> Mesh:
    """Return a large guide sign on one or two posts, or on an arm over the road (-y)."""
    kind = rng.random()
    wide, tall = rng.uniform(1.2, 3.2), rng.uniform(0.7, 1.8)
    if kind < 0.3:
        high, reach = rng.uniform(5.0, 6.2), rng.uniform(2.5, 5.0)
        plates = [
            moved(guide_plate(rng, materials, (min(wide, 2.2), tall)), (0.14, -k, high))
            for k in (reach, reach - 2.4)[: 1 + int(rng.random() < 0.4 and reach > 3.8)]
        ]
        arm = rods(
            [(0, 0, high), (0, 0, high + 0.5), (0, 0, high)],
            [(0, -reach - 1, high), (0, -reach - 1, high + 0.4), (0, -reach, high + 0.45)],
            0.05,
            0.05,
            ids.POLE,
            metal,
            5,
        )
        pole = tube((0, 0, 0), (0, 0, high + 0.6), (0.14, 0.11), ids.POLE, metal, 8)
        return join([pole, arm, *plates])
    low = rng.uniform(0.6, 2.4)
    spread = 0.35 * wide if wide > 1.5 else 0.0
    posts = [
        tube((-0.08, y, 0), (-0.08, y, low + tall), (0.05, 0.05), ids.POLE, metal, 6)
        for y in sorted({-spread, spread})
    ]
    return join(
        [*posts, moved(guide_plate(rng, materials, (wide, tall)), (0.0, 0, low + 0.5 * tall))]
    )


def billboard(rng: np.random.Generator, materials: Materials, label: int, metal: int) -> Mesh:
    """Return a large advertisement on legs, without a class (`label`)."""
    wide, tall, low = rng.uniform(2.4, 5.0), rng.uniform(1.5, 3.0), rng.uniform(0.6, 2.6)
    paper = materials.add(
        mat.POSTER,
        [palette.coat(rng), palette.cloth(rng), palette.wall(rng)],
        [rng.uniform(0.1, 0.5)],
    )
    return join(
        [
            box((0.2, wide, tall), (0, 0, low), label, metal),
            box((0.22, wide - 0.2, tall - 0.2), (0, 0, low + 0.1), label, paper),
            box((0.15, 0.15, low), (0, -0.3 * wide, 0), label, metal),
            box((0.15, 0.15, low), (0, 0.3 * wide, 0), label, metal),
        ]
    )
