"""Runs test_operators.py in a process where Triton interprets its kernels on the CPU."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch


@pytest.mark.timeout(900)  # the interpreter is slow, and slower on a busy machine
def test_kernels_are_right_in_the_interpreter():
    pytest.importorskip('triton', reason='the kernels are written in Triton')
    if torch.cuda.is_available():
        pytest.skip('test_operators.py runs on the GPU')
    kept = {k: v for k, v in os.environ.items() if not k.startswith('PYTEST')}
    script = Path(__file__).with_name('test_operators.py')
    words = [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--timeout', '900']
    ran = subprocess.run(
        [*words, str(script)],
        env={**kept, 'TRITON_INTERPRET': '1'},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-4000:]
