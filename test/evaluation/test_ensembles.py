"""Views of one panorama averaged: exact where the network does not mind the view."""

import pytest

pytest.importorskip('torch', reason='networks need torch')

import torch

from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.ensembles import flipped, rolled, scaled, wrapped
from panoseg_ros.networks import build_network


@pytest.fixture(scope='module')
def nano():
    torch.manual_seed(0)
    return build_network('trans4pass_nano', 3)


@pytest.fixture
def image():
    torch.manual_seed(1)
    return torch.randn(2, 3, 32, 64)


def columns(image):
    """Predict the number of the column: minds every view."""
    places = torch.arange(image.shape[-1], dtype=image.dtype)
    return places.expand(image.shape[0], 2, *image.shape[2:])


def colours(image):
    """Predict from the pixel alone: minds no view."""
    return image * 2 + 1


def test_views_are_turned_back_before_they_are_averaged(image):
    for ensemble in (flipped(colours), rolled(colours, 3), scaled(colours, [1.0])):
        assert torch.allclose(ensemble(image), colours(image), atol=1e-6)
    assert torch.allclose(wrapped(colours, 8)(image), colours(image))


def test_mirror_image_is_averaged_in(image):
    assert torch.equal(flipped(columns)(image), torch.full((2, 2, 32, 64), 31.5))


def test_turns_are_evenly_spaced(image):
    out = rolled(columns, 2)(image)
    expected = (torch.arange(64.0) + torch.arange(64.0).roll(32)) / 2
    assert torch.equal(out, expected.expand(2, 2, 32, 64))
    shifts = []
    rolled(lambda x: shifts.append(int(x[0, 0, 0].argmax())) or x, 3)(
        torch.eye(64)[None, None, :1]
    )
    assert shifts == [0, 43, 21]  # turned left by 0, 21 and 43 of 64 columns


def test_many_turns_forget_where_the_picture_was_cut(nano, image):
    small = image[:1, :, :, :32]
    with torch.no_grad():
        every = rolled(nano, 32)
        assert torch.allclose(every(small.roll(5, -1)), every(small).roll(5, -1), atol=1e-4)


def test_scales_are_whole_pixels_and_brought_back(image):
    seen = []

    def noted(x):
        seen.append(tuple(x.shape[2:]))
        return x[:, :1]

    smooth = torch.linspace(0, 1, 64).expand(1, 3, 32, 64)  # resizing keeps a ramp
    out = scaled(noted, (0.6, 1.0, 1.5))(smooth)
    assert seen == [(19, 38), (32, 64), (48, 96)]
    assert out.shape == (1, 1, 32, 64)
    assert torch.allclose(out, smooth[:, :1], atol=1e-5)


def test_margin_is_the_opposite_border(image):
    def left_neighbour(x):
        return x.roll(1, -1)

    assert torch.equal(wrapped(left_neighbour, 4)(image), image.roll(1, -1))


def test_ensembles_nest_and_run_the_network(nano, image):
    predict = rolled(scaled(flipped(wrapped(nano, 16)), (1.0, 1.5)), 2)
    with torch.no_grad():
        out = predict(image)
        mirrored = predict(image.flip(-1)).flip(-1)
    assert out.shape == (2, 3, 32, 64)
    assert torch.allclose(out, mirrored, atol=1e-3)


@pytest.mark.parametrize(
    ('build', 'words'),
    [
        (lambda: rolled(colours, 0), 'rolls must be at least 1, got 0'),
        (lambda: scaled(colours, ()), r'scales .* got \(\)'),
        (lambda: scaled(colours, (1.0, 5.0)), r'0\.1 to 4, got \(1\.0, 5\.0\)'),
        (lambda: scaled(colours, (float('nan'),)), 'nan'),
        (lambda: wrapped(colours, -1), 'wrap_px must be 0 or more, got -1'),
        (lambda: rolled(colours, 65)(torch.zeros(1, 3, 4, 64)), 'at most the width of 64'),
        (lambda: wrapped(colours, 65)(torch.zeros(1, 3, 4, 64)), 'at most the width of 64'),
    ],
)
def test_impossible_views_are_refused(build, words):
    with pytest.raises(DatasetError, match=words):
        build()


def test_no_margin_gives_the_network_s_own_logits(nano, image):
    with torch.inference_mode():
        assert torch.equal(wrapped(nano, 0)(image), nano(image))
        assert not torch.equal(wrapped(nano, 16)(image), nano(image))
