import contextlib

import dataset_layouts as layouts
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.datasets import KINDS, open_dataset, parse_spec
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import load_label_set


@pytest.mark.parametrize(
    ('kind', 'split', 'label_set', 'projection'),
    [
        ('cityscapes', 'val', 'cityscapes19', 'pinhole'),
        ('densepass', 'val', 'densepass19', 'panorama'),
        ('synpass', 'val', 'synpass22', 'panorama'),
        ('stanford2d3d', 'val', 'stanford2d3d13', 'pinhole'),
        ('stanford2d3d_pan', 'val', 'stanford2d3d13', 'panorama'),
        ('structured3d', 'val', 'stanford2d3d8', 'panorama'),
    ],
)
def test_every_kind_opens_by_its_word(tmp_path, kind, split, label_set, projection):
    getattr(layouts, kind.removesuffix('_pan'))(tmp_path)
    data = open_dataset(f'{kind}:{tmp_path}', split)
    assert data.root == tmp_path and data.split == split and data.labelled
    assert data.label_set.name == label_set
    assert data.projection.kind == projection
    assert len(data) == len(data.names) >= 2
    assert list(data.names) == sorted(data.names)
    for index, name in enumerate(data.names):
        image, labels, found = data[index]
        assert found == name
        assert image[0, 0, 0] > 150 > image[0, 0, 2]  # red, not blue
        assert labels.shape == image.shape[:2] and labels.dtype == 'uint8'
        assert ((labels < len(data.label_set)) | (labels == 255)).all()


def test_spec_is_taken_apart(tmp_path):
    assert parse_spec('synpass:/d/s?weather=fog&time=night') == (
        'synpass', parse_spec('/d/s').path, {'weather': 'fog', 'time': 'night'}
    )  # fmt: skip
    assert parse_spec('./a:b').kind == 'street'
    odd = tmp_path / 'a:b'
    odd.mkdir()
    assert parse_spec(odd) == ('street', odd, {})


@pytest.mark.parametrize(
    ('spec', 'words'),
    [
        ('kitti:/data', 'unknown kind of data set .kitti., known are street, cityscapes'),
        ('cityscapes:', 'names no folder'),
        ('cityscapes:/d?fold=1', 'cityscapes takes list'),
        ('synpass:/d?weather=fog&weather=sun', 'each once'),
        ('synpass:/d?weather', 'is not understood'),
        ('street:/d?x=1', 'street takes none'),
    ],
)
def test_spec_that_cannot_be_meant_is_refused(spec, words):
    with pytest.raises(DatasetError, match=words):
        open_dataset(spec, 'val')


@pytest.mark.parametrize(
    'kind', ['street', 'cityscapes', 'densepass', 'synpass', 'stanford2d3d', 'structured3d']
)
def test_missing_folder_is_named(tmp_path, kind):
    with pytest.raises(DatasetError, match=f'{tmp_path}/none: is not a folder'):
        open_dataset(f'{kind}:{tmp_path}/none', 'val')
    with pytest.raises(DatasetError, match=str(tmp_path)):  # there, but empty
        open_dataset(f'{kind}:{tmp_path}', 'val')


@pytest.mark.parametrize(
    'kind', ['cityscapes', 'densepass', 'synpass', 'stanford2d3d', 'structured3d']
)
def test_other_classes_are_refused(tmp_path, kind):
    getattr(layouts, kind)(tmp_path)
    other = 'stanford2d3d8' if kind in ('cityscapes', 'densepass', 'synpass') else 'cityscapes19'
    with pytest.raises(
        DatasetError, match=f'{tmp_path}: has no labels for label set {other}, only'
    ):
        open_dataset(f'{kind}:{tmp_path}', 'val', load_label_set(other))


@pytest.mark.parametrize(
    ('kind', 'path', 'bad'),
    [
        ('cityscapes', 'gtFine/val/ulm/ulm_000001_000019_gtFine_labelIds.png', 34),
        ('densepass', 'gtFine/val/cs/2_labelTrainIds.png', 19),
        ('synpass', 'semantic/sun/val/MAP_6_point2/000001_trainID.png', 23),
        ('structured3d', 'scene_03249/2D_rendering/485142/panorama/full/semantic.png', 41),
    ],
)
def test_damage_names_the_label_file(tmp_path, kind, path, bad):
    getattr(layouts, kind)(tmp_path)
    data = open_dataset(f'{kind}:{tmp_path}', 'val')
    last = len(data) - 1
    if kind == 'densepass':
        last = data.names.index('leftImg8bit/val/cs/2.png')
    file = tmp_path / path
    layouts.write(file, layouts.values(0, bad))
    with pytest.raises(DatasetError, match=f'{file}: label value {bad} is not of the data set'):
        data[last]
    layouts.write(file, layouts.values(0, height=2))
    with pytest.raises(DatasetError, match=f'{file}: holds labels of 8x2 .* 8x4'):
        data[last]
    layouts.write(file, layouts.image())
    with pytest.raises(DatasetError, match=f'{file}: expected 8-bit labels'):
        data[last]
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(DatasetError, match=f'{file}: is not a readable picture'):
        data[last]
    file.unlink()
    with pytest.raises(DatasetError, match=f'{file}: cannot be read'):
        data[last]
    (tmp_path / data.names[last]).write_bytes(b'no picture')
    with pytest.raises(DatasetError, match=f'{data.names[last]}: is not a readable picture'):
        data[last]


def test_list_file_says_which_images_and_in_which_order(tmp_path):
    layouts.cityscapes(tmp_path)
    ulm = 'leftImg8bit/val/ulm/ulm_000001_000019_leftImg8bit.png'
    aachen = 'aachen/aachen_000000_000019_leftImg8bit.png'  # as the lists of Trans4PASS name it
    (tmp_path / 'mine.txt').write_text(f'{ulm}\n{aachen}\n')
    data = open_dataset(f'cityscapes:{tmp_path}?list=mine.txt', 'val')
    assert data.names == (ulm, f'leftImg8bit/val/{aachen}')
    assert data[1][2] == data.names[1]
    for line in ('../../etc/passwd', '/etc/passwd', 'leftImg8bit/train/x.png'):
        (tmp_path / 'mine.txt').write_text(line)
        with pytest.raises(DatasetError, match=r'mine\.txt: .* is not a path below'):
            open_dataset(f'cityscapes:{tmp_path}?list=mine.txt', 'val')


def test_list_may_be_named_by_the_split(tmp_path):
    for split in ('train', 'val'):
        layouts.cityscapes(tmp_path, split=split)
        name = f'leftImg8bit/{split}/ulm/ulm_000001_000019_leftImg8bit.png'
        (tmp_path / f'few_{split}.txt').write_text(f'{name}\n')
        data = open_dataset(f'cityscapes:{tmp_path}?list=few_{{split}}.txt', split)
        assert data.names == (name,)


@pytest.mark.parametrize(
    ('spec', 'line', 'split'),
    [
        ('stanford2d3d', 'area_1/data/rgb/camera_1_office_1_frame_0_domain_rgb.png', 'val of'),
        ('stanford2d3d_pan', 'area_1/pano/rgb/camera_1_p_rgb.png', 'val of fold 1'),
        (
            'structured3d',
            'scene_02999/2D_rendering/485142/panorama/full/rgb_rawlight.png',
            'val',
        ),
        ('synpass', 'img/fog/train/MAP_6_point1/000001.jpg', 'val'),
        ('synpass', 'img/fog.jpg', 'val'),
        ('synpass?weather=sun', 'img/fog/val/MAP_6_point1/000001.jpg', 'val, weather sun'),
    ],
)
def test_list_with_images_of_another_split_is_refused(tmp_path, spec, line, split):
    """The same list for training and validation would score on what was learned."""
    kind, _, options = spec.partition('?')
    getattr(layouts, kind.removesuffix('_pan'))(tmp_path)
    (tmp_path / 'all.txt').write_text(f'{line}\n')
    spec = f'{kind}:{tmp_path}?list=all.txt{"&" if options else ""}{options}'
    with pytest.raises(
        DatasetError, match=rf"{tmp_path}/all\.txt: '{line}' is not of split {split}"
    ):
        open_dataset(spec, 'val')


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from([*KINDS, '', 'x']),
    colon=st.sampled_from([':', '']),
    rest=st.text(st.sampled_from('~/abc?=&.\0\ud800 fold1weathrlis'), max_size=20),
    split=st.sampled_from(['train', 'val', '../x', '\0']),
)
def test_no_spec_raises_anything_else(kind, colon, rest, split):
    with contextlib.suppress(DatasetError):
        open_dataset(f'{kind}{colon}{rest}', split)


@pytest.mark.parametrize('path', ['~\0', 'a' * 5000, '~nobody-of-this-name'])
def test_name_that_no_folder_can_have_is_refused(path):
    for kind in ('', 'street:'):
        with pytest.raises(DatasetError, match='is not a folder'):
            open_dataset(kind + path, 'train')


def test_name_with_a_zero_byte_is_refused(tmp_path):
    layouts.cityscapes(tmp_path)
    (tmp_path / 'mine.txt').write_text('leftImg8bit/val/ulm/a\0b_leftImg8bit.png\n')
    with pytest.raises(DatasetError, match='cannot be read: embedded null byte'):
        open_dataset(f'cityscapes:{tmp_path}?list=mine.txt', 'val')[0]
