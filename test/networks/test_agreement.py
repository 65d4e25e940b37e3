"""The grid_sample form of the shipped network against torchvision's operator in float32.

Rendered panoramas of test scenes that were never scored; the shares are those that the
network must keep in each precision.
"""

import copy

import cv2
import numpy as np
import pytest
import torch

from panoseg_ros.bundles import WEIGHTS, load_bundle
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.inference.export import wrap_network
from panoseg_ros.inference.tail import upsample_argmax
from panoseg_ros.networks import build_network, load_weights, set_deform_operator
from panoseg_ros.resources import DEFAULT_BUNDLE

SEEDS = (960_000, 960_001)
SHARES = {torch.float32: 0.999, torch.float16: 0.995, torch.bfloat16: 0.985}
INNER_SHARE = 0.995  # of pixels 2 px or more from another label


def agreement(expected, found):
    """Return the shares of equal labels: of all pixels, and of those with equal neighbours."""
    same = expected == found
    window = np.ones((3, 3), np.uint8)
    inner = cv2.dilate(expected, window) == cv2.erode(expected, window)
    return same.mean(), same[inner].mean()


@pytest.fixture(scope='module')
def bundle():
    return load_bundle(DEFAULT_BUNDLE)


@pytest.fixture(scope='module')
def network(bundle):
    network = build_network(bundle.network)
    load_weights(network, bundle.files[WEIGHTS])
    return network


@pytest.fixture(scope='module')
def panoramas(bundle):
    pytest.importorskip('embreex', reason='rendering needs embreex')
    from panoseg_ros.synthetic import scene_shots

    geometry = PanoramaGeometry(bundle.input.height, bundle.input.width)
    return [next(scene_shots('test', seed, 1, geometry)).image for seed in SEEDS]


def cast_labels_of(network, spec, images, dtype):
    """Segment with all weights and the input in one precision, after normalising in float32."""
    cast, scale, labels = copy.deepcopy(network).to(dtype), wrap_network(network, spec), []
    for image in images:
        with torch.inference_mode():
            x = torch.from_numpy(image[None]).float() * scale.scale + scale.shift
            x = torch.cat([x[:, :, -spec.wrap_px :], x, x[:, :, : spec.wrap_px]], 2)
            logits = cast.quarter_logits(x.permute(0, 3, 1, 2).to(dtype))[0].float().numpy()
        labels.append(upsample_argmax(logits, spec.height, spec.width, spec.wrap_px)[0])
    return np.concatenate(labels)


def labels_of(network, spec, images, dtype=torch.float32):
    deployed, labels = wrap_network(network, spec), []
    for image in images:
        mixed = torch.autocast('cpu', dtype, enabled=dtype != torch.float32)
        with torch.inference_mode(), mixed:
            logits = deployed(torch.from_numpy(image[None]))[0].float().numpy()
        labels.append(upsample_argmax(logits, spec.height, spec.width, spec.wrap_px)[0])
    return np.concatenate(labels)  # one below the other


@pytest.fixture(scope='module')
def expected(bundle, network, panoramas):
    set_deform_operator(network, 'torchvision')
    labels = labels_of(network, bundle.input, panoramas)
    set_deform_operator(network, 'grid_sample')
    return labels


@pytest.mark.parametrize('segment', [labels_of, cast_labels_of], ids=['mixed', 'cast'])
@pytest.mark.parametrize('dtype', SHARES, ids=str)
def test_labels_agree_with_the_reference_operator(
    bundle, network, panoramas, expected, dtype, segment
):
    found = segment(network, bundle.input, panoramas, dtype)
    everywhere, inner = agreement(expected, found)
    assert everywhere >= SHARES[dtype]
    assert inner >= INNER_SHARE
    assert len(np.unique(expected)) > 5  # there was something to agree on
