"""`panoseg bench networks` runs every form of a network and says that they agree."""

import pytest

from panoseg_ros.cli import main as cli
from panoseg_ros.cli.bench import networks

pytestmark = pytest.mark.timeout(400)  # exporting takes minutes on a busy machine


@pytest.fixture(scope='module')
def figures(tmp_path_factory):
    folder = tmp_path_factory.mktemp('graphs')
    with pytest.MonkeyPatch.context() as patch:  # a road of its own process would load it anew
        patch.setattr(networks, 'alone', lambda work, *arguments: work(*arguments))
        return networks.measure_networks(['trans4pass_nano'], ['128x64'], 2, 1, folder, True)


def test_every_road_is_timed_and_gives_the_labels_of_the_plain_one(figures):
    rows = {row['road']: row for row in figures['figures']}
    assert list(rows) == ['plain', 'torch', 'onnx']
    for row in rows.values():
        assert (row['network'], row['width'], row['height']) == ('trans4pass_nano', 128, 64)
        assert row['rounds'] == 2 and 0.0 < row['min_ms'] <= row['median_ms']
        assert row['same_labels'] > 0.99
        assert 50.0 < row['peak_mb'] < 4000.0
    assert rows['onnx']['largest_difference_of_logits'] < 2e-4
    assert rows['torch']['largest_difference_of_logits'] is None
    assert rows['plain']['times_as_fast'] == 1.0
    assert {'cpu', 'cores', 'threads', 'load_before', 'torch'} <= set(figures['machine'])


def test_table_names_networks_and_roads(figures):
    sheet = networks._sheet(figures)
    assert [row[:3] for row in sheet.rows] == [
        ('trans4pass_nano', '128x64', road) for road in ('plain', 'torch', 'onnx')
    ]
    assert all(len(row) == len(sheet.headings) for row in sheet.rows)
    assert '1 threads, 2 rounds' in sheet.task


def test_layers_of_the_measured_network_deform():
    network = networks.shaken_network('trans4pass_nano')
    moves = [value for key, value in network.state_dict().items() if 'offset_conv.weight' in key]
    assert moves and all(value.abs().max() > 0.0 for value in moves)
    again = networks.shaken_network('trans4pass_nano').state_dict()
    assert all(value.equal(again[key]) for key, value in network.state_dict().items())


@pytest.mark.parametrize(
    ('words', 'reason'),
    [
        (['--network', 'resnet'], "network 'resnet': expected one of trans4pass_nano"),
        (['--size', '130x64'], "size '130x64'"),
        (['--size', 'large'], "size 'large'"),
    ],
)
def test_wrong_names_and_sizes_are_refused(words, reason, capsys):
    assert cli.main(['bench', 'networks', *words]) == 2
    assert reason in capsys.readouterr().err
