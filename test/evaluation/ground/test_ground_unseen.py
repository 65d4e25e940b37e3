"""A bundle is scored on streets that it cannot have learnt from, or not at all."""

from dataclasses import replace

import pytest

pytest.importorskip('embreex', reason='rendering needs embreex')

from panoseg_ros.bundles import load_bundle
from panoseg_ros.errors import MetricsError
from panoseg_ros.evaluation.ground.drives import SEEDS
from panoseg_ros.evaluation.ground.unseen import check_unseen
from panoseg_ros.resources import DEFAULT_BUNDLE


@pytest.fixture(scope='module')
def shipped():
    return load_bundle(DEFAULT_BUNDLE, verify=False)


def with_lists(bundle, lists):
    return replace(bundle, card={**bundle.card, 'data': {'lists': lists}})


def test_no_drive_is_among_the_shipped_model_s_streets(shipped):
    for kinds in SEEDS.values():
        found = check_unseen(shipped, [seed for seeds in kinds.values() for seed in seeds])
        assert set(found) == {'train', 'val', 'test'}
        assert all('proven by hash' in words for words in found.values())
        generator = shipped.card['data']['generator_version']
        assert found['train'].startswith('seeds 0 to ')
        assert found['train'].endswith(f'generator {generator}')


def test_a_street_that_was_learnt_from_is_refused(shipped):
    with pytest.raises(MetricsError, match=r'train pictures: seeds 0 to \d+,.*: 5$'):
        check_unseen(shipped, [900101, 5])


def test_lists_of_unknown_seeds_hold_those_of_their_split(shipped):
    lists = {'train': {'images': 4400, 'sha256': '0' * 64}}
    assert 'no known run' in check_unseen(with_lists(shipped, lists), [900101])['train']
    for wrong in ({'images': 60, 'sha256': '0' * 64}, {'images': 'many'}, 'none'):
        with pytest.raises(MetricsError, match=r'val pictures: any seeds of split val.*: 900101'):
            check_unseen(with_lists(shipped, {'val': wrong}), [900101])


def test_a_card_without_lists_proves_nothing(shipped):
    for data in (None, {}, {'lists': {}}, 'photographs'):
        with pytest.raises(MetricsError, match='names no data'):
            check_unseen(replace(shipped, card={'data': data}), [900101])


def test_several_sets_scenes_rendered_live_and_photographs(shipped):
    noted = shipped.card['data']['lists']['train']
    live = {'generator_version': '2', 'first_scene': 0, 'scenes': 90_000, 'views_of_each': 2}
    photographs = {'kind': 'cityscapes', 'lists': {'val': {'images': 500, 'sha256': '0' * 64}}}
    sets = [{'lists': {'train': noted}}, photographs]
    bundle = replace(shipped, card={'data': {'sets': sets, 'rendered': live}})
    found = check_unseen(bundle, [900101])
    assert found['set 3 train'].startswith('seeds 0 to 89999')
    assert 'no rendered streets' in found['set 2 val'] and 'hash' in found['set 1 train']
    with pytest.raises(MetricsError, match='seeds 0 to 89999, generator 2: 89999'):
        check_unseen(bundle, [89999])
