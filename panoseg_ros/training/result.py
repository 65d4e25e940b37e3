"""From a trained network to a bundle on disk."""

import shutil
from pathlib import Path
from typing import Any

from panoseg_ros.bundles import GRAPH, WEIGHTS, write_card
from panoseg_ros.inference.export import export_onnx
from panoseg_ros.networks import load_weights, save_weights
from panoseg_ros.training.config import TrainConfig, as_plain
from panoseg_ros.training.loop import Trained


def write_bundle(out: Path, config: TrainConfig, trained: Trained, **notes: Any) -> None:
    """Write weights, graph and card into a folder, replacing a bundle that is there.

    The graph is exported from the weights as stored, so both files give the same answers.

    Raises:
        NetworkError: if a weight does not fit float16.
        BackendError: if the exported graph disagrees with the network; `out` is unchanged.
    """
    partial = out.with_name(f'.{out.name}.partial')
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        save_weights(trained.network.state_dict(), partial / WEIGHTS)
        load_weights(trained.network, partial / WEIGHTS)
        agreement = export_onnx(trained.network, config.input, partial / GRAPH)
        write_card(
            partial,
            name=config.name,
            network=config.network,
            label_set=config.label_set,
            spec=config.input,
            training=_training(config, trained),
            export={'pixels_with_the_same_class_as_torch': round(agreement, 5)},
            **notes,
        )
        shutil.rmtree(out, ignore_errors=True)
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _training(config: TrainConfig, trained: Trained) -> dict[str, Any]:
    at = trained.position
    return {
        'config': as_plain(config),
        'steps': at.step,
        'images_seen': at.seen,
        'minutes': round(at.elapsed_s / 60, 1),
        'initialisation': 'random, no pretrained weights',
        'validation': at.history,
    }
