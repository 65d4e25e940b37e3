"""The command on a tiny rendered-like set: weathers, people, tilt, sizes, pairs."""

import json

import cv2
import numpy as np
import pytest

from panoseg_ros.cli.main import main
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg

SIZE = (32, 64)
ROAD, SKY, PERSON = 0, 10, 11
COLUMNS = 'image,scene,family,weather,district,x_m,y_m,z_m,height_m,roll_deg,pitch_deg,yaw_deg'


def write_set(root, tilt=(0.0, 0.0)):
    """Write bright sky over dark road, seen by a tilted camera, with one person each."""
    rays = PanoramaGeometry(*SIZE).rays() @ rotation_from_rpy_deg(*tilt, 0.0).T
    lines = []
    for scene, weather in enumerate(('clear', 'fog', 'fog')):
        name = f'test/{scene:06d}/00'
        labels = np.where(rays[..., 2] > 0, SKY, ROAD).astype(np.uint8)
        image = np.where(labels == SKY, 220, 30).astype(np.uint8)
        numbers = np.zeros(SIZE, np.uint16)
        labels[6:26, 20:23], numbers[6:26, 20:23] = PERSON, 5
        for folder, suffix, pixels in (
            ('leftImg8bit', '.png', np.repeat(image[..., None], 3, -1)),
            ('gtFine', '_labelTrainIds.png', labels),
            ('gtFine', '_instanceIds.png', numbers),
        ):
            path = root / folder / f'{name}{suffix}'
            path.parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(path), pixels)
        lines.append(
            f'leftImg8bit/{name}.png,{scene},1,{weather},old,0,0,0,1.6,{tilt[0]},{tilt[1]},0'
        )
    for folder in ('lists', 'frames'):
        (root / folder).mkdir()
    (root / 'frames/test.csv').write_text('\n'.join([COLUMNS, *lines]) + '\n')
    names = [line.split(',')[0] for line in lines]
    (root / 'lists/test.txt').write_text('\n'.join(names) + '\n')
    notes = {'generator_version': '2', 'size': [*SIZE, 90.0, -90.0]}
    (root / 'dataset.json').write_text(json.dumps(notes))
    return root


@pytest.fixture
def level(tmp_path):
    return write_set(tmp_path / 'level')


@pytest.fixture
def tilted(tmp_path):
    return write_set(tmp_path / 'tilted', (0.0, 30.0))


def test_weathers_and_people_are_reported(make_bundle, level, tmp_path, capsys):
    words = ['evaluate', str(make_bundle()), '--data', str(level), '--out', str(tmp_path / 'out')]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert 'clear' in printed and 'fog' in printed
    assert 'boundary F-score' in printed and 'mean IoU near the seam' in printed
    assert 'people of 16 px high or more: 0.000 of 3 found' in printed
    assert 'no trivial classifier: ' in printed and 'train.txt' in printed  # to fit it on
    report = json.loads((tmp_path / 'out/tiny-level-test.json').read_text())
    assert report['weather']['fog']['images'] == 2
    assert report['generator version'] == '2' and report['kind'] == 'street'
    assert report['model']['summary']['expected calibration error'] is not None
    assert main([*words, '--fast']) == 0
    assert 'boundary F-score' not in capsys.readouterr().out


def test_tilted_set_is_paired_with_the_level_one(make_bundle, level, tilted, tmp_path, capsys):
    words = ['evaluate', str(make_bundle()), '--data', str(level), '--paired-with', str(tilted)]
    page = tmp_path / 'page.html'
    more = ['--level', '--out', str(tmp_path / 'out'), '--report', str(page)]
    assert main([*words, *more]) == 0
    assert 'tilted against level' in capsys.readouterr().out
    assert main([*words, '--level', '--fast', '--json']) == 0
    assert {row['figure'] for row in json.loads(capsys.readouterr().out)['paired']}
    assert '<h2>tilted against level</h2>' in page.read_text()
    report = json.loads((tmp_path / 'out/tiny-level-test-levelled.json').read_text())
    assert report['levelled'] is True and report['paired with'] == 'tilted'
    figures = {row['figure'] for row in report['paired']}
    assert {'pixel accuracy', 'people found'} <= figures


def test_levelling_needs_tilts(make_bundle, level, capsys):
    words = ['evaluate', str(make_bundle()), '--data', str(level), '--level']
    table = level / 'frames/test.csv'
    table.write_text('\n'.join(table.read_text().splitlines()[:-1]) + '\n')
    assert main(words) == 2
    assert 'levelling needs panoramas whose tilts a frame table tells' in capsys.readouterr().err


def test_another_list_cannot_be_paired(make_bundle, level, tilted, capsys):
    listing = tilted / 'lists/test.txt'
    listing.write_text(listing.read_text().split('\n')[0] + '\n')
    words = ['evaluate', str(make_bundle()), '--data', str(level)]
    assert main([*words, '--paired-with', str(tilted)]) == 2
    assert 'cannot be paired' in capsys.readouterr().err


@pytest.mark.parametrize('size', ['384', '384x', 'bigxsmall', '-4x8'])
def test_size_must_be_two_numbers(make_bundle, level, size, capsys):
    words = ['evaluate', str(make_bundle()), '--data', str(level), f'--size={size}']
    assert main(words) == 2
    assert '--size must be HEIGHTxWIDTH' in capsys.readouterr().err


def test_sizes_run_in_torch_only(make_bundle, level, capsys):
    words = ['evaluate', str(make_bundle()), '--data', str(level)]
    assert main([*words, '--size', '16x32']) == 2  # this bundle has no weights
    assert 'holds no weights.safetensors, which torch needs' in capsys.readouterr().err
    assert main([*words, '--size', '30x60']) == 2
    assert (
        'cannot run at 60x30: height must be a positive multiple of 4' in capsys.readouterr().err
    )


def test_weights_run_at_another_size(level, tmp_path, capsys):
    torch = pytest.importorskip('torch', reason='networks need torch')
    from panoseg_ros.bundles import InputSpec, write_card
    from panoseg_ros.networks import build_network, save_weights

    torch.manual_seed(0)
    folder = tmp_path / 'nano'
    folder.mkdir()
    save_weights(build_network('trans4pass_nano', 19).state_dict(), folder / 'weights.safetensors')
    spec = InputSpec(32, 64, wrap_px=8)
    write_card(folder, name='nano', network='trans4pass_nano', label_set='cityscapes19', spec=spec)
    words = ['evaluate', str(folder), '--data', str(level), '--out', str(tmp_path / 'out')]
    assert main([*words, '--size', '64x128']) == 0
    assert 'test split, 128 x 64' in capsys.readouterr().out
    report = json.loads((tmp_path / 'out/nano-level-test-64x128.json').read_text())
    assert (report['height'], report['width']) == (64, 128)
    assert np.sum(report['confusion']['model']) == 3 * 64 * 128


def test_unlabelled_and_unknown_data_end_in_one_line(make_bundle, tmp_path, capsys):
    bundle = str(make_bundle())
    for data, words in (
        ('kitti:/nowhere', "unknown kind of data set 'kitti'"),
        (f'cityscapes:{tmp_path}/none', 'none: is not a folder'),
    ):
        assert main(['evaluate', bundle, '--data', data, '--split', 'val']) == 2
        assert words in capsys.readouterr().err


def test_reports_are_compared(make_bundle, level, tilted, tmp_path, capsys):
    bundle = str(make_bundle())
    for data in (level, tilted):
        out = str(tmp_path / 'out' / data.name)
        assert main(['evaluate', bundle, '--data', str(data), '--out', out]) == 0
    reports = [
        str(tmp_path / 'out' / name / f'tiny-{name}-test.json') for name in ('level', 'tilted')
    ]
    words = ['evaluate', 'compare', '--first', reports[0], '--second', reports[1]]
    capsys.readouterr()
    assert main([*words, '--second', reports[0]]) == 0
    assert '2 runs against tiny-level-test.json, 3 pictures' in capsys.readouterr().out
    page = tmp_path / 'gains.html'
    assert main([*words, '--json', '--by-class', '--report', str(page)]) == 0
    assert (
        '<h2>Differences</h2>' in page.read_text()
        and 'aria-label="differences"' in page.read_text()
    )
    rows = json.loads(capsys.readouterr().out)
    assert {'pixel accuracy', 'road', 'people found'} <= {row['figure'] for row in rows}


def test_page_shows_the_run_and_its_yardsticks(make_bundle, level, tmp_path):
    page = tmp_path / 'page.html'
    words = ['evaluate', str(make_bundle()), '--data', str(level), '--report', str(page)]
    assert main(words) == 0
    text = page.read_text()
    for title in ('Classes', 'Groups', 'Worst frames', 'Yardsticks', 'People', 'Calibration'):
        assert f'<h2>{title}</h2>' in text
