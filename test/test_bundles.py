"""Bundles: what a good folder gives and what a bad one says."""

from pathlib import Path

import pytest
import yaml

from panoseg_ros.bundles import (
    InputSpec,
    check_replaceable,
    load_bundle,
    new_bundle,
    write_card,
)
from panoseg_ros.errors import BundleError
from panoseg_ros.labels import load_label_set


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


def new(out: Path, text: str) -> None:
    with new_bundle(out) as made:
        (made / 'model.onnx').write_text(text)
        spec = InputSpec(256, 512)
        write_card(made, name=text, network='n', label_set='cityscapes19', spec=spec)


def test_a_link_keeps_pointing_to_what_is_replaced(tmp_path: Path) -> None:
    new(tmp_path / 'v1', 'first')
    (tmp_path / 'current').symlink_to('v1')
    new(tmp_path / 'current', 'second')
    assert (tmp_path / 'current').is_symlink()
    assert load_bundle(tmp_path / 'v1').name == 'second'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['current', 'v1']


def test_what_cannot_replace_a_bundle_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / 'room'
    new(out, 'first')

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr(Path, 'rename', refuse)
    with pytest.raises(BundleError, match=r'the new bundle is .*\.room\.partial'):
        new(out, 'second')
    assert load_bundle(out).name == 'first'
    assert load_bundle(tmp_path / '.room.partial').name == 'second'


def test_a_bundle_is_put_back_where_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, rename = tmp_path / 'room', Path.rename
    new(out, 'first')

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith('.partial') and Path(target) == out:
            raise OSError(28, 'No space left on device')
        return rename(self, target)

    monkeypatch.setattr(Path, 'rename', refuse)
    with pytest.raises(BundleError, match='No space left on device; the new bundle is'):
        new(out, 'second')
    assert load_bundle(out).name == 'first'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['.room.partial', 'room']


def test_a_bundle_holds_its_own_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = tmp_path / 'garden.yaml'
    labels.write_text(
        'classes: [{id: 0, name: path, color: [1, 2, 3], surface: ground, cost: 0}]\n'
    )
    with new_bundle(tmp_path / 'a') as made:
        spec = InputSpec(256, 512)
        (made / 'model.onnx').write_text('graph')
        write_card(made, name='a', network='n', label_set=str(labels), spec=spec)
    labels.unlink()
    moved = (tmp_path / 'a').rename(tmp_path / 'b')
    monkeypatch.chdir('/')
    bundle = load_bundle(moved)
    assert bundle.card['label_set'] == 'garden.yaml'
    assert set(bundle.files) == {'garden.yaml', 'model.onnx'}
    assert load_label_set(bundle.label_set).name == 'garden'
    write_card(moved, name='c', network='n', label_set=bundle.label_set, spec=spec)
    assert load_bundle(moved).label_set == bundle.label_set


def test_what_cannot_be_written_is_known_beforehand(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    with pytest.raises(BundleError, match='out: cannot be written'):
        check_replaceable(tmp_path / 'file' / 'out')
    check_replaceable(tmp_path / 'new' / 'out')
    assert not any((tmp_path / 'new').iterdir())
