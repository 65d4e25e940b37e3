"""A bundle run as a robot without a GPU would run it, against the network it was made from."""

from typing import TYPE_CHECKING

from panoseg_ros.bundles import Bundle
from panoseg_ros.errors import BackendError
from panoseg_ros.inference.agreement import Agreement, compare
from panoseg_ros.inference.export import reference
from panoseg_ros.inference.loading import load_backend
from panoseg_ros.inference.probes import load_probes

if TYPE_CHECKING:
    from torch import nn


def verify_bundle(bundle: Bundle, network: 'nn.Module') -> Agreement:
    """Segment rendered panoramas with a bundle and compare with its network, run by torch.

    Raises:
        BackendError: if too many labels differ, or the bundle does not run.
    """
    backend = load_backend(bundle, device='cpu')
    agreement = compare(
        load_probes(bundle.input),
        reference(network, bundle.input),
        lambda image: backend.segment(image)[0],
    )
    if agreement.fault:
        raise BackendError(f'bundle {bundle.name}: {agreement.fault}')
    return agreement
