"""`panoseg weights show`: parameters, work and map sizes of a bundle's network."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from panoseg_ros.bundles import Bundle
    from panoseg_ros.networks.macs import Profile

COLUMNS = ('stage', 'map', 'blocks', 'encoder M', 'encoder GMAC', 'branch M', 'branch GMAC')


def show_weights(bundle: str, as_json: bool = False) -> int:
    """Print what a bundle's network holds and costs at the bundle's size, and return 0.

    Args:
        bundle: The bundle's folder, or the name of a shipped one.
        as_json: Print JSON instead of a table.
    """
    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.labels import load_label_set
    from panoseg_ros.networks import build_network
    from panoseg_ros.networks.macs import count_macs, profile

    loaded = load_bundle(bundle)
    spec, classes = loaded.input, len(load_label_set(loaded.label_set))
    network = build_network(loaded.network, classes)
    measured = profile(network, spec.height, spec.width + 2 * spec.wrap_px)
    without = count_macs(network, spec.height, spec.width).total
    if as_json:
        print(json.dumps(_plain(loaded, classes, measured, without), indent=2))
    else:
        _print(loaded, classes, measured, without)
    return 0


def _plain(bundle: 'Bundle', classes: int, measured: 'Profile', without: int) -> dict[str, Any]:
    return {
        'bundle': bundle.name,
        'network': bundle.network,
        'classes': classes,
        'height': measured.height,
        'width': measured.width,
        'wrap_px': bundle.input.wrap_px,
        'parameters': measured.parameters,
        'macs': {**measured.macs._asdict(), 'total': measured.macs.total},
        'macs_without_margin': without,
        'stages': [stage._asdict() for stage in measured.stages],
    }


def _print(bundle: 'Bundle', classes: int, measured: 'Profile', without: int) -> None:
    from rich.console import Console
    from rich.table import Table

    spec, macs = bundle.input, measured.macs
    lines = [
        f'{bundle.name}: {bundle.network}, {classes} classes ({bundle.label_set})',
        f'input      {spec.width} x {spec.height}, {spec.wrap_px} columns of wrap margin on each '
        f'side: the network sees {measured.width} x {measured.height}',
        f'parameters {measured.parameters:,}',
        f'work       {macs.total / 1e9:.3f} GMAC ({without / 1e9:.3f} without the margin): '
        + ', '.join(f'{name} {count / 1e9:.3f}' for name, count in macs._asdict().items()),
    ]
    table = Table(box=None, pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, justify='right')
    for index, stage in enumerate(measured.stages, start=1):
        channels, height, width = stage.shape
        table.add_row(
            str(index),
            f'{channels} x {height} x {width}',
            str(stage.blocks),
            f'{stage.encoder_parameters / 1e6:.3f}',
            f'{stage.encoder_macs / 1e9:.3f}',
            f'{stage.decoder_parameters / 1e6:.3f}',
            f'{stage.decoder_macs / 1e9:.3f}',
        )
    rest = macs.total - sum(s.encoder_macs + s.decoder_macs for s in measured.stages)
    console = Console(highlight=False, soft_wrap=True)
    console.print('\n'.join(lines), markup=False)
    console.print(table)
    console.print(f'classification of the branches: {rest / 1e9:.3f} GMAC')


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('show')(_show)


def _show(
    bundle: Annotated[str, typer.Argument(help='Bundle folder, or the name of a shipped one.')],
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Parameters, multiply-accumulates and map sizes of a network.

    At the bundle's input size.
    """
    return show_weights(bundle, as_json)
