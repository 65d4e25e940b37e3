"""Files that are written whole or not at all."""

import pytest

from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.recording.files import write_whole


def test_folders_are_made_and_older_content_goes(tmp_path):
    file = tmp_path / 'a/b/c.txt'
    assert write_whole(file, b'long ago') == 8
    assert write_whole(file, b'now') == 3
    assert file.read_bytes() == b'now'
    assert [path.name for path in file.parent.iterdir()] == ['c.txt']


def test_what_cannot_be_written_is_named_and_leaves_nothing(tmp_path):
    (tmp_path / 'taken').mkdir()
    with pytest.raises(SyntheticError, match='taken: cannot be written'):
        write_whole(tmp_path / 'taken', b'x')
    assert [path.name for path in tmp_path.iterdir()] == ['taken']
    (tmp_path / 'file').write_bytes(b'')
    with pytest.raises(SyntheticError, match=r'below: cannot be written'):
        write_whole(tmp_path / 'file/below', b'x')
