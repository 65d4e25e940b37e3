"""Protocols by name on tiny sets in their published layouts."""

import cv2
import numpy as np
import pytest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.datasets import KINDS
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.protocols import PROTOCOLS, evaluate_protocol, find_protocol
from panoseg_ros.labels import load_label_set

ROAD, SKY = 0, 10


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)


@pytest.fixture
def densepass(tmp_path):
    """Two pictures of bright sky over dark road; the truth of the second is half unknown."""
    root = tmp_path / 'DensePASS'
    for number in range(2):
        labels = np.full((400, 2048), SKY, np.uint8)
        labels[200:] = ROAD
        image = np.where(labels == SKY, 220, 30).astype(np.uint8)
        labels[:, 1024:] = 255 if number else labels[:, 1024:]
        write(root / f'leftImg8bit/val/cs/{number}.png', np.repeat(image[..., None], 3, -1))
        write(root / f'gtFine/val/cs/{number}_labelTrainIds.png', labels)
    return root


@pytest.fixture
def synpass(tmp_path):
    root = tmp_path / 'SynPASS'
    for weather, shade in (('cloud', 220), ('fog', 30)):
        for point in ('p1', 'p2'):
            name = f'{weather}/val/{point}/000001'
            write(root / f'img/{name}.jpg', np.full((32, 64, 3), shade, np.uint8))
            write(root / f'semantic/{name}_trainID.png', np.ones((32, 64), np.uint8))
    (root / 'all_map_day_val.txt').write_text('p1\n')
    (root / 'all_map_night_val.txt').write_text('p2\n')
    return root


def test_every_protocol_names_a_kind_and_classes():
    for protocol in PROTOCOLS.values():
        assert protocol.kind in KINDS and protocol.parts
        assert len(load_label_set(protocol.label_set)) > 1


def test_densepass_is_scored_at_its_own_size(make_bundle, densepass):
    bundle = load_bundle(make_bundle())
    found = evaluate_protocol(bundle, 'densepass', densepass, outlines=False)['val']
    # Truth that is 255 counts nowhere, whatever the network says there.
    assert found.confusion.sum() == 400 * 2048 * 3 // 2
    assert found.facts['scored at'] == '2048 x 400'
    assert found.summary()['pixel accuracy'] > 0.9
    assert np.isnan(found.silent_share)  # a whole sphere sees all of it


def test_synpass_is_scored_by_weather_and_time(make_bundle, synpass, monkeypatch):
    bundle = load_bundle(make_bundle(num_classes=22, label_set='synpass22'))
    small = PROTOCOLS['synpass']._replace(size=(32, 64))
    monkeypatch.setitem(PROTOCOLS, 'synpass', small)
    parts = ('cloud', 'fog', 'day', 'night')
    found = evaluate_protocol(bundle, 'synpass', synpass, parts=parts)
    assert list(found) == list(parts)
    assert [len(scores.pictures) for scores in found.values()] == [2, 2, 2, 2]
    assert {p.group for p in found['day'].pictures} == {'cloud', 'fog'}
    assert found['fog'].confusion.sum() == 2 * 32 * 64


def test_a_missing_part_is_known_before_anything_is_scored(make_bundle, synpass, monkeypatch):
    (synpass / 'all_map_night_val.txt').unlink()
    bundle = load_bundle(make_bundle(num_classes=22, label_set='synpass22'))
    scored = []
    with pytest.raises(DatasetError, match=r'all_map_night_val\.txt'):
        evaluate_protocol(
            bundle,
            'synpass',
            synpass,
            parts=('cloud', 'night'),
            watch=lambda rows, *_: scored.append(rows) or rows,
        )
    assert not scored


def test_wrong_names_and_classes_are_refused(make_bundle, densepass):
    bundle = load_bundle(make_bundle())
    with pytest.raises(DatasetError, match='known are cityscapes, '):
        find_protocol('kitti')
    with pytest.raises(DatasetError, match=r"has no part 'hail', only all, cloud"):
        evaluate_protocol(
            load_bundle(make_bundle(num_classes=22, label_set='synpass22', name='other')),
            'synpass',
            densepass,
            parts=['hail'],
        )
    with pytest.raises(DatasetError, match='has the classes of densepass13'):
        evaluate_protocol(bundle, 'densepass13', densepass)


def test_protocols_score_at_the_sizes_of_the_papers():
    """Sizes are height x width, None where pictures keep theirs."""
    assert {name: (p.label_set, p.size) for name, p in PROTOCOLS.items()} == {
        'cityscapes': ('cityscapes19', (1024, 2048)),
        'cityscapes13': ('densepass13', (1024, 2048)),
        'densepass': ('densepass19', (400, 2048)),
        'densepass13': ('densepass13', (400, 2048)),
        'synpass': ('synpass22', (1024, 2048)),
        'synpass13': ('densepass13', (1024, 2048)),
        'stanford2d3d': ('stanford2d3d13', (1080, 1080)),
        'stanford2d3d8': ('stanford2d3d8', None),
        'stanford2d3d_pan': ('stanford2d3d13', (1024, 2048)),
        'stanford2d3d8_pan': ('stanford2d3d8', (1024, 2048)),
        'structured3d': ('stanford2d3d8', None),
    }
    assert [part.name for part in PROTOCOLS['synpass'].parts] == [
        'all', 'cloud', 'fog', 'rain', 'sun', 'day', 'night'
    ]  # fmt: skip
