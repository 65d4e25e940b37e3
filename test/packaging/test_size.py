"""A clone stays small, and so does what travels to a machine with a GPU."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_BYTES = 46_000_000


@pytest.mark.skipif(not (ROOT / '.git').exists(), reason='not a clone')
@pytest.mark.skipif(shutil.which('git') is None, reason='git is not installed')
def test_tracked_files_stay_small():
    listed = subprocess.run(
        ['git', '-C', str(ROOT), 'ls-files', '-z'], check=True, capture_output=True, text=True
    ).stdout
    sizes = {name: (ROOT / name).stat().st_size for name in listed.split('\0') if name}
    assert 1_000_000 < sum(sizes.values()) < MOST_BYTES, sorted(sizes, key=sizes.get)[-5:]
