"""`panoseg weights show` says what a bundle's network holds and costs."""

import json

import numpy as np
import pytest

from panoseg_ros.bundles import InputSpec, write_card
from panoseg_ros.cli import main as cli


@pytest.fixture
def bundle(tmp_path):
    """Write a bundle of tiny at 128 x 64 with a margin of 32, its weights not looked at."""
    np.save(tmp_path / 'notes.npy', np.zeros(1))
    spec = InputSpec(64, 128, wrap_px=32)
    write_card(
        tmp_path, name='mine', network='trans4pass_tiny', label_set='cityscapes19', spec=spec
    )
    return tmp_path


def test_json_holds_parameters_work_and_shapes(bundle, capsys):
    assert cli.main(['weights', 'show', str(bundle), '--json']) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures['parameters'] == 15_274_427
    assert (figures['height'], figures['width'], figures['wrap_px']) == (64, 192, 32)
    assert figures['macs']['total'] > 1.4 * figures['macs_without_margin']
    assert {'convolution', 'linear', 'attention', 'deformable'} < set(figures['macs'])
    assert [stage['shape'] for stage in figures['stages']] == [
        [64, 16, 48], [128, 8, 24], [320, 4, 12], [512, 2, 6],
    ]  # fmt: skip


def test_table_names_size_parameters_and_stages(bundle, capsys):
    assert cli.main(['weights', 'show', str(bundle)]) == 0
    text = capsys.readouterr().out
    assert 'trans4pass_tiny, 19 classes' in text
    assert '15,274,427' in text and '192 x 64' in text and '512 x 2 x 6' in text


def test_unknown_bundle_is_refused_in_one_line(capsys):
    assert cli.main(['weights', 'show', 'no-such-bundle']) == 2
    assert 'no-such-bundle' in capsys.readouterr().err
