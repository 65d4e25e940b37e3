"""The ways of the bench by name, made so that those of one size of panorama share their work."""

from collections.abc import Callable

from panoseg_ros.evaluation.ground.baselines import LastFeet, PixelLook, RayClearing, Smear
from panoseg_ros.evaluation.ground.methods import Fused, Observer, OneFrame, Way
from panoseg_ros.evaluation.ground.true_feet import TrueFeet
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.ground import GroundSettings
from panoseg_ros.labels import LabelSet


class Kit:
    """What ways are made of; arguments as of `GroundProjector`."""

    def __init__(
        self, geometry: PanoramaGeometry, labels: LabelSet, settings: GroundSettings
    ) -> None:
        self.observe = Observer(geometry, labels, settings)
        self.look = PixelLook(geometry, labels, settings)

    def way(self, name: str) -> Way:
        """Return a way that has seen nothing yet; `name` is one of WAYS."""
        return WAYS[name](self)


WAYS: dict[str, Callable[[Kit], Way]] = {
    'one frame': lambda kit: OneFrame(kit.observe),
    'fused': lambda kit: Fused(kit.observe),
    'true feet': lambda kit: TrueFeet(kit.observe),
    'smear': lambda kit: Smear(kit.look),
    'last feet': lambda kit: LastFeet(kit.look),
    'ray clearing': lambda kit: RayClearing(kit.look),
}
MEMORY = ('fused', 'true feet', 'ray clearing')  # ways that keep what earlier frames showed
ORACLES = ('true feet',)  # ways that labels and faults make no difference to
