"""A real graph through ONNX Runtime."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from panoseg_ros.bundles import load_bundle, write_card
from panoseg_ros.errors import BackendError
from panoseg_ros.inference import load_backend


def test_labels_follow_the_picture(make_bundle: Callable[..., Path]) -> None:
    backend = load_backend(load_bundle(make_bundle()), threads=1)
    image = np.zeros((32, 64, 3), np.uint8)
    image[:16] = 255
    labels, confidence = backend.segment(image)
    assert backend.num_classes == 19
    assert (labels[:12] == 10).all() and (labels[20:] == 0).all()
    assert confidence[0, 0] == 255
    assert labels.dtype == confidence.dtype == np.uint8


def test_left_and_right_border_are_neighbours(make_bundle: Callable[..., Path]) -> None:
    backend = load_backend(load_bundle(make_bundle()), threads=1)
    image = np.zeros((32, 64, 3), np.uint8)
    image[:, :8] = 255
    rolled = np.roll(image, 32, axis=1)
    direct = backend.segment(image)[0]
    centred = np.roll(backend.segment(rolled)[0], -32, axis=1)
    assert np.mean(direct == centred) > 0.97  # sampling grids differ by a fraction of a pixel


@pytest.mark.parametrize('shape', [(32, 60, 3), (32, 64), (0, 0, 3)])
def test_other_sizes_are_refused(make_bundle: Callable[..., Path], shape: tuple) -> None:
    backend = load_backend(load_bundle(make_bundle()), threads=1)
    with pytest.raises(BackendError, match=r'wants a panorama \(32, 64, 3\)'):
        backend.segment(np.zeros(shape, np.uint8))


def test_card_and_graph_must_agree(make_bundle: Callable[..., Path]) -> None:
    folder = make_bundle()
    bundle = load_bundle(folder)
    spec = type(bundle.input)(64, 64, wrap_px=8)
    write_card(folder, name='x', network='tiny', label_set='cityscapes19', spec=spec)
    with pytest.raises(BackendError, match='expected input image'):
        load_backend(load_bundle(folder))


def test_missing_and_truncated_graphs_are_named(make_bundle: Callable[..., Path]) -> None:
    folder = make_bundle()
    graph = folder / 'model.onnx'
    graph.write_bytes(graph.read_bytes()[:200])
    with pytest.raises(BackendError, match=r'model\.onnx: cannot be loaded'):
        load_backend(load_bundle(folder, verify=False))
    graph.rename(folder / 'other.bin')
    spec = load_bundle(folder, verify=False).input
    write_card(folder, name='x', network='tiny', label_set='cityscapes19', spec=spec)
    with pytest.raises(BackendError, match=r'holds no model\.onnx'):
        load_backend(load_bundle(folder))


def test_unknown_backend_names_the_known_ones(make_bundle: Callable[..., Path]) -> None:
    bundle = load_bundle(make_bundle())
    with pytest.raises(BackendError, match='expected one of auto, onnx, torch'):
        load_backend(bundle, 'tpu')
    with pytest.raises(BackendError, match='threads must be 0 or more'):
        load_backend(bundle, threads=-1)
