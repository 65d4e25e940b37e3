"""Labels and depth against scenes whose truth is known in closed form."""

import numpy as np
import pytest

from panoseg_ros.cameras import (
    DoubleSphere,
    Equirectangular,
    ExtendedUnified,
    IdealFisheye,
    KannalaBrandt,
    Mei,
    OCam,
    PanoTools,
    Pinhole,
    Unified,
    load_rig,
)
from panoseg_ros.cameras.files.models import LENS_MODELS
from panoseg_ros.geometry import (
    BODY_FROM_OPTICAL,
    PanoramaGeometry,
    rotation_from_rpy_deg,
    transform,
)
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic import mesh as m
from panoseg_ros.synthetic.rendering import render
from panoseg_ros.synthetic.rendering.sky import Sky
from panoseg_ros.synthetic.surfaces import materials as mat

pytest.importorskip('embreex', reason='rendering needs embreex')

PANORAMA = PanoramaGeometry(64, 128)
HEIGHT_M = 1.5
GROUND = [[(-100, -100, 0), (100, -100, 0), (100, 100, 0), (-100, 100, 0)]]
BOX = (8.0, 2.0)  # where the box's front face is, and half its width
SMALL, MIDDLE = (40, 30), (19.5, 14.5)
LENSES = [
    Pinhole(SMALL, 20.0, 20.0, *MIDDLE, (0.1, -0.01, 1e-3, 0.0, 0.0, 0.2, 0.0, 0.0)),
    KannalaBrandt(SMALL, 12.5, 12.5, *MIDDLE, (0.01, -0.002, 1e-4, 1e-5), 105.0),
    Mei(SMALL, 30.0, 30.0, *MIDDLE, 1.75, (-0.05, 0.01, 7e-4, 5e-3), 100.0),
    Unified(SMALL, 14.0, 14.0, *MIDDLE, 0.6),
    ExtendedUnified(SMALL, 14.0, 14.0, *MIDDLE, 0.6, 1.1, 95.0),
    DoubleSphere(SMALL, 12.0, 12.0, *MIDDLE, -0.2, 0.57),
    OCam(SMALL, *MIDDLE, 1.001, -2e-4, 3e-4, (-9.4, 0.0, 0.03), (), 110.0),
    IdealFisheye(SMALL, 'equisolid', *MIDDLE, 14.0, 190.0),
    PanoTools(SMALL, 'fisheye', 180.0),
    Equirectangular(SMALL, 45.0, -25.0),
]


def plain_sky():
    f = np.float32
    return Sky(
        np.array([0, 0, 1], f),
        np.array([2, 2, 2], f),
        np.full(3, 0.5, f),
        np.full(3, 0.5, f),
        np.full((4, 3), 0.7, f),
        np.array([0, 1, 1, 0], f),
        0.0,
    )


@pytest.fixture(scope='module')
def scene():
    """A level square of road 200 m wide and a car-labelled box in front of the camera."""
    materials = mat.Materials()
    grey = materials.add(mat.PLAIN, [(0.2, 0.2, 0.2)])
    red = materials.add(mat.EMIT, [(1.0, 0.25, 0.0)], [1.0])
    parts = [
        m.quads(GROUND, ids.ROAD, grey),
        m.box((1.0, 2 * BOX[1], 3.0), (BOX[0] + 0.5, 0, 0), ids.CAR, red),
    ]
    return render.Renderer(m.join(parts), materials.table(), plain_sky())


def pose(*rpy_deg):
    return transform(rotation_from_rpy_deg(*(rpy_deg or (0, 0, 0))), [0, 0, HEIGHT_M])


def expected(rays):
    """Return labels and depth of world rays (..., 3) by hand."""
    with np.errstate(divide='ignore', invalid='ignore'):
        ground = np.where(rays[..., 2] < 0, -HEIGHT_M / rays[..., 2], np.inf)
        inside = np.abs(rays[..., :2] * ground[..., None]).max(-1) < 100
        ground = np.where(inside, ground, np.inf)
        front = np.where(rays[..., 0] > 0, BOX[0] / rays[..., 0], np.inf)
        at = rays * front[..., None]
    hit = (np.abs(at[..., 1]) < BOX[1]) & (at[..., 2] > -HEIGHT_M) & (at[..., 2] < 3 - HEIGHT_M)
    front = np.where(hit, front, np.inf)
    depth = np.minimum(ground, front)
    labels = np.where(front < ground, ids.CAR, np.where(np.isfinite(ground), ids.ROAD, ids.SKY))
    return labels, depth


def near_a_border(labels):
    changes = np.zeros(labels.shape, bool)
    for axis in (0, 1):
        for step in (-1, 1):
            changes |= np.roll(labels, step, axis) != labels
    return changes


@pytest.mark.parametrize('rpy', [(0, 0, 0), (4, -3, 50)])
def test_labels_and_depth_of_a_panorama_are_exact(scene, rpy):
    labels, depth, _ = scene.truth(render.panorama_rays(PANORAMA), pose(*rpy))
    world = PANORAMA.rays().astype(np.float64) @ rotation_from_rpy_deg(*rpy).T
    want, want_depth = expected(world)
    assert (labels.dtype, depth.dtype) == (np.uint8, np.float32)
    sure = ~near_a_border(want)
    assert (labels == want)[sure].all()
    assert (labels != want).sum() <= 4  # a ray that grazes an edge may round either way
    same = labels == want
    np.testing.assert_allclose(depth[same], want_depth[same], rtol=2e-4)
    assert set(np.unique(labels)) == {ids.ROAD, ids.CAR, ids.SKY}


def test_picture_is_the_mean_of_four_rays(scene):
    view = scene.view(render.panorama_rays(PANORAMA), pose())
    car = view.labels == ids.CAR
    inner = car & ~near_a_border(view.labels)
    assert inner.any()
    np.testing.assert_allclose(view.radiance[28, 0], 0.7, rtol=1e-3)  # sky, far from the sun
    assert np.isfinite(view.radiance).all()
    # the box has no blue, road and sky have: blue at its edge comes from the other side
    assert (view.radiance[inner][:, 2] == 0).all()
    edge = view.radiance[car & near_a_border(view.labels)]
    mixed = (edge[:, 2] > 0) & (edge[:, 0] > edge[:, 2])
    assert mixed.mean() > 0.2


def test_fine_rays_are_the_quarters_of_a_pixel():
    grid = render.panorama_rays(PANORAMA)
    mean = grid.fine.reshape(64, 2, 128, 2, 3).mean((1, 3))
    mean /= np.linalg.norm(mean, axis=-1, keepdims=True)
    np.testing.assert_allclose(mean, grid.centre, atol=2e-4)


def test_a_fisheye_sees_the_same_scene_and_nothing_outside_its_circle(scene):
    lens = KannalaBrandt(
        size=(60, 60),
        fx=17.0,
        fy=17.0,
        cx=29.5,
        cy=29.5,
        k=(0.0, 0.0, 0.0, 0.0),
        max_angle_deg=95.0,
    )
    labels, depth, _ = scene.truth(render.lens_rays(lens), pose())
    v, u = np.mgrid[0:60, 0:60] + 0.5
    rays = lens.unproject(np.stack([u, v], -1)) @ BODY_FROM_OPTICAL.T
    seen = np.isfinite(rays[..., 0])
    assert 0 < (~seen).sum() < seen.sum()
    assert (labels[~seen] == 255).all()
    assert np.isnan(depth[~seen]).all()
    want, want_depth = expected(np.nan_to_num(rays))
    assert (labels[seen] == want[seen]).mean() > 0.995
    same = seen & (labels == want)
    np.testing.assert_allclose(depth[same], want_depth[same], rtol=2e-4)
    grid = render.lens_rays(lens)
    blind = np.isnan(grid.fine[..., 0]).reshape(60, 2, 60, 2).all((1, 3))
    radiance = scene.view(grid, pose()).radiance
    assert (radiance[blind] == 0).all()
    assert (radiance[seen & ~blind].sum(-1) > 0).all()


def test_lenses_of_all_models_are_here():
    assert {type(lens) for lens in LENSES} == set(LENS_MODELS.values())


@pytest.mark.parametrize('lens', LENSES, ids=lambda lens: type(lens).__name__)
def test_every_lens_model_sees_what_its_rays_meet(scene, lens):
    labels, depth, _ = scene.truth(render.lens_rays(lens), pose(2, -3, 8))
    u, v = np.meshgrid(np.arange(40) + 0.5, np.arange(30) + 0.5)
    rays = lens.unproject(np.stack([u, v], -1)) @ BODY_FROM_OPTICAL.T @ pose(2, -3, 8)[:3, :3].T
    seen = np.isfinite(rays[..., 0])
    want, want_depth = expected(np.nan_to_num(rays))
    assert {ids.CAR, ids.ROAD, ids.SKY} <= set(want[seen])
    same = labels == np.where(seen, want, 255)
    assert same.mean() > 0.99  # the rest grazes an edge
    np.testing.assert_allclose(depth[same & seen], want_depth[same & seen], rtol=2e-4)
    assert np.isnan(depth[~seen]).all()


def test_lenses_of_a_rig_look_where_the_rig_says(scene):
    rig = load_rig('dual_fisheye')
    front, back = (
        render.lens_rays(_small(lens.lens), lens.pano_from_lens[:3, :3]) for lens in rig.lenses
    )
    assert (scene.truth(front, pose())[0] == ids.CAR).any()
    assert not (scene.truth(back, pose())[0] == ids.CAR).any()


def _small(lens):
    class Shrunk:
        size = (48, 48)

        def unproject(self, pixels):
            return lens.unproject(np.asarray(pixels) * (960 / 48))

    return Shrunk()
