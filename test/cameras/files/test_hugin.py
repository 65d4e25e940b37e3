"""Hugin projects: the lens, its crop, links and angles."""

import numpy as np
import pytest

from panoseg_ros.cameras import PanoTools
from panoseg_ros.cameras.files.hugin_crop import cut, selected_box
from panoseg_ros.errors import CameraError

FIRST = PanoTools(
    (2000, 1000), 'fisheye', 380.0, b=0.01, d=-490.0, e=3.0, crop=(-10.0, 1030.0, 0.0, 1010.0)
)

SECOND = PanoTools(
    (2000, 1000), 'fisheye', 380.0, b=0.01, d=490.0, crop=(980.0, 2010.0, 0.0, 1000.0)
)


def rays(widest_deg, count=400):
    rng = np.random.default_rng(7)
    angle, side = np.deg2rad(rng.uniform(0, widest_deg, count)), rng.uniform(0, 2 * np.pi, count)
    across = np.sin(angle)
    return np.stack([across * np.cos(side), across * np.sin(side), np.cos(angle)], -1)


def test_a_cropped_lens_keeps_its_pixels(read_sample):
    first, second = read_sample('project.pto')
    assert first.source_size == second.source_size == (2000, 1000)
    assert first.crop == (0, 0, 1030, 1000)
    assert second.crop == (980, 0, 1020, 1000)
    assert first.lens.size == (1030, 1000)
    for camera, whole in ((first, FIRST), (second, SECOND)):
        np.testing.assert_allclose(
            camera.lens.project(rays(90)) + camera.crop[:2], whole.project(rays(90)), atol=1e-6
        )


@pytest.mark.parametrize(
    ('projection', 'hfov_deg'),
    [('fisheye', 200.0), ('fullframe_fisheye', 150.0), ('rectilinear', 100.0)],
)
def test_cutting_changes_no_ray(projection, hfov_deg):
    lens = PanoTools(
        (1200, 800), projection, hfov_deg, 0.01, -0.03, 0.02, 40.0, -20.0, (100, 1100, 50, 790)
    )
    box = selected_box(lens)
    assert box == (100, 50, 1000, 740)
    part = cut(lens, box)
    assert part.size == (1000, 740)
    np.testing.assert_allclose(part.project(rays(45)), lens.project(rays(45)) - box[:2], atol=1e-6)
    pixels = np.random.default_rng(1).uniform((0, 0), (1000, 740), (500, 2))
    np.testing.assert_allclose(part.unproject(pixels), lens.unproject(pixels + box[:2]), atol=1e-9)


def test_linked_values_are_those_of_image_0(read_sample):
    _, linked = read_sample('project.pto')
    _, plain = read_sample('project.pto', ('v=0', 'v380'), ('a=0 b=0 c=0', 'a0 b0.01 c0'))
    assert linked.lens == plain.lens
    _, other = read_sample('project.pto', ('b=0', 'b0'))
    assert other.lens != linked.lens
    with pytest.raises(CameraError, match=r'image\[1\].v links to no value'):
        read_sample('project.pto', ('v=0', 'v=7'))
    with pytest.raises(CameraError, match=r'image\[0\].v links to no value'):
        read_sample('project.pto', ('v380', 'v=1'))


@pytest.mark.parametrize(
    ('angles', 'forward', 'up'),
    [
        ('r0 p0 y0', (1, 0, 0), (0, 0, 1)),
        ('r0 p0 y90', (0, -1, 0), (0, 0, 1)),  # positive yaw is to the right
        ('r0 p90 y0', (0, 0, 1), (-1, 0, 0)),  # positive pitch is up
        ('r90 p0 y0', (1, 0, 0), (0, -1, 0)),  # positive roll turns the picture clockwise
        ('r90 p0 y90', (0, -1, 0), (-1, 0, 0)),
        ('r0 p45 y90', (0, -(0.5**0.5), 0.5**0.5), (0, 0.5**0.5, 0.5**0.5)),
    ],
)
def test_angles(read_sample, angles, forward, up):
    camera = read_sample('project.pto', ('r2 p-3 y10', angles))[0]
    np.testing.assert_allclose(camera.pano_from_lens[:3, 2], forward, atol=1e-12)
    np.testing.assert_allclose(-camera.pano_from_lens[:3, 1], up, atol=1e-12)


def test_one_file_is_one_topic(read_sample):
    assert [camera.topic for camera in read_sample('project.pto')] == ['image', 'image']
    apart = read_sample('project.pto', ('1010 n"a b.jpg"', '1010 n"other.jpg"'))
    assert [camera.topic for camera in apart] == ['', '']


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        (('f2 v380', 'f4 v380'), r'image\[0\].f must be one of 0 \(rectilinear\), 2 \(fisheye\)'),
        (('f2 v380', 'f2 v0'), r'image\[0\] hfov_deg'),
        (('f2 v380', 'f2 v3.8.0'), "'v3.8.0' of an image line is not a number"),
        (('S-10,1030', 'S-10,x'), 'is not a number or a crop'),
        (('TrX0', 'TrX0.5'), r'image\[0\].TrX must be 0, got 0.5'),
        (('e3 g0', 'e3 g9'), r'image\[0\].g must be 0, got 9.0'),
        (('i w2000', 'i w99999'), r'image\[0\].w must be a whole number 1..32767'),
    ],
)
def test_faults_name_image_and_variable(read_sample, change, named):
    with pytest.raises(CameraError, match=named):
        read_sample('project.pto', change)
