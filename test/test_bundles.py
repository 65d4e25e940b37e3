"""Bundles: what a good folder gives and what a bad one says."""

from pathlib import Path

import pytest
import yaml

from panoseg_ros.bundles import InputSpec, load_bundle, write_card
from panoseg_ros.errors import BundleError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / 'model.onnx').write_bytes(b'graph')
    spec = InputSpec(256, 512, wrap_px=32)
    write_card(
        tmp_path, name='a', network='trans4pass_nano', label_set='cityscapes19', spec=spec, seed=7
    )
    return tmp_path


def edit(folder: Path, **changes: object) -> None:
    card = yaml.safe_load((folder / 'card.yaml').read_text())
    (folder / 'card.yaml').write_text(yaml.safe_dump(card | changes))


def test_card_round_trip(folder: Path) -> None:
    bundle = load_bundle(folder)
    assert bundle.name == 'a'
    assert bundle.input == InputSpec(256, 512, wrap_px=32)
    assert bundle.geometry.width == 512 and bundle.geometry.bottom_deg == -90.0
    assert bundle.files['model.onnx'].read_bytes() == b'graph'
    assert bundle.card['seed'] == 7


def test_changed_file_is_refused(folder: Path) -> None:
    (folder / 'model.onnx').write_bytes(b'grapf')
    with pytest.raises(BundleError, match=r'model\.onnx: damaged or exchanged'):
        load_bundle(folder)
    assert load_bundle(folder, verify=False).name == 'a'


def test_missing_file_is_named(folder: Path) -> None:
    (folder / 'model.onnx').unlink()
    with pytest.raises(BundleError, match=r'model\.onnx: cannot be read'):
        load_bundle(folder)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'format': 2}, 'format must be 1, got 2'),
        ({'name': ''}, "name must be a text, got ''"),
        ({'network': None}, 'network must be a text, got None'),
        ({'files': []}, 'files must map'),
        ({'files': {'../evil': 'a' * 64}}, "'../evil' is not a plain file name"),
        ({'files': {'model.onnx': 'abc'}}, "'abc' is not a SHA-256 hash"),
        ({'input': 5}, 'input must be a mapping'),
        ({'input': {'height': 256}}, 'input.width is missing'),
        ({'input': {'height': 255, 'width': 512}}, 'height must be a positive multiple of 4'),
        ({'input': {'height': 256, 'width': 512, 'wide': 1}}, "unknown key 'input.wide'"),
        ({'input': {'height': 256, 'width': 512, 'std': [0, 1, 1]}}, 'std must be three'),
        (
            {'input': {'height': 256, 'width': 512, 'mean': 'grey'}},
            "input.mean must be three numbers, got 'grey'",
        ),
        (
            {'input': {'height': 256, 'width': 512, 'top_deg': 'up'}},
            'input.top_deg must be a number',
        ),
        ({'input': {'height': 256, 'width': 512, 'top_deg': -95}}, 'elevations'),
        ({'input': {'height': 256, 'width': 512, 'wrap_px': 300}}, r'wrap_px must be 0\.\.256'),
    ],
)
def test_malformed_cards_get_one_line(folder: Path, changes: dict, message: str) -> None:
    edit(folder, **changes)
    with pytest.raises(BundleError, match=message) as caught:
        load_bundle(folder)
    assert '\n' not in str(caught.value)
    assert 'card.yaml' in str(caught.value)


@pytest.mark.parametrize(
    'text',
    [
        '',
        '- 1',
        'a: [',
        '\x00',
        'format: 1',
        'a: 2026-13-45',
        pytest.param('[' * 3000, id='nested'),
    ],
)
def test_garbage_is_a_bundle_error(tmp_path: Path, text: str) -> None:
    (tmp_path / 'card.yaml').write_text(text)
    with pytest.raises(BundleError):
        load_bundle(tmp_path)


def test_unknown_name_is_refused() -> None:
    with pytest.raises(BundleError, match='neither a path nor'):
        load_bundle('no-such-bundle')
