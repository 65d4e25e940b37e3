import pytest
from calibration_samples import SAMPLES

from panoseg_ros.cameras import read_cameras


@pytest.fixture
def sample_path(tmp_path):
    """Return a function that writes a sample, with texts replaced, and returns its path."""

    def write(name, *changes):
        text = SAMPLES[name]
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding='utf-8')
        return path

    return write


@pytest.fixture
def read_sample(sample_path):
    """Return a function that reads the cameras of a sample with texts replaced."""
    return lambda name, *changes: read_cameras(sample_path(name, *changes))
