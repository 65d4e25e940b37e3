"""The compiled pass that reads what the samples of all rays show."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.ground.channels import BLIND, SILENT

# Rays go down the columns of the pictures. Samples are read in blocks, so that a block's lines
# of the three pictures stay in the first cache, whose sets repeat every 4 KB.
BLOCK_RAYS, BLOCK_SAMPLES = 64, 8


@compiled()
def look_up(
    pixel: NDArray[np.int32],
    labels: NDArray[np.uint8],
    confidence: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    of_label: NDArray[np.int16],
    ground: int,
    least: int,
    codes: NDArray[np.int16],
    certainty: NDArray[np.uint8],
) -> None:
    """Fill `codes` (K, R) with the channel of every sample, SILENT or BLIND.

    Ground less certain than it must be is SILENT, not free. Obstacles speak however uncertain
    they are: what may stand there must not be overlooked. Confidence 0 says nothing.

    The images are flat, and `pixel` holds indices into them, of R or more samples. Channels below
    `ground` are of ground, for which `least` is the least confidence, of 255.
    `certainty` (K, R) gets the confidence of the samples that have a channel.
    """
    rays, samples = codes.shape
    for first_ray in range(0, rays, BLOCK_RAYS):
        for first in range(0, samples, BLOCK_SAMPLES):
            for k in range(first_ray, min(first_ray + BLOCK_RAYS, rays)):
                for j in range(first, min(first + BLOCK_SAMPLES, samples)):
                    at = pixel[k, j]
                    if at < 0 or not valid[at]:
                        codes[k, j] = BLIND
                        continue
                    code, sure = of_label[labels[at]], confidence[at]
                    if sure == 0 or (sure < least and code < ground):
                        codes[k, j] = SILENT
                    else:
                        codes[k, j] = code
                        certainty[k, j] = sure
