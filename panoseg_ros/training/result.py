"""From a trained network to a bundle on disk."""

from pathlib import Path
from typing import Any

from panoseg_ros.bundles import GRAPH, WEIGHTS, new_bundle, write_card
from panoseg_ros.inference.export import export_onnx
from panoseg_ros.labels import load_label_set
from panoseg_ros.networks import load_weights, save_weights
from panoseg_ros.training.config import TrainConfig, as_plain
from panoseg_ros.training.loop import Trained


def write_bundle(
    out: Path, config: TrainConfig, trained: Trained, graph: bool = True, **notes: Any
) -> None:
    """Write weights, graph and card into a folder, replacing a bundle that is there.

    Weights are stored as float16. The graph is exported from the weights as stored, so both
    files give the same answers; without `graph` there is none, and `panoseg export` adds it.

    Raises:
        NetworkError: if a weight does not fit float16.
        BackendError: if the exported graph disagrees with the network; `out` is unchanged.
        BundleError: if `out` holds anything but a bundle.
    """
    with new_bundle(out) as folder:
        save_weights(trained.network.state_dict(), folder / WEIGHTS)
        load_weights(trained.network, folder / WEIGHTS)
        if graph:
            agreement = export_onnx(trained.network, config.input, folder / GRAPH)
            notes['export'] = agreement.note()
        write_card(
            folder,
            name=config.name,
            network=config.network,
            label_set=config.label_set,
            spec=config.input,
            training=_training(config, trained),
            **_figures(config, trained),
            **notes,
        )


def _training(config: TrainConfig, trained: Trained) -> dict[str, Any]:
    at = trained.position
    return {
        'config': as_plain(config),
        'steps': at.step,
        'images_seen': at.seen,
        'devices': trained.devices,
        'minutes': round(at.elapsed_s / 60, 1),
        'initialisation': _initialisation(config),
        'validation': at.history,
        'chosen': _chosen(trained),
    }


def _figures(config: TrainConfig, trained: Trained) -> dict[str, Any]:
    at = trained.position
    if not at.best_iou:
        return {}
    names = [cls.name for cls in load_label_set(config.label_set).classes]
    mean = max(entry['mean_iou'] for entry in at.history)
    per_class = dict(zip(names, at.best_iou, strict=True))
    return {'figures': {'validation': {'mean_iou': mean, 'iou': per_class}}}


def _chosen(trained: Trained) -> str:
    at = trained.position
    if not at.history:
        return 'the last averaged weights'
    best = at.history[-1 - at.since_best]
    ended = ', after which the run ended early' if at.ended_early else ''
    return f'the averaged weights of step {best["step"]}, best on validation{ended}'


def _initialisation(config: TrainConfig) -> str:
    if not config.encoder_weights:
        return 'random, no pretrained weights'
    return f'encoder from {Path(config.encoder_weights).name}, the rest random'
