"""The look of any material at a point: one branch for each kind, compiled."""

from numba import njit

from panoseg_ros.synthetic.surfaces import grounds
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import textures as tex
from panoseg_ros.synthetic.surfaces.facades import facade
from panoseg_ros.synthetic.surfaces.pictograms import sign_face
from panoseg_ros.synthetic.surfaces.walls import wall


@njit(nogil=True)
def surface(kind, u, v, foot, c, p, prim, night, seed):  # type: ignore[no-untyped-def]  # noqa: PLR0911, PLR0912
    """Return (colour, mirror share, emission) of a material at texture coordinates.

    `prim` is the number of the triangle, `night` 0..1 says how far lamps and windows are
    lit, `seed` tells materials of one kind apart. Emission is a factor of the colour; a
    mirror share of 1 is that of a bare pane, coated glass reflects more.
    """
    if kind == mat.ASPHALT:
        return grounds.asphalt(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.PAVING:
        return tex.paving(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.GRASS:
        return grounds.grass(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.FOLIAGE:
        return tex.foliage(u, v, foot, c, p, prim, seed), 0.0, 0.0
    if kind == mat.FACADE:
        return facade(u, v, foot, c, p, night, seed)
    if kind == mat.PAINT:
        return tex.paint(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.GLOSS:
        color, clean = tex.gloss(u, v, foot, c, p, seed)
        return color, p[0] * clean, 0.0
    if kind == mat.GLASS:
        return tex.glass(u, v, c, p, night, seed)
    if kind == mat.SIGN:
        return sign_face(u, v, 2.0 * foot, c, p, seed), 0.0, p[2] + night * p[3]
    if kind == mat.STRIPES:
        return tex.stripes(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.POSTER:
        return tex.poster(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.PLANKS:
        return tex.planks(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.MASONRY:
        color = wall(u, v, foot, c, int(p[0]), p[1], p[2], max(p[3], 1.0), max(p[4], 1.0), seed)
        return color, 0.0, 0.0
    if kind == mat.SETTS:
        return grounds.setts(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.LOOSE:
        return grounds.loose(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.BARK:
        return tex.bark(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.CORRUGATED:
        return tex.corrugated(u, v, foot, c, p, seed), 0.0, 0.0
    if kind == mat.EMIT:
        return (c[0][0], c[0][1], c[0][2]), 0.0, p[0] + night * p[1]
    return tex.plain(u, v, foot, c, p, seed), 0.0, 0.0
