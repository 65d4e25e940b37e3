"""One compiled pass over all pixels: samples shaded and averaged, mirrors looked up."""

import math
from collections.abc import Callable

import numpy as np

from panoseg_ros.synthetic.rendering.air import sky_radiance
from panoseg_ros.synthetic.rendering.compiling import SOURCES, kernel
from panoseg_ros.synthetic.rendering.hits import EMPTY, EVEN, MIXED, SKY, lifted, plane_distance
from panoseg_ros.synthetic.rendering.shading import (
    gets_wet,
    lamps_on_triangle,
    puddle,
    shade_point,
)
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.noise import value_noise

_MIRROR_FAR_M = 70.0  # farther water mirrors the mean sky
_STEEP = 0.7  # cosine above which water mirrors too little to look up what
_DARK = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_ABOUT = (0.6, 0.7, 0.8)  # light of the sun, lamps and sky on what is mirrored


@kernel(inline='always')
def _is_smooth(kind):  # type: ignore[no-untyped-def]
    """Return whether a material's look has no edges, so that one sample is its mean."""
    return kind in (mat.PLAIN, mat.GLOSS, mat.EMIT, mat.ASPHALT, mat.GRASS)


@kernel()
def _mirror_rays(states, prims, origin, rays, mesh, table, starts, out, owner):  # type: ignore[no-untyped-def]
    """Write the mirrored ray of every even pixel on ground that gets wet; return how many."""
    ox, oy, oz = origin[0], origin[1], origin[2]
    n = 0
    for i in range(len(prims)):
        k = prims[i]
        if states[i] != EVEN or mesh.normals[k, 2] < 0.9:
            continue
        if not gets_wet(table.kinds[mesh.materials[k]], mesh.normals[k, 2]):
            continue
        dx, dy, dz = rays[i, 0], rays[i, 1], rays[i, 2]
        t, x, y, z, nx, ny, nz = lifted(mesh.corners, k, ox, oy, oz, dx, dy, dz)
        if t > _MIRROR_FAR_M or abs(dx * nx + dy * ny + dz * nz) > _STEEP:
            continue
        rough = 0.06 * (1.0 - puddle(x, y)) + 0.004  # damp stone mirrors less sharply
        nx += rough * (value_noise(i * 0.77, 1.0, 5) - 0.5)
        ny += rough * (value_noise(i * 0.77, 2.0, 6) - 0.5)
        facing = 2.0 * (dx * nx + dy * ny + dz * nz)
        rx, ry, rz = dx - facing * nx, dy - facing * ny, max(dz - facing * nz, 0.003)
        norm = math.sqrt(rx * rx + ry * ry + rz * rz)
        starts[n, 0], starts[n, 1], starts[n, 2] = x, y, z
        out[n, 0], out[n, 1], out[n, 2] = rx / norm, ry / norm, rz / norm
        owner[n] = i
        n += 1
    return n


@kernel()
def _mirrored(prims, starts, rays, owner, angle, scene, images):  # type: ignore[no-untyped-def]
    """Fill images (N, 4) of the pixels that own mirrored rays: RGB and 1 for known."""
    mesh, sky = scene.mesh, scene.sky
    none = (0.0, 0.0, 0.0, False)
    for n in range(len(prims)):
        k, i = prims[n], owner[n]
        x, y, z = np.float64(starts[n, 0]), np.float64(starts[n, 1]), np.float64(starts[n, 2])
        dx, dy, dz = np.float64(rays[n, 0]), np.float64(rays[n, 1]), np.float64(rays[n, 2])
        if k < 0:
            r, g, b = sky_radiance(dx, dy, dz, z, sky, False)
        else:
            t = plane_distance(mesh.corners, k, x, y, z, dx, dy, dz)[0]
            glow = _DARK
            if len(scene.lamps.places) > 0:
                glow = lamps_on_triangle(k, x, y, z, dx, dy, dz, t, scene)
            r, g, b = shade_point(
                k, x, y, z, dx, dy, dz, t, _ABOUT, glow, none, 4.0 * angle, scene
            )
        images[i, 0], images[i, 1], images[i, 2], images[i, 3] = r, g, b, 1.0


@kernel()
def _sample(state, i, sub, n, view, subs, light):  # type: ignore[no-untyped-def]
    """Return (triangle, world ray, light) of sample `sub` of pixel i.

    The centre ray stands in for a pixel of one sample; `n` is a mixed sample's row in subs.
    """
    _, prims, rays, fine, turn, _ = view
    lit, lamplit, open_sky, sub_lit, sub_lamplit = light
    if state == MIXED:
        dx, dy, dz = (
            np.float64(subs[1][n, 0]),
            np.float64(subs[1][n, 1]),
            np.float64(subs[1][n, 2]),
        )
        seen = (np.float64(sub_lit[n]), np.float64(sub_lamplit[n]), np.float64(open_sky[i]))
        return subs[0][n], dx, dy, dz, seen
    dx, dy, dz = np.float64(rays[i, 0]), np.float64(rays[i, 1]), np.float64(rays[i, 2])
    if sub >= 0:
        fx, fy, fz = _fine(fine, i, sub)
        if not math.isnan(fx):
            dx = np.float64(turn[0, 0] * fx + turn[0, 1] * fy + turn[0, 2] * fz)
            dy = np.float64(turn[1, 0] * fx + turn[1, 1] * fy + turn[1, 2] * fz)
            dz = np.float64(turn[2, 0] * fx + turn[2, 1] * fy + turn[2, 2] * fz)
    seen = (np.float64(lit[i]), np.float64(lamplit[i]), np.float64(open_sky[i]))
    return prims[i], dx, dy, dz, seen


@kernel()
def _fine(fine, i, sub):  # type: ignore[no-untyped-def]
    """Return the camera's ray through quarter `sub` of pixel i."""
    width = fine.shape[1] // 2
    py, px = i // width, i % width
    y, x = 2 * py + sub // 2, 2 * px + sub % 2
    return fine[y, x, 0], fine[y, x, 1], fine[y, x, 2]


@kernel()
def _develop_pixels(view, subs, light, images, angle, scene, out):  # type: ignore[no-untyped-def]
    """Fill the radiance out (H * W, 3).

    view: states, prims and rays of the pixels, fine rays, turn and origin of the camera;
    subs: prims and rays (4 N) of mixed pixels; light: lit, lamplit and open of the pixels,
    lit and lamplit of the mixed pixels' samples; images: what water mirrors, or none.
    A pixel whose look has no edges is one sample, others are four.
    """
    states, prims = view[0], view[1]
    mesh, table, sky = scene.mesh, scene.table, scene.sky
    ox, oy, oz = np.float64(view[5][0]), np.float64(view[5][1]), np.float64(view[5][2])
    first, lamplit = 0, len(scene.lamps.places) > 0
    for i in range(len(prims)):
        state, k = states[i], prims[i]
        image = (0.0, 0.0, 0.0, False)
        if len(images) > 0 and images[i, 3] > 0.0:
            image = (
                np.float64(images[i, 0]),
                np.float64(images[i, 1]),
                np.float64(images[i, 2]),
                True,
            )
        samples = 4 if state != EMPTY else 0
        if state == SKY or (state == EVEN and _is_smooth(table.kinds[mesh.materials[k]])):
            samples = 1
        r, g, b = 0.0, 0.0, 0.0
        before, glow = -1, _DARK
        for sub in range(samples):
            if state == MIXED and math.isnan(_fine(view[3], i, sub)[0]):
                continue
            part = sub if samples == 4 else -1
            k, dx, dy, dz, seen = _sample(state, i, part, first + sub, view, subs, light)
            if k < 0:
                sr, sg, sb = sky_radiance(dx, dy, dz, oz, sky, state == SKY)
            else:
                t = plane_distance(mesh.corners, k, ox, oy, oz, dx, dy, dz)[0]
                if lamplit and k != before:  # once for all samples on a triangle
                    glow = lamps_on_triangle(k, ox, oy, oz, dx, dy, dz, t, scene)
                    before = k
                wide = angle if samples == 4 else 2.0 * angle
                sr, sg, sb = shade_point(
                    k, ox, oy, oz, dx, dy, dz, t, seen, glow, image, wide, scene
                )
            r, g, b = r + sr / samples, g + sg / samples, b + sb / samples
        if state == MIXED:
            first += 4
        out[i, 0], out[i, 1], out[i, 2] = r, g, b


def _cached(sources: int) -> tuple[Callable[..., int], Callable[..., None], Callable[..., None]]:
    @kernel(cache=True)
    def mirror_rays(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:  # always; names the variable
            return _mirror_rays(*args)
        return 0

    @kernel(cache=True)
    def mirrored(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:
            _mirrored(*args)

    @kernel(cache=True)
    def develop_pixels(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:
            _develop_pixels(*args)

    return mirror_rays, mirrored, develop_pixels


mirror_rays, mirrored, develop_pixels = _cached(SOURCES)
