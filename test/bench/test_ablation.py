import json
from dataclasses import replace

import pytest

pytest.importorskip('embreex', reason='the pictures are rendered')
pytest.importorskip('lightning', reason='the networks are trained')

from bench.ablation import __main__ as command
from bench.ablation import report
from bench.ablation.__main__ import main
from bench.ablation.plan import ARMS, AUGMENTATION, BASE, SEEDS, Plan
from bench.ablation.report import markdown
from bench.ablation.runs import JOBS, read_plan
from bench.class_table import NAMES
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.resources import share_dir
from panoseg_ros.synthetic import GENERATOR_VERSION, write_dataset
from panoseg_ros.training import load_train_config

GEOMETRY = PanoramaGeometry(64, 128)


@pytest.fixture(scope='module')
def streets(tmp_path_factory):
    """Two training and two test scenes, the latter also from a tilted camera."""
    folder = tmp_path_factory.mktemp('streets')
    for name, tilt in (('level', None), ('tilted', 10.0)):
        write_dataset(folder / name, 'test', range(950_000, 950_002), 1, GEOMETRY, tilt_deg=tilt)
    write_dataset(folder / 'level', 'train', range(100, 102), 1, GEOMETRY)
    return folder


@pytest.fixture(scope='module')
def few():
    """Two seeds instead of three, which leaves all that is done with several."""
    seeds = SEEDS[:2]
    jobs = tuple(job for job in JOBS if job.seed in seeds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, 'SEEDS', seeds)
        patch.setattr(report, 'JOBS', jobs)
        patch.setattr(command, 'JOBS', jobs)
        yield jobs


@pytest.fixture(scope='module')
def finished(few, streets, tmp_path_factory):
    """The whole experiment, as small as it gets."""
    work = tmp_path_factory.mktemp('ablation')
    main(words(streets, work))
    return work


def words(streets, work, steps=1):
    folders = ('--data', streets / 'level', '--tilted', streets / 'tilted')
    return list(map(str, ('--work', work, *folders, '--steps', steps)))


class TestPlan:
    def test_the_base_is_the_street_model(self):
        settings = load_train_config(share_dir() / 'config/train/nano_street.yaml')
        assert settings.augmentation == AUGMENTATION
        ours = Plan('', '').config(BASE, 1)
        for name in ('network', 'optimizer', 'muon_learning_rate', 'class_balance', 'precision'):
            assert getattr(ours, name) == getattr(settings, name)

    def test_the_precision_is_that_of_the_machine_unless_it_is_given(
        self, streets, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(command, 'run_jobs', lambda *_: None)
        monkeypatch.setattr(command, 'write_report', lambda _: '')
        monkeypatch.setattr(command, 'cpu_has_bfloat16', lambda: False)
        main(words(streets, tmp_path / 'own'))
        main([*words(streets, tmp_path / 'given'), '--precision', 'bf16-mixed'])
        for name, taken in (('own', '32-true'), ('given', 'bf16-mixed')):
            assert read_plan(tmp_path / name).config(BASE, 1).precision == taken

    def test_arms_differ_in_one_entry_each(self):
        base = Plan('', '').config(BASE, 1)
        for arm, changes in ARMS.items():
            assert len(changes) == (arm != BASE)
            other = Plan('', '').config(arm, 1)
            assert other == replace(
                base, name=other.name, augmentation=replace(base.augmentation, **changes)
            )

    def test_all_arms_have_three_seeds(self):
        assert len(SEEDS) >= 3
        assert {(job.arm, job.seed) for job in JOBS} == {(a, s) for a in ARMS for s in SEEDS}


class TestExperiment:
    def test_every_run_is_scored_on_both_sets(self, finished):
        found = json.loads((finished / 'report.json').read_text())
        assert found['missing'] == []
        for arm in ARMS:
            figures = found['arms'][arm]['figures']
            scores = figures['level']['seeds'] + figures['tilted']['seeds']
            assert len(scores) == 2 * 2
            assert all(0.0 <= score <= 1.0 for score in scores)
            drops = zip(figures['drop']['seeds'], figures['level']['seeds'], strict=True)
            falls = [high - lower for lower, high in drops]
            assert falls == pytest.approx(figures['tilted']['seeds'])
            assert ('gain' in figures['level']) == (arm != BASE)

    def test_the_same_command_trains_nothing_again(self, finished, few, streets):
        results = sorted((finished / 'runs').rglob('result.json'))
        before = [path.stat().st_mtime_ns for path in results]
        main(words(streets, finished))
        assert len(before) == len(few) == 2 * len(ARMS)
        assert [path.stat().st_mtime_ns for path in results] == before

    def test_classes_stand_beside_their_number_and_both_yardsticks(self, finished):
        found = json.loads((finished / 'report.json').read_text())
        assert list(found['classes']) == [*ARMS, 'ceiling', 'trivial']
        for arm, row in found['arms'].items():
            for name in ('level', 'tilted', 'level/six'):
                assert found['classes'][arm][name] == pytest.approx(row['figures'][name]['mean'])
        assert found['classes']['ceiling']['level'] > 0.5 > found['classes']['trivial']['tilted']
        assert found['images_with_class']['tilted'][NAMES.index('sky')] == found['scenes'] == 2
        lines = (finished / 'report.md').read_text().splitlines()
        assert len([line for line in lines if line.startswith('| sky | 2 | ')]) == 2

    def test_rows_have_a_cell_for_every_column(self, finished):
        found = json.loads((finished / 'report.json').read_text())
        lines = markdown({**found, 'points_by_elevation': [0.4, 0.2]}).splitlines()
        table = [line.count('|') for line in lines[2:] if line.startswith('|')]
        assert set(table[: 2 + len(ARMS) + 1]) == {11}

    def test_the_plan_names_the_pictures(self, finished, streets):
        plan = json.loads((finished / 'plan.json').read_text())
        notes = plan['pictures'][str(streets / 'tilted')]
        assert notes['generator_version'] == GENERATOR_VERSION
        assert notes['lists']['test']['images'] == 2

    def test_a_folder_without_lists_leaves_no_plan(self, streets, tmp_path):
        work = tmp_path / 'work'
        with pytest.raises(SystemExit, match=r'nowhere: is not a folder'):
            main(['--work', str(work), '--data', str(streets / 'level'),
                  '--tilted', str(tmp_path / 'nowhere')])  # fmt: skip
        assert not work.exists()

    def test_another_plan_is_refused(self, finished, streets):
        with pytest.raises(SystemExit, match=r'plan.json: steps is 1, not 2; give another'):
            main(words(streets, finished, steps=2))

    def test_other_scenes_are_refused(self, streets, tmp_path):
        write_dataset(tmp_path / 'other', 'test', range(950_003, 950_004), 1, GEOMETRY)
        with pytest.raises(SystemExit, match=r'other: its test split shows other scenes'):
            main(['--work', str(tmp_path / 'work'), '--data', str(streets / 'level'),
                  '--tilted', str(tmp_path / 'other')])  # fmt: skip

    def test_a_difference_is_a_win_only_beyond_its_interval(self, finished):
        found = json.loads((finished / 'report.json').read_text())
        gain = found['arms']['no tilt']['figures']['tilted']['gain']
        for both, said in (([0.01, 0.02], 'wins'), ([-0.02, -0.01], 'loses')):
            gain['both'] = both
            assert said in markdown(found)
