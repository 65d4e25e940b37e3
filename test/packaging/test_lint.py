"""Style and types are tests too, so that one closing line says whether all is well."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    'tool',
    [('ruff', 'check'), ('ruff', 'format', '--check'), ('mypy',)],
    ids=' '.join,
)
@pytest.mark.timeout(300)
def test_the_code_is_clean(root, tool):
    pytest.importorskip(tool[0], reason=f'{tool[0]} comes with an extra')
    done = subprocess.run(
        [sys.executable, '-m', *tool], check=False, cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
