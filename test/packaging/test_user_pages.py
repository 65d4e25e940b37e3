"""The pages for users lead to files, commands and options that exist."""

import ast
import re
import shlex
from importlib import import_module

import pytest
import typer
import yaml
from launch_sources import declared

from panoseg_ros.cli.play import play
from panoseg_ros.settings import parameters

PAGES = ('README.md', 'docs/*.md', 'docs/howto/*.md')
INLINE = re.compile(r'`(panoseg [^`…]+)`')
DEFAULTS = {'evaluate': 'labelled'}  # what a group means without a command
ABSENT = {'adapt'}  # said not to exist
OF_RUN = {'exec', 'help', 'test'}  # words of ./run itself
LINK = re.compile(r'\]\(([^)#]*)#?([^)]*)\)')
BLOCK = re.compile(r'^( *)```(\w*)\n(.*?)^\1```', re.M | re.S)


@pytest.fixture(scope='module')
def pages(root):
    return [path for pattern in PAGES for path in sorted(root.glob(pattern))]


def blocks(path, kind=''):
    text = path.read_text(encoding='utf-8')
    return [found[2] for found in BLOCK.findall(text) if found[1] == kind]


def joined(text):
    """Return a text without the backslashes that continue its lines."""
    return re.sub(r'\\\n *', ' ', text)


def anchors(path):
    """Return what GitHub calls the headings of a page."""
    headings = re.findall(r'^#+ (.+)', path.read_text(encoding='utf-8'), re.M)
    return {re.sub(r'[^\w\- ]', '', line.lower()).replace(' ', '-') for line in headings}


def launch_arguments(path):
    """Return the arguments that a launch file declares, itself or by including the node's."""
    text = path.read_text(encoding='utf-8')
    found = set(declared(ast.parse(text)))
    node = path.with_name('panoseg.launch.py')
    return found | launch_arguments(node) if path != node and node.name in text else found


def commands(pages):
    """Yield page and words of every `panoseg ...` and `./run ...` in a block or a sentence."""
    for path in pages:
        text = path.read_text(encoding='utf-8')
        lines = [' '.join(found.split()) for found in INLINE.findall(text)]
        for block in (*blocks(path), text):  # the page itself: blocks that are indented
            found = re.findall(r'^(?:    )?(?:panoseg|\./run) .+', joined(block), re.M)
            lines += [line.strip().replace('./run exec panoseg', 'panoseg') for line in found]
        for line in lines:
            words = shlex.split(line, comments=True)[1:]
            if words[0] not in ABSENT | OF_RUN and not words[0].startswith('-'):
                yield path, words


def command_of(words):
    """Return the command that words begin with, and the words behind it."""
    app = typer.Typer()
    app.callback()(lambda: None)
    import_module(f'panoseg_ros.cli.{words[0]}').register(app)
    found, rest = typer.main.get_command(app), list(words)
    while rest and rest[0] in getattr(found, 'commands', {}):
        found = found.commands[rest.pop(0)]
    if words[0] in DEFAULTS and hasattr(found, 'commands'):
        found = found.commands[DEFAULTS[words[0]]]
    return found, rest


def test_links_lead_to_files_and_headings(pages):
    assert len(pages) >= 6
    broken = []
    for path in pages:
        for target, heading in LINK.findall(path.read_text(encoding='utf-8')):
            page = path.parent / target if target else path
            if target.startswith('http'):
                continue
            if not page.exists() or (heading and heading not in anchors(page)):
                broken.append(f'{path.name}: {target}#{heading}')
    assert not broken


def test_launch_files_and_their_arguments_exist(pages, root):
    seen, wrong = set(), []
    for path in pages:
        text = joined(path.read_text(encoding='utf-8'))
        for file, words in re.findall(r'ros2 launch panoseg_ros (\S+\.py)(.*)', text):
            seen.add(file)
            given = set(re.findall(r'(\w+):=', words))
            wrong += [f'{path.name}: {file} {word}'
                      for word in given - launch_arguments(root / 'launch' / file)]  # fmt: skip
    assert seen == {file.name for file in (root / 'launch').glob('*.launch.py')}
    assert not wrong


def test_commands_and_their_options_exist(pages):
    seen, wrong = 0, []
    for path, words in commands(pages):
        seen += 1
        command, rest = command_of(words)
        known = {option for p in command.params for option in (*p.opts, *p.secondary_opts)}
        ours = rest[: rest.index('--')] if '--' in rest else rest
        used = {word.strip('[]').partition('=')[0] for word in ours if '--' in word[:3]}
        wrong += [f'{path.name}: {" ".join(words)}: {option}' for option in used - known]
    assert seen > 100
    assert not wrong


def test_parameters_in_yaml_exist(pages):
    known = {row.name for row in parameters()}
    for path in pages:
        for text in blocks(path, 'yaml'):
            given = yaml.safe_load(text).get('/**', {}).get('ros__parameters', {})
            assert set(given) <= known, path


def test_options_of_play_stand_in_its_page(root):
    app = typer.Typer()
    app.command()(play)
    text = (root / 'docs/howto/play_a_bag.md').read_text(encoding='utf-8')
    options = {p.opts[0] for p in typer.main.get_command(app).params if p.opts[0].startswith('--')}
    hidden = {'--help', '--install-completion', '--show-completion'}
    assert {option for option in options - hidden if option not in text} == set()
