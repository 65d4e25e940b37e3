"""`panoseg export`: write a bundle's graph anew from its weights, or build its engine."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from panoseg_ros.bundles import Bundle

FORMATS = ('onnx', 'tensorrt')


def export(
    bundle: Path, rendering: str = 'deform_conv', to: str = 'onnx', precision: str = 'float16'
) -> int:
    """Export a bundle, check what comes out, and return 0.

    Args:
        bundle: The bundle's folder.
        rendering: How deformable layers appear in a graph, see `inference.export.RENDERINGS`.
        to: `onnx`, a graph that replaces the bundle's own and needs its weights; or
            `tensorrt`, an engine of the bundle's graph for the GPU of this machine, kept beside
            the bundle by `inference.tensorrt.cache`.
        precision: Of an engine, float16 or float32.

    Raises:
        BundleError: if the bundle's files are missing or damaged.
        BackendError: if the format, rendering or precision is unknown, what was exported gives
            other labels, or the builder or its GPU is missing; the bundle is unchanged.
    """
    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.errors import BackendError

    if to not in FORMATS:
        raise BackendError(f'unknown format {to!r}, expected one of {", ".join(FORMATS)}')
    if to == 'tensorrt':
        _build_engine(load_bundle(bundle), precision)
    else:  # the old graph may be missing or damaged
        _write_graph(load_bundle(bundle, verify=False), rendering)
    return 0


def _build_engine(bundle: 'Bundle', precision: str) -> None:
    from panoseg_ros.inference.tensorrt import build_engine

    built = build_engine(bundle, precision, lambda line: print(line, flush=True))
    print(
        f'wrote {built.path}: {built.backend.runtime}, deformable layers as {built.rendering}, '
        f'{built.agreement.same:.4%} of the pixels as on the CPU'
    )


def _write_graph(loaded: 'Bundle', rendering: str) -> None:
    from panoseg_ros.bundles import GRAPH, WEIGHTS, verify_files, write_card
    from panoseg_ros.errors import BundleError
    from panoseg_ros.inference.export import export_onnx
    from panoseg_ros.inference.torch_backend import load_network

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


def register(app: typer.Typer) -> None:
    """Add `panoseg export`."""

    @app.command('export')
    def command(
        bundle: Annotated[Path, typer.Argument(help='A bundle folder.')],
        rendering: Annotated[
            str,
            typer.Option(
                help='Deformable layers as deform_conv, or as grid_sample for runtimes that do '
                'not know DeformConv.'
            ),
        ] = 'deform_conv',
        to: Annotated[
            str,
            typer.Option(
                '--format',
                help='onnx: the graph, from the weights. tensorrt: an engine of the graph for '
                'the GPU of this machine, kept in the cache.',
            ),
        ] = 'onnx',
        precision: Annotated[
            str, typer.Option(help='Of an engine: float16 or float32.')
        ] = 'float16',
    ) -> int:
        """Write a bundle's ONNX graph, or build its TensorRT engine.

        What comes out is held to the network that it is made of.
        """
        return export(bundle, rendering, to, precision)
