import hashlib
import json

import numpy as np
import pytest

pytest.importorskip('embreex', reason='the pictures are rendered')
pytest.importorskip('lightning', reason='the networks are trained')

from bench import gains
from bench.distortion import scoring
from bench.distortion.__main__ import main
from bench.distortion.plan import (
    BASE,
    CAMERAS,
    FOV_DEG,
    HEADLINE,
    NETWORKS,
    PAIRS,
    SCORED,
    SEEDS,
    SIDE,
    Plan,
    read_plan,
)
from bench.distortion.report import markdown
from bench.distortion.runs import SCORES, Job, chosen_rate, lacks, selection_jobs
from bench.jobs import keep_plan, locked
from panoseg_ros.evaluation.resampling import estimate_gains, mean_iou
from panoseg_ros.networks import BASELINES, build_network
from panoseg_ros.networks import NETWORKS as SHIPPED
from panoseg_ros.networks.deform import OPERATORS
from panoseg_ros.networks.macs import profile
from panoseg_ros.synthetic import FAMILIES, SEED_RANGES, family_of

TINY = Plan(
    scenes=(1, 1, 2),
    pinhole_views=(3, 2, 1),
    panorama_views=1,
    batch_size=2,
    steps=3,
    selection_steps=1,
    rates=(0.0005, 0.001),
)
PAIR = ['segformer_nano', 'trans4pass_plus_nano']
LISTS = {  # SHA-256 of the lists of pictures, as docs/distortion.md has them
    'pinhole/train': '1514e3cd2b84d0dbdbdcc9113f744cf211488b31bd63db916916e64346cde0d4',
    'pinhole/val': '060a206ae41b90613880ba068c69d0391d2c9815f79e55280abbd5b2115d60cd',
    'pinhole/test': '4b10fb7e90e4891c172e064322950ed448632055329b72d9553defc20bd12d03',
    'panorama/val': '8ddf587966c6dabbc572cd62cb77c2de7e559f95469df3cc2f7d26c2bf1c8c6f',
    'panorama/test': '1d5d05ffd5d7806583ab61c7f77fbe4c112bd0585f860d80156e0be80cbaaf75',
}


def list_sha256(plan, camera, split):
    views = range(plan.views(camera, split))
    names = [f'leftImg8bit/{split}/{s:06d}/{v:02d}.png' for s in plan.seeds(split) for v in views]
    return hashlib.sha256(''.join(f'{name}\n' for name in names).encode()).hexdigest()


def random_counts(seed, scenes=6, bands=3):
    """Matrices of every scored set that are right more often than not."""
    rng = np.random.default_rng(seed)
    right = np.eye(scoring.CLASSES, dtype=np.int64) * 100
    return {
        name: right + rng.integers(0, 9 + 3 * seed, (scenes, bands, *right.shape))
        for name in SCORED
    }


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """The whole experiment, as small as it gets."""
    work = tmp_path_factory.mktemp('distortion')
    keep_plan(TINY.as_json(), work)
    main(['--work', str(work), '--networks', *PAIR, '--seeds', '1'])
    return work


class TestPlan:
    def test_lists_are_those_that_were_fixed(self):
        plan = Plan()
        found = {f'{c}/{s}': list_sha256(plan, c, s) for c, ss in CAMERAS.items() for s in ss}
        assert found == LISTS

    def test_splits_share_neither_scene_nor_family(self):
        families = []
        for split in ('train', 'val', 'test'):
            seeds = Plan().seeds(split)
            assert set(seeds) <= set(SEED_RANGES[split])
            families.append({family_of(split, seed) for seed in seeds})
            assert families[-1] <= set(FAMILIES[split])
        assert (
            not families[0] & families[1] | families[0] & families[2] | families[1] & families[2]
        )

    def test_five_networks_and_three_seeds(self):
        assert len(NETWORKS) == 5
        assert len(SEEDS) >= 3
        assert set(NETWORKS) <= {*BASELINES, *SHIPPED}

    def test_networks_cost_as_much_as_the_one_that_they_are_compared_with(self):
        size = SCORED[HEADLINE][1:]
        plain, *others = (profile(build_network(name), *size) for name in NETWORKS)
        assert NETWORKS[0] == BASE
        for other in others:
            assert abs(other.parameters / plain.parameters - 1) < 0.1
            assert abs(other.macs.total / plain.macs.total - 1) < 0.1

    def test_runs_differ_in_network_rate_seed_and_steps_only(self):
        configs = [Plan().config(name, 0.001, 1, 300) for name in NETWORKS]
        assert len({repr(config).replace(config.network, '') for config in configs}) == 1

    def test_training_knows_nothing_of_panoramas(self):
        how = Plan().config('trans4pass_nano', 0.001, 1, 300).augmentation
        assert (how.tilt, how.project, how.lenses, how.style) == (0.0, 0.0, 0.0, 0.0)

    def test_sizes_take_turns_evenly(self):
        phases = Plan().config('trans4pass_nano', 0.001, 1, Plan().steps).phases
        assert [phase.height for phase in phases[:4]] == [64, 96, 128, 64]
        assert len(phases) == 300
        assert len({phase.share for phase in phases}) == 1

    @pytest.mark.parametrize(('pinhole', 'panorama'), PAIRS)
    def test_a_pair_shows_things_about_equally_large(self, pinhole, panorama):
        side = SCORED[pinhole][1]
        finest, coarsest = (np.rad2deg(2 * np.tan(np.deg2rad(fov) / 2) / side) for fov in FOV_DEG)
        assert finest < 360 / SCORED[panorama][2] < coarsest
        assert side in Plan().sizes
        assert side <= SIDE

    def test_a_work_folder_keeps_its_plan(self, tmp_path):
        keep_plan(TINY.as_json(), tmp_path)
        assert read_plan(tmp_path) == TINY
        with pytest.raises(SystemExit, match=r'plan.json: steps is 3, not 4; give another'):
            main(['--work', str(tmp_path), '--steps', '4', '--only', 'report'])


class TestScoring:
    def test_bands_are_symmetric_about_the_horizon(self):
        bands = scoring.band_rows(36)  # 5 degrees per row
        assert (bands == bands[::-1]).all()
        assert [int((bands == band).sum()) for band in range(3)] == [8, 10, 18]

    def test_a_perfect_rule_fills_diagonals_of_its_bands(self, finished):
        samples = scoring.open_pictures(finished, 'panorama', 'test')
        bands = scoring.band_rows(128)
        counts = scoring.count(samples, (128, 256), bands, lambda _, truth: truth)
        assert counts.shape == (2, 3, 19, 19)
        assert counts.sum() == np.einsum('nbcc->', counts)
        labelled = samples.picture(0, 128, 256)[0].labels != 255
        assert counts[0].sum((1, 2)).tolist() == [labelled[bands == b].sum() for b in range(3)]


class TestGains:
    def test_scenes_alone_are_drawn_as_everywhere_else(self):
        base, other = [random_counts(2), random_counts(3)], [random_counts(0), random_counts(1)]
        name = 'panorama_128'
        found = gains.gain(base, other, gains.measure(name, mean_iou()))
        sides = [[run[name].sum(1) for run in runs] for runs in (base, other)]
        (expected,) = estimate_gains(*sides, [mean_iou()])
        assert (found.value, *found.scenes) == pytest.approx(expected)

    def test_seeds_widen_the_interval(self):
        base = [random_counts(seed) for seed in (1, 2, 3)]
        found = gains.gain(base, base[::-1], gains.measure('panorama_128', mean_iou()))
        assert found.value == pytest.approx(0.0)
        assert found.scenes == pytest.approx((0.0, 0.0))
        assert found.both[0] < -0.01 < 0.01 < found.both[1]

    def test_the_interval_over_seeds_is_welchs(self):
        base, other = np.array([[0.1], [0.4], [0.7]]), np.array([[0.2], [0.3], [0.4]])
        sides = [np.repeat(runs, 100_000, axis=1) for runs in (base, other)]
        low, high = np.percentile(gains._luck(sides, np.random.default_rng(0)), [2.5, 97.5])
        # Errors of 0.03 and 1 / 300, so 100 / 41 degrees of freedom; t of 2.439 is 3.644.
        assert high == pytest.approx(3.644 * (1 / 30) ** 0.5, rel=0.03)
        assert low == pytest.approx(-high, rel=0.03)

    def test_runs_that_stem_from_each_other_are_compared_one_by_one(self):
        base = [random_counts(seed) for seed in (1, 2, 3)]
        of = gains.measure('panorama_128', mean_iou())
        found = gains.gain(base, base, of, paired=True)
        assert (found.value, *found.both) == pytest.approx((0.0, 0.0, 0.0))
        alone = gains.gain(base, base, of)
        assert alone.both[0] < -0.01 < 0.01 < alone.both[1]

    def test_one_seed_has_no_interval_over_seeds(self):
        base = [random_counts(seed) for seed in (1, 2, 3)]
        found = gains.gain(base, base[:1], gains.measure('panorama_128', mean_iou()))
        assert np.isnan(found.both).all() and not np.isnan(found.scenes).any()
        assert gains.span(found.both) == gains.span((None, None)) == 'no interval'

    def test_a_drop_is_the_difference_of_two_sets(self):
        counts = random_counts(1)
        first, second = PAIRS[0]
        parts = [gains.value(counts, gains.measure(name, mean_iou())) for name in (first, second)]
        found = gains.value(counts, gains.drop(first, second, mean_iou()))
        assert found == pytest.approx(parts[0] - parts[1])

    def test_a_band_is_a_part(self):
        counts = random_counts(1)
        name = 'panorama_256'
        alone = {name: counts[name][:, 1:2]}
        whole = gains.measure(name, mean_iou())
        assert gains.value(alone, whole) == gains.value(
            counts, gains.measure(name, mean_iou(), band=1)
        )


class TestRuns:
    def test_the_best_rate_on_validation_is_taken(self, tmp_path):
        jobs = selection_jobs(TINY, PAIR[0])
        for job, score in zip(jobs, (0.3, 0.2), strict=True):
            assert chosen_rate(TINY, tmp_path, PAIR[0]) is None
            folder = job.folder(tmp_path)
            folder.mkdir(parents=True)
            result = {'rate': job.rate, 'validation_mean_iou': score}
            (folder / 'result.json').write_text(json.dumps(result))
        assert chosen_rate(TINY, tmp_path, PAIR[0]) == 0.0005

    def test_rates_that_diverge_are_not_chosen(self, tmp_path):
        keep_plan(TINY.as_json(), tmp_path)
        first, second = selection_jobs(TINY, PAIR[0])
        for job in (first, second):
            job.folder(tmp_path).mkdir(parents=True)
        (first.folder(tmp_path) / 'result.json').write_text(json.dumps({'failed': 'nan'}))
        good = {'rate': second.rate, 'validation_mean_iou': 0.1}
        (second.folder(tmp_path) / 'result.json').write_text(json.dumps(good))
        assert chosen_rate(TINY, tmp_path, PAIR[0]) == second.rate
        (second.folder(tmp_path) / 'result.json').write_text(json.dumps({'failed': 'nan'}))
        assert lacks(tmp_path, Job(PAIR[0], 1)) == 'all learning rates that were tried diverge'

    def test_training_waits_for_the_choice(self, tmp_path):
        keep_plan(TINY.as_json(), tmp_path)
        with pytest.raises(
            SystemExit, match='segformer_nano_seed1: the learning rate is not chosen'
        ):
            main(['--work', str(tmp_path), '--only', 'train'])

    def test_a_lock_is_held_by_one(self, tmp_path):
        path = tmp_path / 'run' / '.lock'
        with locked(path) as first, locked(path, wait=False) as second:
            assert (first, second) == (True, False)
        with locked(path, wait=False) as third:
            assert third


class TestExperiment:
    def test_every_run_is_there(self, finished):
        for network in PAIR:
            result = Job(network, 1).result(finished)
            assert result['rate'] == chosen_rate(TINY, finished, network)
            assert (result['steps'], result['seed']) == (3, 1)
            scores = scoring.load_scores(Job(network, 1).folder(finished) / SCORES)
            bands = {name: counts.shape[:2] for name, counts in scores.items()}
            assert bands == {
                'pinhole_64': (2, 1),
                'panorama_128': (2, 3),
                'pinhole_128': (2, 1),
                'panorama_256': (2, 3),
            }

    def test_the_same_command_does_nothing_again(self, finished):
        files = sorted((finished / 'runs').rglob('result.json'))
        before = [path.stat().st_mtime_ns for path in files]
        main(['--work', str(finished), '--networks', *PAIR, '--seeds', '1'])
        assert len(files) == 6
        assert [path.stat().st_mtime_ns for path in files] == before

    def test_the_report_agrees_with_the_scores(self, finished):
        found = json.loads((finished / 'report.json').read_text())
        assert found['missing'] == []
        runs = [scoring.load_scores(Job(name, 1).folder(finished) / SCORES) for name in PAIR]
        of = gains.measure('panorama_128', mean_iou())
        figures = [found['networks'][name]['figures']['panorama_128'] for name in PAIR]
        assert [entry['mean'] for entry in figures] == [gains.value(run, of) for run in runs]
        step = figures[1]['mean'] - figures[0]['mean']
        assert figures[1]['gain']['value'] == pytest.approx(step)
        assert 'gain' not in figures[0]
        assert found['yardsticks']['ceiling']['panorama_128'] > 0.4
        assert found['lists_sha256']['panorama/test'] == list_sha256(TINY, 'panorama', 'test')

    def test_offsets_are_measured_and_taken_away(self, finished):
        plain, deformable = (
            json.loads((finished / 'report.json').read_text())['networks'][name]['offsets']
            for name in PAIR
        )
        assert plain is None
        assert set(deformable['lengths']) == {'embedding', 'head'}
        assert all(0 < length < 64 for part in deformable['lengths'].values() for length in part)
        # Three steps after its start, from offsets of zero, a network is nearly the same without.
        worth = deformable['worth']
        assert set(worth) == {'embedding', 'head', 'embedding+head'}
        assert all(abs(figure['gain']['value']) < 0.05 for figure in worth.values())
        assert 'watched' not in OPERATORS

    def test_missing_runs_are_named(self, finished, capsys):
        main(['--work', str(finished), '--only', 'report', '--networks', *PAIR])
        assert 'missing: segformer_nano_seed2, segformer_nano_seed3' in capsys.readouterr().out
        assert 'No verdict' in (finished / 'report.md').read_text()

    def test_three_seeds_give_a_verdict(self, finished):
        main(['--work', str(finished), '--only', 'report', '--networks', *PAIR, '--seeds', '1'])
        found = json.loads((finished / 'report.json').read_text())
        for row in found['networks'].values():
            for figure in row['figures'].values():
                figure['seeds'] = figure['seeds'] * 3
        gain = found['networks'][PAIR[1]]['figures']['panorama_128']['gain']
        for both, verdict in (
            ([0.01, 0.02], 'wins'),
            ([-0.02, -0.01], 'loses'),
            ([-0.01, 0.02], 'no difference shown'),
        ):
            gain['both'] = both
            assert f'- {PAIR[1]} against segformer_nano: {verdict}.' in markdown(found)
