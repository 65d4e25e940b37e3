"""Every kind of material at any point: finite colours within 0..1, and reproducible."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from panoseg_ros.synthetic.assets.skins import random_facade
from panoseg_ros.synthetic.rendering.compiling import SOURCES
from panoseg_ros.synthetic.surfaces import facades, grounds, looks, palette, pictograms, walls
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.looks import Look
from panoseg_ros.synthetic.surfaces.surface import surface

MAKERS = [
    looks.random_road,
    looks.random_walk,
    looks.random_ground,
    looks.random_wall,
    looks.random_fence,
    looks.random_metal,
    looks.random_tactile,
]


def _cached(sources):
    """Return the compiled loop; a variable of this scope renews the cache with the sources."""

    @njit(cache=True)
    def fill(kind, u, v, foot, c, p, night, seed, out):
        for i in range(len(u) if sources >= 0 else 0):
            color, mirror, emission = surface(kind, u[i], v[i], foot, c, p, i, night, seed)
            out[i, 0], out[i, 1], out[i, 2] = color
            out[i, 3], out[i, 4] = mirror, emission

    return fill


_fill = _cached(SOURCES)


def shown(look, u, v, foot=0.01, night=0.0, seed=3):
    """Return colour, mirror share and emission of a look at points (N,), as (N, 5)."""
    materials = mat.Materials()
    table_row = look.add_to(materials)
    table = materials.table()
    out = np.zeros((len(u), 5))
    _fill(
        table.kinds[table_row],
        np.asarray(u, np.float64),
        np.asarray(v, np.float64),
        foot,
        table.colors[table_row],
        table.params[table_row],
        night,
        seed,
        out,
    )
    return out


def grid(size_m, count=64):
    u, v = np.meshgrid(np.linspace(0, size_m, count), np.linspace(0, size_m, count))
    return u.ravel(), v.ravel()


def every_look():
    rng = np.random.default_rng(7)
    found = [make(rng) for make in MAKERS for _ in range(6)]
    colors = tuple(palette.wall(rng) for _ in range(4))
    found += [Look(mat.SIGN, colors, (d, 0.1, 0.0, 0.4)) for d in range(12)]
    found += [Look(mat.SETTS, colors, (k, 0.12, 0.01, 0.5, 0.5)) for k in range(7)]
    found += [Look(mat.LOOSE, colors, (k, 0.05, 0.5)) for k in range(5)]
    found += [Look(mat.MASONRY, colors, (k, 0.5, 0.5, 3.0, 3.0)) for k in range(11)]
    found += [
        Look(mat.FOLIAGE, colors, (0.5, 0.2)),
        Look(mat.GLOSS, colors, (0.4,)),
        Look(mat.GLASS, colors, (0.9, 1.0, 0.05)),
        Look(mat.STRIPES, colors, (0.4, 0.5, 0.0)),
        Look(mat.POSTER, colors, (0.2,)),
        Look(mat.EMIT, colors, (0.5, 1.0)),
        Look(mat.BARK, colors, (0.6, 0.0)),
        Look(mat.BARK, colors, (0.6, 1.0)),
        Look(mat.PAINT, colors, (0.5,)),
        Look(mat.CORRUGATED, colors, (0.2, 0.5, 0.0)),
    ]
    found += [Look(mat.FACADE, d.colors, d.params) for d in map(random_facade, [rng] * 12)]
    return found


LOOKS = every_look()


@settings(max_examples=150, deadline=None)
@given(
    pick=st.integers(0, len(LOOKS) - 1),
    u=st.floats(-3e3, 3e3),
    v=st.floats(-3e3, 3e3),
    foot=st.floats(1e-4, 30.0),
    night=st.floats(0.0, 1.0),
    seed=st.integers(0, 5000),
)
def test_any_point_of_any_look_is_a_colour(pick, u, v, foot, night, seed):
    points = np.linspace(-1.0, 1.0, 25)
    out = shown(LOOKS[pick], u + points, v + 0.7 * points, foot, night, seed)
    assert np.isfinite(out).all()
    assert (out[:, :3] >= 0.0).all() and (out[:, :3] <= 2.0).all()  # relief may brighten
    assert (out[:, 3] >= 0.0).all() and (out[:, 3] <= 4.0).all()  # coated glass mirrors more
    assert (out[:, 4] >= 0.0).all() and (out[:, 4] <= 3.0).all()


def test_mean_albedos_lie_between_black_and_white():
    for look in LOOKS:
        mean = shown(look, *grid(6.0), foot=0.05)[:, :3].mean(0)
        assert (mean >= 0.0).all() and (mean <= 1.0).all(), look.kind


def test_the_same_point_looks_the_same_and_another_seed_differs():
    look = looks.random_road(np.random.default_rng(3))
    first, second = shown(look, *grid(5.0)), shown(look, *grid(5.0))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, shown(look, *grid(5.0), seed=4))


@pytest.mark.parametrize('kind', range(7))
def test_patterns_of_stones_fade_with_distance(kind):
    look = Look(
        mat.SETTS, ((0.5, 0.5, 0.5), (0.2, 0.2, 0.2), (0.0, 0.0, 0.0)), (kind, 0.1, 0.02, 1)
    )
    near = shown(look, *grid(2.0), foot=0.005)[:, 0]
    far = shown(look, *grid(2.0), foot=2.0)[:, 0]
    assert near.std() > 1.3 * far.std()
    assert near.mean() == pytest.approx(far.mean(), rel=0.2)


def test_kinds_of_ground_and_wall_do_not_look_alike():
    colors = ((0.5, 0.5, 0.5), (0.25, 0.25, 0.25), (0.1, 0.1, 0.1))
    for kind, count in ((mat.SETTS, 7), (mat.LOOSE, 5), (mat.MASONRY, 11)):
        tail = (0.12, 0.02, 0.8) if kind != mat.MASONRY else (0.2, 0.0, 3.0, 3.0)
        shots = [shown(Look(kind, colors, (k, *tail)), *grid(3.0))[:, 0] for k in range(count)]
        for i in range(count):
            for j in range(i):
                assert np.abs(shots[i] - shots[j]).mean() > 0.005, (kind, i, j)


def test_windows_shine_at_night_only_and_only_some():
    params = list(random_facade(np.random.default_rng(0)).params)
    params[facades.LIT], params[facades.BLANK], params[facades.GROUND] = 0.5, 0.0, 0.0
    params[facades.DOORS], params[facades.RIBBON] = 0.0, 0.0
    look = Look(mat.FACADE, ((0.4, 0.3, 0.2),) * 4, tuple(params))
    u, v = np.meshgrid(np.arange(40) + 0.45, np.arange(1, 12) + 0.4)
    day = shown(look, u.ravel(), v.ravel(), night=0.0)
    dark = shown(look, u.ravel(), v.ravel(), night=1.0)
    assert day[:, 4].max() == 0.0
    assert 0.2 < (dark[:, 4] > 0.0).mean() < 0.8
    assert dark[dark[:, 4] > 0, :3].mean() > 1.5 * day[dark[:, 4] > 0, :3].mean()


def test_a_sign_with_a_glow_shines_at_night():
    look = Look(mat.SIGN, ((0.5, 0.5, 0.5),) * 3, (pictograms.TEXT, 0.1, 0.0, 0.7))
    assert shown(look, [0.0], [0.0], night=0.0)[0, 4] == 0.0
    assert shown(look, [0.0], [0.0], night=1.0)[0, 4] == pytest.approx(0.7)


def test_road_and_pavement_share_their_textures():
    rng = np.random.default_rng(0)
    road = {looks.random_road(rng).kind for _ in range(300)}
    walk = {looks.random_walk(rng).kind for _ in range(300)}
    assert road & walk >= {mat.ASPHALT, mat.PAVING, mat.SETTS, mat.LOOSE}


def test_spray_paint_stays_near_the_ground():
    colors = ((0.5, 0.5, 0.5),) * 3
    clean = Look(mat.MASONRY, colors, (walls.PLASTER, 0.0, 0.0))
    sprayed = Look(mat.MASONRY, colors, (walls.PLASTER, 0.0, 1.0))
    u, v = grid(30.0, 200)
    changed = np.abs(shown(clean, u, v) - shown(sprayed, u, v)).max(1) > 1e-9
    assert 0.01 < changed[v < 2.2].mean() < 0.6
    assert not changed[v > 2.3].any()


def test_bricks_in_a_herringbone_have_one_shade_each():
    look = Look(
        mat.SETTS,
        ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.5, 0.5, 0.5)),
        (grounds.HERRINGBONE, 0.1, 0.0, 1.0),
    )
    u = np.array([0.02, 0.18])  # the two ends of the brick over cells (0, 0) and (1, 0)
    ends = shown(look, u, [0.05, 0.05], foot=1e-4)[:, 0]
    beside = shown(look, [0.25], [0.05], foot=1e-4)[0, 0]
    assert abs(ends[0] - ends[1]) < 0.4 * abs(beside - ends.mean()) + 0.1


def test_dust_dulls_lacquer():
    u, v = grid(4.0)
    clean = shown(Look(mat.GLOSS, ((0.4, 0.02, 0.02),), (0.5, 0.0)), u, v)
    dusty = shown(Look(mat.GLOSS, ((0.4, 0.02, 0.02),), (0.5, 0.7)), u, v)
    assert (clean[:, 3] == np.float32(0.5)).all()
    assert 0.1 < dusty[:, 3].mean() < 0.4 and (dusty[:, 3] <= 0.5).all()
    assert dusty[:, 1].std() > 3.0 * clean[:, 1].std()


def test_a_room_behind_panes_is_lit_at_night_only():
    colors = ((0.02, 0.02, 0.02), (0.3, 0.3, 0.3), (0.8, 0.7, 0.5))
    u, v = grid(4.0)
    look = Look(mat.GLASS, colors, (0.9, 1.0, 0.05, 0.2))
    day, dark = shown(look, u, v, night=0.0), shown(look, u, v, night=1.0)
    assert day[:, 4].max() == 0.0 and dark[:, 4].max() == pytest.approx(0.2)
    posts = dark[:, 4] == 0.0
    assert 0.02 < posts.mean() < 0.3
    assert dark[~posts, :3].mean() > 5.0 * day[~posts, :3].mean()
