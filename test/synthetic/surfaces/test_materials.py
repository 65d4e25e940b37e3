"""The material table."""

import numpy as np

from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.materials import Materials


def test_missing_colours_and_params_are_filled():
    materials = Materials()
    row = materials.add(mat.PAVING, [(0.1, 0.2, 0.3), (0.4, 0.5, 0.6)], [1.0, 2.0])
    table = materials.table()
    assert np.allclose(table.colors[row, 2:], (0.4, 0.5, 0.6))
    assert table.params[row, :3].tolist() == [1.0, 2.0, 0.0]
    assert table.params.shape == (1, mat.PARAMS)


def test_a_table_can_be_continued():
    first = Materials()
    first.add(mat.PLAIN, [(0.1, 0.1, 0.1)], [0.5])
    more = Materials(first.table())
    row = more.add(mat.GLOSS, [(0.9, 0.8, 0.7)])
    table = more.table()
    assert row == 1 and table.kinds.tolist() == [mat.PLAIN, mat.GLOSS]
    assert np.allclose(table.colors[:, 0], [(0.1, 0.1, 0.1), (0.9, 0.8, 0.7)])
    assert table.params[0, 0] == 0.5


def test_no_two_kinds_share_a_number():
    kinds = [mat.PLAIN, mat.ASPHALT, mat.PAVING, mat.GRASS, mat.FOLIAGE, mat.FACADE, mat.PAINT]
    kinds += [mat.GLOSS, mat.GLASS, mat.SIGN, mat.STRIPES, mat.POSTER, mat.EMIT, mat.PLANKS]
    kinds += [mat.CORRUGATED, mat.MASONRY, mat.BARK, mat.SETTS, mat.LOOSE]
    assert sorted(kinds) == list(range(19))
