"""docs/reference is what its generator writes from the present code."""

import importlib.util
import os
import subprocess
import sys

import pytest

NEEDS = {  # page -> modules without which it cannot be made
    'parameters': (),
    'commands': (),
    'topics': ('rclpy', 'av', 'onnxruntime'),
}


def generate(root, *words, folder=None):
    environment = dict(os.environ, OMP_NUM_THREADS='1', PYTHONPATH=str(root))
    return subprocess.run(
        [sys.executable, str((folder or root / 'docs/reference') / 'generate.py'), *words],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


@pytest.mark.parametrize('page', NEEDS)
def test_the_page_is_current(root, page):
    missing = [name for name in NEEDS[page] if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f'needs {", ".join(missing)}')
    done = generate(root, '--check', page)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_edited_page_is_found(root, tmp_path):
    folder = tmp_path / 'docs' / 'reference'
    folder.mkdir(parents=True)
    source = root / 'docs' / 'reference'
    for name in ('generate.py', 'parameters.md'):
        (folder / name).write_text((source / name).read_text(encoding='utf-8'), encoding='utf-8')
    with (folder / 'parameters.md').open('a') as file:
        file.write('more\n')
    done = generate(root, '--check', 'parameters', folder=folder)
    assert done.returncode == 1
    assert 'parameters.md is not current' in done.stdout
    assert generate(root, 'parameters', folder=folder).returncode == 0
    assert generate(root, '--check', 'parameters', folder=folder).returncode == 0


def test_a_topic_without_a_description_stops_it(root):
    spec = importlib.util.spec_from_file_location(
        'reference_generate', root / 'docs/reference/generate.py'
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(SystemExit, match='new'):
        module.refuse_unknown({'image', 'new'}, {'image': ''})
    module.refuse_unknown({'image'}, {'image': ''})


def test_the_pages_name_what_the_code_has(root):
    from panoseg_ros.settings import parameters

    text = (root / 'docs/reference/parameters.md').read_text(encoding='utf-8')
    assert all(f'| `{row.name}` |' in text for row in parameters())
