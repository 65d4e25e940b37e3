"""Folders of pictures and video files."""

import re
from fractions import Fraction

import cv2
import numpy as np
import pytest
from replay_samples import HEIGHT, TWO, WIDTH, S, dark, job, messages, picture

from panoseg_ros.errors import PanosegError, ReplayError
from panoseg_ros.evaluation.replay import run_job
from panoseg_ros.streams import StreamRules

__all__ = ['job']


def save(folder, names, suffix='.png'):
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        cv2.imwrite(str(folder / f'{name}{suffix}'), picture(index)[..., ::-1])
    return folder


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_pictures_come_in_the_order_of_their_numbers(job, tmp_path, suffix):
    names = [f'frame_{number}' for number in (1, 2, 9, 10, 11)]
    done = job(save(tmp_path / 'in', names, suffix), rate_hz=4.0)
    run_job(done)
    masks = messages(done, '/segmentation/mask')
    assert [dark(mask.image) for mask in masks] == [0, 1, 2, 3, 4]
    assert [mask.stamp_ns - masks[0].stamp_ns for mask in masks] == [k * S // 4 for k in range(5)]


def test_every_lens_may_have_a_folder(job, tmp_path):
    rig = tmp_path / 'pair.yaml'
    rig.write_text(TWO)
    save(tmp_path / 'in' / 'front_image', 'abc')
    with pytest.raises(ReplayError, match='needs a folder back_image or back'):
        run_job(job(tmp_path / 'in', rig=str(rig)))
    save(tmp_path / 'in' / 'back', 'ab')
    summary = run_job(job(tmp_path / 'in', rig=str(rig)))
    assert summary['results'] == 2 and 'hold 3, 2 pictures' in summary['problems'][0]


def test_a_damaged_picture_is_named_and_passed_over(job, tmp_path):
    folder = save(tmp_path / 'in', 'abc')
    (folder / 'b.png').write_bytes(b'no picture')
    summary = run_job(job(folder))
    assert summary['results'] == 2 and summary['faults'] == {'image format': 1}
    assert 'b.png' in summary['problems'][0]


@pytest.mark.parametrize('suffix', ['.PNG', '.jpg'])
def test_a_picture_is_replayed_as_a_folder_of_one(job, tmp_path, suffix):
    done = job(save(tmp_path, ['one', 'other'], suffix) / f'one{suffix}')
    assert run_job(done)['frames'] == 1
    (mask,) = messages(done, '/segmentation/mask')
    assert dark(mask.image) == 0


@pytest.mark.parametrize('name', ['one.png', 'film.mp4'])
def test_a_file_cannot_be_the_pictures_of_several_topics(job, tmp_path, name):
    rig = tmp_path / 'pair.yaml'
    rig.write_text(TWO)
    (tmp_path / name).write_bytes(b'')
    with pytest.raises(PanosegError, match=r'one picture at a time.* front/image, back/image'):
        run_job(job(tmp_path / name, rig=str(rig)))


@pytest.mark.parametrize(
    ('name', 'content', 'said'),
    [
        ('empty', None, 'is nothing to replay, expected a bag, a picture or a folder of'),
        ('text.txt', b'hello', 'is nothing to replay, expected a bag, a picture or a folder of'),
        ('film.mp4', bytes(100), 'is no video that can be read: Invalid data found'),
        ('drive.bag', b'\x80\x82' * 50, 'cannot be read: it is damaged, or of another kind$'),
        ('missing', b'', 'does not exist'),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(job, tmp_path, name, content, said):
    path = tmp_path / name
    if content is None:
        path.mkdir()
    elif content:
        path.write_bytes(content)
    with pytest.raises(PanosegError, match=f'^{re.escape(str(path))}: {said}') as caught:
        run_job(job(path))
    assert '\n' not in str(caught.value)


def test_pictures_have_no_poses(job, tmp_path):
    with pytest.raises(ReplayError, match='without poses'):
        run_job(job(save(tmp_path / 'in', 'a'), rules=StreamRules(pose_source='odom')))


def test_a_video_is_replayed_by_its_own_times(job, tmp_path):
    av = pytest.importorskip('av', reason='video needs PyAV')
    path = tmp_path / 'film.mp4'
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('mpeg4', rate=5)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, 'yuv420p'
        stream.time_base = Fraction(1, 5)
        for index in range(6):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(index), 'rgb24')))
        container.mux(stream.encode())
    done = job(path)
    assert run_job(done)['results'] == 6
    masks = messages(done, '/segmentation/mask')
    assert np.allclose(np.diff([mask.stamp_ns for mask in masks]), S // 5, atol=S // 1000)
    assert [dark(mask.image) for mask in masks] == list(range(6))
