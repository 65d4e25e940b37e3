"""From hit triangles to linear RGB radiance, one compiled pass over all rays."""

import math
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.synthetic.mesh import F32, Mesh
from panoseg_ros.synthetic.rendering.air import radiance
from panoseg_ros.synthetic.rendering.sky import Sky
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.materials import MaterialTable
from panoseg_ros.synthetic.surfaces.noise import lattice, value_noise
from panoseg_ros.synthetic.surfaces.surface import surface

_LIFT = 2e-3  # secondary rays start this far above the surface, metres (plus 1e-5 of the range)


@njit(nogil=True)
def _plane_distance(corners, k, ox, oy, oz, dx, dy, dz):  # type: ignore[no-untyped-def]
    """Return distance along the ray to the plane of triangle k, in double precision."""
    ax, ay, az = corners[k, 0, 0], corners[k, 0, 1], corners[k, 0, 2]
    e1x, e1y, e1z = corners[k, 1, 0] - ax, corners[k, 1, 1] - ay, corners[k, 1, 2] - az
    e2x, e2y, e2z = corners[k, 2, 0] - ax, corners[k, 2, 1] - ay, corners[k, 2, 2] - az
    nx, ny, nz = e1y * e2z - e1z * e2y, e1z * e2x - e1x * e2z, e1x * e2y - e1y * e2x
    along = nx * dx + ny * dy + nz * dz
    if along == 0.0:
        return 0.0, nx, ny, nz
    return (nx * (ax - ox) + ny * (ay - oy) + nz * (az - oz)) / along, nx, ny, nz


@njit(nogil=True)
def _secondary(prims, origin, rays, corners, jitter, starts, ambient_rays, depth):  # type: ignore[no-untyped-def]
    """Fill start points lifted off the hit surfaces, one diffuse direction each, and depth."""
    ox, oy, oz = np.float64(origin[0]), np.float64(origin[1]), np.float64(origin[2])
    for i in range(len(prims)):
        k = prims[i]
        if k < 0:
            depth[i] = np.inf
            starts[i, 0], starts[i, 1], starts[i, 2] = 0.0, 0.0, 1e6  # above everything
            ambient_rays[i, 0], ambient_rays[i, 1], ambient_rays[i, 2] = 0.0, 0.0, 1.0
            continue
        dx, dy, dz = np.float64(rays[i, 0]), np.float64(rays[i, 1]), np.float64(rays[i, 2])
        t, nx, ny, nz = _plane_distance(corners, k, ox, oy, oz, dx, dy, dz)
        depth[i] = t
        size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-30
        if nx * dx + ny * dy + nz * dz > 0.0:
            size = -size
        nx, ny, nz = nx / size, ny / size, nz / size
        lift = _LIFT + 1e-5 * t
        starts[i, 0] = ox + t * dx + lift * nx
        starts[i, 1] = oy + t * dy + lift * ny
        starts[i, 2] = oz + t * dz + lift * nz
        a = 6.2831853 * lattice(i, 11, jitter)
        z = 2.0 * lattice(i, 12, jitter) - 1.0
        flat = math.sqrt(max(0.0, 1.0 - z * z))
        bx, by, bz = nx + flat * math.cos(a), ny + flat * math.sin(a), nz + z
        norm = math.sqrt(bx * bx + by * by + bz * bz) + 1e-6
        ambient_rays[i, 0], ambient_rays[i, 1], ambient_rays[i, 2] = (
            bx / norm,
            by / norm,
            bz / norm,
        )


@njit(nogil=True)
def _texture_uv(corners, uv, k, x, y, z):  # type: ignore[no-untyped-def]
    """Return the texture coordinates at a point of triangle k (barycentric)."""
    ax, ay, az = corners[k, 0, 0], corners[k, 0, 1], corners[k, 0, 2]
    bx, by, bz = corners[k, 1, 0] - ax, corners[k, 1, 1] - ay, corners[k, 1, 2] - az
    cx, cy, cz = corners[k, 2, 0] - ax, corners[k, 2, 1] - ay, corners[k, 2, 2] - az
    px, py, pz = x - ax, y - ay, z - az
    bb, bc, cc = (
        bx * bx + by * by + bz * bz,
        bx * cx + by * cy + bz * cz,
        cx * cx + cy * cy + cz * cz,
    )
    pb, pc = px * bx + py * by + pz * bz, px * cx + py * cy + pz * cz
    det = bb * cc - bc * bc
    det = det if abs(det) > 1e-20 else 1e-20
    s, t = (cc * pb - bc * pc) / det, (bb * pc - bc * pb) / det
    r = 1.0 - s - t
    return (
        r * uv[k, 0, 0] + s * uv[k, 1, 0] + t * uv[k, 2, 0],
        r * uv[k, 0, 1] + s * uv[k, 1, 1] + t * uv[k, 2, 1],
    )


@njit(nogil=True)
def _shade(prims, origin, rays, depth, lit, open_sky, angle, mesh, table, sky, out):  # type: ignore[no-untyped-def]
    """Fill the radiance of every ray; arguments as in `shade`."""
    for i in range(len(prims)):
        dx, dy, dz = rays[i, 0], rays[i, 1], rays[i, 2]
        k = prims[i]
        if k < 0:
            r, g, b = radiance(
                dx, dy, dz, sky.colors, sky.clouds, sky.sun_direction, sky.sun, True
            )
            out[i, 0], out[i, 1], out[i, 2] = r, g, b
            continue
        t = depth[i]
        x, y, z = origin[0] + t * dx, origin[1] + t * dy, origin[2] + t * dz
        u, v = _texture_uv(mesh.corners, mesh.uv, k, x, y, z)
        nx, ny, nz = mesh.normals[k, 0], mesh.normals[k, 1], mesh.normals[k, 2]
        facing = nx * dx + ny * dy + nz * dz
        m = mesh.materials[k]
        kind = table.kinds[m]
        if facing > 0.0 and kind != mat.FOLIAGE:
            nx, ny, nz, facing = -nx, -ny, -nz, -facing
        foot = t * angle / max(0.15, math.sqrt(abs(facing)))
        color, mirror, emission = surface(
            kind, u, v, foot, table.colors[m], table.params[m], k, sky.night, m
        )
        toward = nx * sky.sun_direction[0] + ny * sky.sun_direction[1] + nz * sky.sun_direction[2]
        if kind == mat.FOLIAGE:
            toward = 0.45 + 0.55 * toward if toward > -0.6 else 0.12  # light shines through
        direct = max(0.0, toward) * lit[i]
        up = 0.5 + 0.5 * nz
        open_share = 0.25 + 0.75 * open_sky[i]
        for channel in range(3):
            light = sky.sun[channel] * direct + open_share * (
                sky.ambient[channel] * up + sky.bounce[channel] * (1.0 - up)
            )
            out[i, channel] = color[channel] * (light + emission)
        if mirror > 0.0:
            rx, ry, rz = dx - 2.0 * facing * nx, dy - 2.0 * facing * ny, dz - 2.0 * facing * nz
            fresnel = mirror * (0.12 + 0.88 * (1.0 - min(1.0, abs(facing))) ** 4)
            skyline = 0.12 + 0.35 * value_noise(6.0 * math.atan2(ry, rx), 0.0, m)
            r, g, b = radiance(
                rx, ry, max(rz, 0.02), sky.colors, sky.clouds, sky.sun_direction, sky.sun, False
            )
            dim = 1.0 if rz > skyline else 0.22
            out[i, 0] += fresnel * r * dim
            out[i, 1] += fresnel * g * dim
            out[i, 2] += fresnel * b * dim
        air = 1.0 - math.exp(-t * sky.haze_per_m)
        for channel in range(3):
            out[i, channel] += (sky.colors[3, channel] - out[i, channel]) * air


def _cached(sources: int) -> tuple[Callable[..., None], Callable[..., None]]:
    """Return the two kernels, compiled once per machine and state of the sources.

    Numba looks for changes only in the file of a cached function, not in those of the
    functions that it calls; but variables of an enclosing scope belong to its key.
    """

    @njit(cache=True, nogil=True)
    def gather(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:  # always; names the variable
            _secondary(*args)

    @njit(cache=True, nogil=True)
    def illuminate(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:
            _shade(*args)

    return gather, illuminate


def _sources_hash() -> int:
    room = Path(__file__).parent
    files = sorted([*room.glob('*.py'), *(room.parent / 'surfaces').glob('*.py')])
    return zlib.crc32(b''.join(file.read_bytes() for file in files))


_gather, _illuminate = _cached(_sources_hash())


def secondary_rays(
    prims: NDArray[np.int32], origin: F32, rays: F32, mesh: Mesh, jitter: int
) -> tuple[F32, F32, F32]:
    """Return where light is gathered: lifted hit points, diffuse directions, depth (N,)."""
    starts, around = np.empty_like(rays), np.empty_like(rays)
    depth = np.empty(len(rays), np.float32)
    _gather(prims, origin, rays, mesh.corners, jitter, starts, around, depth)
    return starts, around, depth


def shade(
    prims: NDArray[np.int32],
    origin: F32,
    rays: F32,
    depth: F32,
    lit: F32,
    open_sky: F32,
    pixel_angle_rad: float,
    mesh: Mesh,
    table: MaterialTable,
    sky: Sky,
) -> F32:
    """Return linear RGB radiance (N, 3) of rays (N, 3) that hit triangles prims (N,), -1 = sky.

    `lit` says whether the sun reaches the hit point, `open_sky` whether sky light does.
    """
    out = np.empty_like(rays)
    _illuminate(prims, origin, rays, depth, lit, open_sky, pixel_angle_rad, mesh, table, sky, out)
    return out
