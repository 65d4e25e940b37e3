"""How the pictures of a data set see the world, as far as their authors say."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Projection:
    """What is known of the camera behind a data set's pictures.

    Convention: degrees; None where nobody says. Elevations are those of the upper and the
    lower border of an equirectangular panorama that spans all azimuths.

    Args:
        kind: a whole turn as equirectangular panorama, or a perspective picture.
        top_deg: elevation of a panorama's upper border.
        bottom_deg: elevation of a panorama's lower border.
        hfov_deg: horizontal field of view of a perspective picture.
        assumed: what is not stated by the authors but follows from an assumption, as a
            sentence; empty if all values are theirs.
    """

    kind: Literal['panorama', 'pinhole']
    top_deg: float | None = None
    bottom_deg: float | None = None
    hfov_deg: float | None = None
    assumed: str = ''


WHOLE_SPHERE = Projection('panorama', 90.0, -90.0)
