"""`panoseg export`: write a bundle's graph anew from its weights."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer


def export(bundle: Path) -> int:
    """Export the ONNX graph of a bundle, check it, put it on the card and return 0."""
    from panoseg_ros.bundles import GRAPH, WEIGHTS, load_bundle, verify_files, write_card
    from panoseg_ros.errors import BundleError
    from panoseg_ros.inference.export import export_onnx
    from panoseg_ros.labels import load_label_set
    from panoseg_ros.networks import build_network, load_weights

    loaded = load_bundle(bundle, verify=False)  # the old graph may be missing or damaged
    if WEIGHTS not in loaded.files:
        raise BundleError(f'{loaded.path}: holds no {WEIGHTS} to export')
    verify_files(replace(loaded, files={WEIGHTS: loaded.files[WEIGHTS]}))
    network = build_network(loaded.network, len(load_label_set(loaded.label_set)))
    load_weights(network, loaded.files[WEIGHTS])
    agreement = export_onnx(network, loaded.input, loaded.path / GRAPH)
    own = ('format', 'name', 'network', 'label_set', 'input', 'files', 'export')
    notes = {key: value for key, value in loaded.card.items() if key not in own}
    write_card(
        loaded.path,
        name=loaded.name,
        network=loaded.network,
        label_set=loaded.label_set,
        spec=loaded.input,
        export={'pixels_with_the_same_class_as_torch': round(agreement, 5)},
        **notes,
    )
    print(f'wrote {loaded.path / GRAPH}: {agreement:.4%} of the pixels as torch has them')
    return 0


def register(app: typer.Typer) -> None:
    """Add `panoseg export`."""

    @app.command('export')
    def command(
        bundle: Annotated[Path, typer.Argument(help='A bundle folder with weights.')],
    ) -> int:
        """Write the ONNX graph of a bundle from its weights and check it."""
        return export(bundle)
