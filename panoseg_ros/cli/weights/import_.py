"""`panoseg weights import`: a checkpoint of the authors' code in, a model bundle out."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from torch import nn

    from panoseg_ros.bundles import InputSpec

SIZE = '1024x512'


def import_weights(
    checkpoint: Path,
    out: Path,
    labels: str | None = None,
    size: str = SIZE,
    top_deg: float = 90.0,
    bottom_deg: float = -90.0,
    wrap_px: int = 0,
) -> int:
    """Write a checkpoint as a bundle, run that bundle and return 0.

    Weights and graph stay in float32, so that the bundle gives the numbers of the checkpoint.

    Args:
        checkpoint: Weights of a network of this package under the authors' key names.
        out: The bundle's folder; a bundle that is there is replaced.
        labels: The label set; may be left out where only one fits the number of classes.
        size: Width x height in pixels of the panorama that the bundle will take.
        top_deg: Elevation of the panorama's upper edge.
        bottom_deg: Elevation of its lower edge.
        wrap_px: Columns of the opposite border added on each side; 0 is the authors' way.

    Raises:
        NetworkError: if the file is no checkpoint, holds code, or fits no network.
        LabelError: if the label set does not fit, or must be named.
        BundleError: if size or elevations are impossible, or `out` is something else.
        BackendError: if the bundle does not give what its network gives.
    """
    from panoseg_ros.bundles import GRAPH, WEIGHTS, load_bundle, new_bundle, sha256, write_card
    from panoseg_ros.inference.verify import verify_bundle
    from panoseg_ros.networks import load_weights, save_weights

    spec = _spec(size, top_deg, bottom_deg, wrap_px)
    name, label_set, network = _network(checkpoint, labels)
    with new_bundle(out) as folder:
        save_weights(network.state_dict(), folder / WEIGHTS, half=False)
        load_weights(network, folder / WEIGHTS)
        exported = _export(network, spec, folder / GRAPH)
        card: dict[str, Any] = {
            'name': out.absolute().name,
            'network': name,
            'label_set': label_set,
            'spec': spec,
            'source': {'file': checkpoint.name, 'sha256': sha256(checkpoint)},
            'export': exported,
            'licence': 'as its authors state',
            'limits': 'Imported; nothing was measured but that it runs as its network does.',
        }
        write_card(folder, **card)
        agreement = verify_bundle(load_bundle(folder), network)
        write_card(folder, **card, run=agreement.note())
    print(f'wrote {out}: {name}, {label_set}, {spec.width}x{spec.height}')
    print(f'run once: {agreement.same:.4%} of the pixels as the network gives them')
    return 0


def _spec(size: str, top_deg: float, bottom_deg: float, wrap_px: int) -> 'InputSpec':
    from panoseg_ros.bundles import InputSpec
    from panoseg_ros.errors import BundleError

    numbers = re.fullmatch(r'(\d{1,5})x(\d{1,5})', size)
    if not numbers:
        raise BundleError(f'size must be WIDTHxHEIGHT as {SIZE}, got {size!r}')
    width, height = int(numbers[1]), int(numbers[2])
    try:
        return InputSpec(height, width, top_deg, bottom_deg, wrap_px=wrap_px)
    except ValueError as err:
        raise BundleError(f'the panorama of the bundle: {err}') from err


def _network(checkpoint: Path, labels: str | None) -> tuple[str, str, 'nn.Module']:
    """Return the network's name, its label set and the network with the file's weights."""
    from panoseg_ros.errors import NetworkError
    from panoseg_ros.networks import (
        NETWORKS,
        build_network,
        load_official,
        read_checkpoint,
        recognise,
    )

    state = read_checkpoint(checkpoint)
    found = recognise(state)
    if found is None:
        known = ', '.join(NETWORKS)
        raise NetworkError(f'{checkpoint}: holds weights of none of the known networks, {known}')
    if not found.classes:
        raise NetworkError(
            f'{checkpoint}: holds {found}, which cannot segment; train from it by '
            f'encoder_weights in a training configuration'
        )
    label_set = choose_label_set(labels, found.classes)
    network = build_network(found.network, found.classes)
    try:
        load_official(network, state)
    except NetworkError as err:
        raise NetworkError(f'{checkpoint}: {err}') from err
    return found.network, label_set, network


def choose_label_set(labels: str | None, classes: int) -> str:
    """Return the label set for a number of classes.

    Raises:
        LabelError: if the one named has another number, or several differing sets or none of
            the shipped ones have this number and none is named.
    """
    from panoseg_ros.errors import LabelError
    from panoseg_ros.labels import load_label_set
    from panoseg_ros.resources import share_dir

    if labels is not None:
        count = len(load_label_set(labels))
        if count != classes:
            raise LabelError(
                f'label set {labels} has {count} classes, the checkpoint has {classes}'
            )
        return str(Path(labels).absolute()) if Path(labels).is_file() else labels
    shipped = [path.stem for path in sorted((share_dir() / 'config/labels').glob('*.yaml'))]
    sets = {name: load_label_set(name) for name in shipped}
    fitting = {name: each.classes for name, each in sets.items() if len(each) == classes}
    if not fitting:
        raise LabelError(f'no shipped label set has {classes} classes: name a file with --labels')
    names = list(fitting)
    if any(fitting[name] != fitting[names[0]] for name in names):
        raise LabelError(f'{classes} classes can be {" or ".join(names)}: say which with --labels')
    return names[0]


def _export(network: 'nn.Module', spec: 'InputSpec', path: Path) -> dict[str, Any]:
    """Write the graph and return its note on the card; without a graph torch runs the bundle."""
    from panoseg_ros.inference.export import export_onnx

    try:
        return dict(export_onnx(network, spec, path).note())
    except Exception as err:  # exporter and runtime raise many kinds, and torch runs without
        reason = (str(err).splitlines() or [type(err).__name__])[0]
        print(f'no graph, torch will run the bundle: {reason}')
        return {'graph': f'none: {reason}'}


def add(commands: typer.Typer) -> None:
    """Add `panoseg weights import`."""

    @commands.command('import')
    def command(
        checkpoint: Annotated[Path, typer.Argument(help='A .pth, .pt or .safetensors file.')],
        out: Annotated[Path, typer.Option(help='The bundle to write.')],
        labels: Annotated[
            str | None,
            typer.Option(help='Label set, a name or a file; needed where several fit.'),
        ] = None,
        size: Annotated[str, typer.Option(help='Panorama of the bundle, width x height.')] = SIZE,
        top: Annotated[float, typer.Option(help='Elevation of its upper edge, degrees.')] = 90.0,
        bottom: Annotated[float, typer.Option(help='Elevation of its lower edge.')] = -90.0,
        wrap_px: Annotated[
            int, typer.Option(min=0, help='Columns of the opposite border added on each side.')
        ] = 0,
    ) -> int:
        """Make a bundle of a Trans4PASS or Trans4PASS+ checkpoint.

        Takes what the authors released, and runs it once.
        """
        return import_weights(checkpoint, out, labels, size, top, bottom, wrap_px)
