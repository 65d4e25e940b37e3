"""`panoseg bench ground` renders, scores, keeps what it rendered, and refuses what it must."""

import json

import pytest

from panoseg_ros.cli import main as cli
from panoseg_ros.errors import MetricsError
from panoseg_ros.evaluation.ground.drives import KINDS, SEEDS, drives_of
from panoseg_ros.synthetic.recording.drive import split_of


def test_seeds_belong_to_their_splits_and_are_disjoint():
    seen = set()
    for split, kinds in SEEDS.items():
        assert set(kinds) == set(KINDS)
        for seeds in kinds.values():
            assert {split_of(seed) for seed in seeds} == {split}
            assert not seen & set(seeds)
            seen |= set(seeds)
        assert len(drives_of(split)) == sum(map(len, kinds.values()))


def test_unknown_splits_drives_and_rows_are_refused(capsys):
    with pytest.raises(MetricsError, match='val, test'):
        drives_of('train')
    for options, word in (
        (['--split', 'train'], 'split'),
        (['--drive', 'nowhere'], 'nowhere'),
        (['--kind', 'train'], 'street, spin, walk_away'),
        (['--kind', 'spin', '--drive', 'street_900101'], 'street_900101'),
        (['--condition', 'fog'], 'fog'),
        (['--height', '3.0'], '3.0'),
        (['--jobs', '-1'], 'jobs'),
        (['--bundle', 'nowhere'], 'nowhere'),
    ):
        assert cli.main(['bench', 'ground', *options]) == 2
        error = capsys.readouterr().err
        assert word in error and error.count('\n') == 1


@pytest.mark.timeout(600)  # renders three moments of a street, on however few cores
def test_quick_form_renders_once_and_scores(tmp_path, capsys):
    pytest.importorskip('embreex', reason='rendering needs embreex')
    kept = tmp_path / 'kept'
    command = ['bench', 'ground', '--quick', '--drive', 'spin_900111', '--cache', str(kept)]
    command += ['--jobs', '1', '--json']
    assert cli.main([*command, '--out', str(tmp_path / 'table')]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first['split'] == 'val' and first['maps'] == 3 and first['labels'] == 'true'
    cost = first.pop('cost')
    assert 0.0 < cost['cpu_p50_ms'] <= cost['cpu_p95_ms'] and cost['grids'] == 20
    assert {'ground/scan', 'ground/free', 'segmentation/points'} < set(cost['parts_cpu_p50_ms'])
    ways = {row['way'] for row in first['results']}
    usual = {'smear', 'last feet', 'ray clearing'}
    assert ways == {'one frame', 'fused', 'true feet', *usual}
    whole = [
        row
        for row in first['results']
        if (row['kind'], row['within_m'], row['ground']) == ('all', 10.0, 'all')
    ]
    smear = {row['way']: row['figures']['smear'] for row in whole}
    assert smear['smear'] > 2 * smear['one frame']
    assert all(row['counts']['things'] > 3 for row in whole)
    table = (tmp_path / 'table.md').read_text()
    assert '| false free | <= 1 % |' in table and 'spin drives only' in table
    assert 'flat ground' in table and '400 x 400 cells, 20 classes' in table
    stamps = {f: f.stat().st_mtime_ns for f in kept.rglob('*.npz')}
    assert len(stamps) == 3 + 3 + 1  # truth and labels of every moment, sums of the drive
    assert cli.main(command) == 0
    again = json.loads(capsys.readouterr().out)
    del again['cost']
    assert again == first  # from what was kept
    assert {f: f.stat().st_mtime_ns for f in stamps} == stamps
    sums = next((kept / 'scores').iterdir())
    sums.unlink()
    assert cli.main([*command, '--condition', 'level']) == 0  # scored again, rendered no more
    again = json.loads(capsys.readouterr().out)
    del again['cost']
    assert again == first
    assert {f: f.stat().st_mtime_ns for f in stamps if f != sums} == {
        f: stamp for f, stamp in stamps.items() if f != sums
    }
    sums.write_bytes(b'torn')
    assert cli.main(command) == 2
    error = capsys.readouterr().err
    assert 'damaged, delete it' in error
