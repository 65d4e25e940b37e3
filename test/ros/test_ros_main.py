import logging

import pytest

from panoseg_ros.ros.main import RosHandler


@pytest.fixture
def library_logger():
    logger, handler = logging.getLogger('panoseg_ros.some.room'), RosHandler()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield logger
    logger.removeHandler(handler)


def test_what_other_rooms_log_goes_to_the_logger_of_ros(library_logger, capfd):
    library_logger.info('one %d', 1)
    library_logger.warning('two')
    library_logger.error('three')
    library_logger.warning('four')
    err = capfd.readouterr().err
    for level, words in [('INFO', 'one 1'), ('WARN', 'two'), ('ERROR', 'three'), ('WARN', 'four')]:
        (line,) = [line for line in err.splitlines() if line.endswith(words)]
        assert line.startswith(f'[{level}]') and '[panoseg]' in line
