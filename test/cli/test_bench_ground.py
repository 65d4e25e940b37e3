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
        (['--condition', 'fog'], 'fog'),
        (['--height', '3.0'], '3.0'),
    ):
        assert cli.main(['bench', 'ground', *options]) == 2
        error = capsys.readouterr().err
        assert word in error and error.count('\n') == 1


def test_quick_form_scores_two_drives(tmp_path, capsys):
    pytest.importorskip('embreex')
    command = ['bench', 'ground', '--quick', '--cache', str(tmp_path / 'kept'), '--json']
    assert cli.main([*command, '--out', str(tmp_path / 'table')]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first['split'] == 'val' and first['frames'] == 6
    ways = {row['way'] for row in first['results']}
    assert ways == {'one frame', 'fused', 'smear', 'last feet', 'ray clearing'}
    whole = [r for r in first['results'] if r['kind'] == 'all' and r['within_m'] == 10.0]
    smear = {r['way']: r['figures']['smear'] for r in whole}
    assert smear['smear'] > 2 * smear['one frame']
    assert all(r['counts']['persons'] > 3 for r in whole)
    table = (tmp_path / 'table.md').read_text()
    assert '| false free | <= 1 % |' in table and 'spin drives only' in table
    stamps = {f: f.stat().st_mtime_ns for f in (tmp_path / 'kept').rglob('*.npz')}
    assert len(stamps) == 6
    assert cli.main(command) == 0
    assert json.loads(capsys.readouterr().out) == first  # from what was kept
    assert {f: f.stat().st_mtime_ns for f in stamps} == stamps
