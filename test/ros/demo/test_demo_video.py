import numpy as np
import pytest

from panoseg_ros.errors import RosError
from panoseg_ros.ros.demo.video import write_video

av = pytest.importorskip('av', reason='video needs PyAV')


def test_a_video_comes_back(tmp_path):
    colors = [(250, 20, 20), (20, 250, 20), (20, 20, 250)]
    pictures = [np.full((65, 97, 3), color, np.uint8) for color in colors]
    path = tmp_path / 'drive.mp4'
    assert write_video(path, iter(pictures), 10.0) == 3
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == 'h264'
        assert stream.average_rate == 10
        frames = [frame.to_ndarray(format='rgb24') for frame in container.decode(stream)]
    assert [frame.shape for frame in frames] == [(64, 96, 3)] * 3
    for frame, color in zip(frames, colors, strict=True):
        assert np.abs(frame.mean((0, 1)) - color).max() < 12


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RosError, match=r'none/drive\.mp4: the video cannot be written'):
        write_video(tmp_path / 'none' / 'drive.mp4', [np.zeros((4, 4, 3), np.uint8)], 10.0)
