"""Colours: albedos, and ranges of different classes that overlap."""

import numpy as np
import pytest

from panoseg_ros.synthetic.surfaces import palette

NAMES = ['stone', 'asphalt', 'wall', 'leaf', 'soil', 'coat', 'cloth', 'skin', 'metal']


@pytest.mark.parametrize('name', NAMES)
def test_colours_are_albedos(name):
    rng = np.random.default_rng(1)
    drawn = np.array([getattr(palette, name)(rng) for _ in range(300)])
    assert drawn.shape == (300, 3)
    assert (drawn >= 0.0).all() and (drawn <= 0.95).all()
    assert np.ptp(drawn.mean(1)) > 0.1


@pytest.mark.parametrize('other', ['asphalt', 'coat', 'metal', 'soil', 'leaf'])
def test_no_class_is_known_by_its_colour_alone(other):
    """Half of another class's colours have a facade's colour among their neighbours."""
    rng = np.random.default_rng(2)
    walls = np.array([palette.wall(rng) for _ in range(3000)])
    drawn = np.array([getattr(palette, other)(rng) for _ in range(100)])
    nearest = np.linalg.norm(drawn[:, None] - walls[None], axis=2).min(1)
    assert np.median(nearest) < 0.12
