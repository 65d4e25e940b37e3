"""Label folders, bags, replays and protocols on the command line."""

import json

import cv2
import numpy as np
import pytest

from panoseg_ros.cli.main import main
from panoseg_ros.metrics import confusion_matrix, mean_iou


@pytest.fixture
def folders(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(4):
        truth = np.zeros((32, 64), np.uint8)
        truth[:16], truth[20:28, 10:30] = 10, 13
        truth[:2] = 255
        found = np.where(rng.random(truth.shape) < 0.9, truth, 2).astype(np.uint8)
        found[:2] = 10
        for folder, labels in (('truth', truth), ('found', found), ('sure', found + 100)):
            path = tmp_path / folder / f'{number}.png'
            path.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(path), labels)
    return tmp_path


def words(folder, *more):
    sides = ['--truth', str(folder / 'truth'), '--prediction', str(folder / 'found')]
    return ['evaluate', 'labels', *sides, *more]


def test_folders_are_scored_and_shown(folders, capsys):
    out, page = folders / 'out/run.json', folders / 'out/run.html'
    more = ('--confidence', str(folders / 'sure'), '--out', str(out), '--report', str(page))
    assert main(words(folders, *more)) == 0
    printed = capsys.readouterr().out
    assert 'boundary F-score' in printed and 'expected calibration error' in printed
    expected = sum(
        confusion_matrix(
            *(cv2.imread(str(folders / side / f'{i}.png'), -1) for side in ('truth', 'found')), 19
        )
        for i in range(4)
    )
    report = json.loads(out.read_text())
    assert report['confusion'] == expected.tolist()
    assert report['summary']['mean IoU'] == pytest.approx(mean_iou(expected), abs=1e-6)
    assert '<h2>Worst frames</h2>' in page.read_text()


def test_reports_of_labels_are_compared_in_pairs(folders, capsys):
    for name in ('a', 'b'):
        assert main(words(folders, '--fast', '--out', str(folders / f'{name}.json'))) == 0
    capsys.readouterr()
    sides = ['--first', str(folders / 'a.json'), '--second', str(folders / 'b.json')]
    assert main(['evaluate', 'compare', *sides, '--json']) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]['gain'] == 0.0 and rows[0]['interval'] == [0.0, 0.0]


def test_wrong_words_end_in_one_line(folders, capsys):
    for more, said in (
        (('--elevations', '10,20'), 'elevations must be TOP,BOTTOM'),
        (('--truth-ending', '.jpg'), 'holds no file that ends in .jpg'),
        (('--images', str(folders / 'none')), 'none: is not a folder'),
    ):
        assert main(words(folders, *more)) == 2
        error = capsys.readouterr().err
        assert said in error and error.count('\n') == 1


def test_pictures_that_are_no_panoramas(folders, capsys):
    assert main(words(folders, '--elevations', 'none', '--fast', '--json')) == 0
    summary = json.loads(capsys.readouterr().out)['summary']
    assert summary['mean IoU near the seam'] is None
    assert summary['mean IoU by solid angle'] == pytest.approx(summary['mean IoU'])


def test_bag_is_scored(tmp_path, capsys):
    pytest.importorskip('rosbags', reason='bags need rosbags')
    from panoseg_ros.bags import BagWriter, ImageMessage, png

    bag = tmp_path / 'run.mcap'
    labels = np.zeros((16, 32), np.uint8)
    labels[:8] = 10
    with BagWriter(bag) as writer:
        for stamp in (10, 20, 30):
            writer.write('/truth/panorama/labels', stamp, png(stamp, 'p', labels))
            writer.write('/segmentation/mask', stamp, ImageMessage(stamp, 'p', labels, 'mono8'))
    assert main(['evaluate', 'bag', str(bag), '--json']) == 0
    report = json.loads(capsys.readouterr().out)
    assert report['summary']['mean IoU'] == 1.0 and report['summary']['flicker'] == 0.0
    assert main(['evaluate', 'bag', str(bag), '--mask-topic', '/no']) == 2
    assert 'has no topic /no' in capsys.readouterr().err


def test_page_of_a_bag_shows_costmaps_and_times(tmp_path, capsys):
    pytest.importorskip('rosbags', reason='bags need rosbags')
    from panoseg_ros.bags import BagWriter, GridMessage, ImageMessage, png
    from panoseg_ros.evaluation.bag_maps import COSTMAP, TRUE_LAYERS

    bag, page = tmp_path / 'run.mcap', tmp_path / 'page.html'
    labels = np.zeros((16, 32), np.uint8)
    with BagWriter(bag) as writer:
        for stamp in (10, 20):
            writer.write('/truth/panorama/labels', stamp, png(stamp, 'p', labels))
            writer.write('/segmentation/mask', stamp, ImageMessage(stamp, 'p', labels, 'mono8'))
            for topic in (COSTMAP, *TRUE_LAYERS):
                cells = np.zeros((8, 8), np.int8)
                writer.write(topic, stamp, GridMessage(stamp, 'b', 0.5, (-2.0, -2.0, 0.0), cells))
    frames = [{'stamp_ns': t, 'timings_ms': {'network': 9.0}, 'latency_ms': 9.5, 'dropped': False}
              for t in (10, 20)]  # fmt: skip
    metrics = {'frames': frames, 'summary': {}, 'environment': {}}
    (tmp_path / 'metrics.json').write_text(json.dumps(metrics))
    assert main(['evaluate', 'bag', str(bag), '--report', str(page)]) == 0
    text = page.read_text()
    for said in ('<h2>Stages</h2>', '<h2>Latency</h2>', 'latency, median', 'costmap from above'):
        assert said in text
    assert text.count('alt="truth: what the camera sees"') == 2
    capsys.readouterr()
    assert main(['evaluate', 'bag', str(bag), '--image-topic', '/no']) == 2
    assert 'run.mcap: has no topic /no, it has' in capsys.readouterr().err


def test_labels_outside_the_map_name_both_files(folders, capsys):
    wrong = folders / 'found/2.png'
    cv2.imwrite(str(wrong), np.full((32, 64), 40, np.uint8))
    assert main(words(folders)) == 2
    error = capsys.readouterr().err
    assert f'{wrong} against {folders / "truth/2.png"}: prediction holds id 40' in error
    assert error.count('\n') == 1


@pytest.mark.parametrize(
    ('damage', 'said'),
    [
        (lambda path: path.write_bytes(b'no picture'), 'is not a readable picture'),
        (lambda path: cv2.imwrite(str(path), np.zeros((32, 32), np.uint8)), '32x32'),
        (lambda path: cv2.imwrite(str(path), np.zeros((32, 64, 3), np.uint8)), 'expected 8-bit'),
        (lambda path: path.unlink(), 'has no counterpart of'),
    ],
)
def test_bad_label_images_are_named_in_one_line(folders, capsys, damage, said):
    damage(folders / 'found/2.png')
    assert main(words(folders)) == 2
    error = capsys.readouterr().err
    assert said in error and '2.png' in error and error.count('\n') == 1


def test_replay_and_protocol_refuse_in_one_line(tmp_path, make_bundle, capsys):
    assert main(['evaluate', 'replay', str(tmp_path)]) == 2
    assert 'metrics.json: cannot be read' in capsys.readouterr().err
    protocol = ['evaluate', 'protocol', str(make_bundle()), 'kitti', '--data', str(tmp_path)]
    assert main(protocol) == 2
    assert "unknown protocol 'kitti'" in capsys.readouterr().err
