"""Pictures of a replay are named by their stamps."""

from pathlib import Path

from panoseg_ros.evaluation.replay.picture_sink import Names


def test_stamps_that_come_again_get_a_number():
    names = Names(Path('masks'))
    found = [names.path(name).as_posix() for name in ('5.png', '7.png', '5.png', '5.png')]
    assert found == ['masks/5.png', 'masks/7.png', 'masks/5-2.png', 'masks/5-3.png']
