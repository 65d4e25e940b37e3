"""Where bag_samples lies, for the tests beside it."""

import pytest

pytest.importorskip('rosbags', reason='bags need rosbags')
