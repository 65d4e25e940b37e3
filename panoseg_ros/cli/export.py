"""`panoseg export`: write a bundle's graph anew from its weights."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer


def export(bundle: Path, rendering: str = 'deform_conv') -> int:
    """Export the ONNX graph of a bundle, check it, put it on the card and return 0.

    Args:
        bundle: The bundle's folder, which holds weights.
        rendering: How deformable layers appear, see `inference.export.RENDERINGS`.

    Raises:
        BundleError: if the weights are missing or damaged.
        BackendError: if they do not fit the network, the rendering is unknown, or the graph
            gives other labels; the bundle is unchanged.
    """
    from panoseg_ros.bundles import GRAPH, WEIGHTS, load_bundle, verify_files, write_card
    from panoseg_ros.errors import BundleError
    from panoseg_ros.inference.export import export_onnx
    from panoseg_ros.inference.torch_backend import load_network

    loaded = load_bundle(bundle, verify=False)  # the old graph may be missing or damaged
    if WEIGHTS not in loaded.files:
        raise BundleError(f'{loaded.path}: holds no {WEIGHTS} to export')
    verify_files(replace(loaded, files={WEIGHTS: loaded.files[WEIGHTS]}))
    network = load_network(loaded)
    agreement = export_onnx(network, loaded.input, loaded.path / GRAPH, rendering=rendering)
    own = ('format', 'name', 'network', 'label_set', 'input', 'files', 'export')
    notes = {key: value for key, value in loaded.card.items() if key not in own}
    write_card(
        loaded.path,
        name=loaded.name,
        network=loaded.network,
        label_set=loaded.label_set,
        spec=loaded.input,
        export={'rendering': rendering, **agreement.note()},
        **notes,
    )
    print(f'wrote {loaded.path / GRAPH}: {agreement.same:.4%} of the pixels as torch has them')
    return 0


def register(app: typer.Typer) -> None:
    """Add `panoseg export`."""

    @app.command('export')
    def command(
        bundle: Annotated[Path, typer.Argument(help='A bundle folder with weights.')],
        rendering: Annotated[
            str,
            typer.Option(
                help='Deformable layers as deform_conv, or as grid_sample for runtimes that do '
                'not know DeformConv.'
            ),
        ] = 'deform_conv',
    ) -> int:
        """Write the ONNX graph of a bundle from its weights and check it."""
        return export(bundle, rendering)
