"""Weights and inputs generated from key names, by the rule of test/networks/fixtures."""

import zlib

import numpy as np
import torch


def generator(key):
    return np.random.Generator(np.random.PCG64(zlib.crc32(key.encode())))


def filled(key, shape):
    rng = generator(key)
    if key.endswith('running_var'):
        return rng.uniform(0.5, 1.5, shape)
    if key.endswith('running_mean'):
        return rng.normal(0, 0.1, shape)
    if 'num_batches_tracked' in key:
        return np.zeros((), np.int64)
    if len(shape) <= 1:
        return key.endswith('weight') + rng.normal(0, 0.1, shape)
    gain = 2.0 if 'offset' in key or 'modulator' in key else 1.0
    return rng.normal(0, gain / np.sqrt(np.prod(shape[1:])), shape)


def filled_state(network):
    """Return a state dict of a network's keys, shapes and dtypes with the rule's values."""
    return {
        key: torch.from_numpy(np.asarray(filled(key, tuple(value.shape)))).to(value.dtype)
        for key, value in network.state_dict().items()
    }


def reference_input(height, width):
    noise = generator('input').normal(0, 1, (1, 3, height, width))
    return torch.from_numpy(noise.astype(np.float32))
