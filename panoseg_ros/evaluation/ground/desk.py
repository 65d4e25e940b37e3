"""All ways under some conditions with labels of one size, scored moment by moment."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import numpy as np

from panoseg_ros.evaluation.ground.conditions import BY_NAME, LEVEL, shown, sight_of
from panoseg_ros.evaluation.ground.facts import Facts, facts_of, on_plane
from panoseg_ros.evaluation.ground.kept import Part
from panoseg_ros.evaluation.ground.looks import Look
from panoseg_ros.evaluation.ground.methods import Oracle
from panoseg_ros.evaluation.ground.planes import Plane, fit_plane
from panoseg_ros.evaluation.ground.scores import Judge, Zones
from panoseg_ros.evaluation.ground.shown import Region, Ruler, Shown, Witness
from panoseg_ros.evaluation.ground.studio import WORLD_OF, Moment
from panoseg_ros.evaluation.ground.tally import Tally
from panoseg_ros.evaluation.ground.ways import MEMORY, Kit
from panoseg_ros.ground import GroundSettings


class Scene:
    """What is judged by at a moment in one world, worked out once for all conditions.

    Args:
        moment: what is true, in any view of the world.
        solid: classes that count as obstacles.
        regions: what is scored apart.
    """

    def __init__(
        self, moment: Moment, solid: tuple[int, ...], regions: tuple[Region, ...]
    ) -> None:
        self._moment, self._regions = moment, regions
        self.level = facts_of(moment, solid)

    @cached_property
    def plane(self) -> Plane:
        """Return the plane that the ground near the robot lies in."""
        return fit_plane(self._moment)

    @cached_property
    def given(self) -> Facts:
        """Return the facts for ways that are told of the plane."""
        return on_plane(self.level, self._moment, self.plane)

    def facts(self, condition: str) -> Facts:
        """Return the facts for ways under a condition."""
        return self.given if condition == 'plane' else self.level

    def zones(self, condition: str) -> Zones:
        """Return which cells count where, for ways under a condition."""
        return self._given_zones if condition == 'plane' else self._level_zones

    @cached_property
    def _level_zones(self) -> Zones:
        return Zones(self._regions, self.level)

    @cached_property
    def _given_zones(self) -> Zones:
        return Zones(self._regions, self.given)


class Desk:
    """Scores one drive from one height with labels of one size.

    Args:
        look: where the labels come from.
        parts: of the drive, at the size of the look.
        settings: of the maps.
        regions: what is scored apart.
        ways: under every condition.
        solid: classes that count as obstacles.
    """

    def __init__(
        self,
        look: Look,
        parts: Iterable[Part],
        settings: GroundSettings,
        regions: tuple[Region, ...],
        ways: Mapping[str, tuple[str, ...]],
        solid: tuple[int, ...],
    ) -> None:
        self._look, self._solid = look, solid
        kit = Kit(look.geometry, look.label_set, settings)
        self._runs = [_Run(part, kit, regions, ways[part.condition], solid) for part in parts]
        self._witnesses: dict[tuple[str, bool], Witness] = {}

    def score(self, views: Mapping[str, Moment], scenes: Mapping[str, Scene]) -> None:
        """Add one moment, given in every view and with the scene of every world."""
        known: dict[tuple[str, bool], tuple[Moment, tuple[Shown, Shown]]] = {}
        for run in self._runs:
            condition = run.part.condition
            moment = views[BY_NAME[condition].view]
            world = WORLD_OF[BY_NAME[condition].view]
            scene, place = scenes[world], (world, condition == 'body')
            facts = scene.facts(condition)
            if place not in known:
                truth = shown(condition, moment, facts.range_m)
                known[place] = truth, self._witness(place, run.ruler)(truth, facts)
            plane = scene.plane if condition == 'plane' else LEVEL
            sight = sight_of(condition, moment, self._look, run.noise, plane)
            sight = sight._replace(oracle=Oracle(moment, facts))
            truth, (forgetful, mindful) = known[place]
            for name, (way, judge) in run.judged.items():
                seen = mindful if name in MEMORY else forgetful
                judge(way(sight), truth, facts, seen, scene.zones(condition))

    def tallies(self) -> Iterator[tuple[Part, dict[str, Tally]]]:
        """Yield the sums of every part by way."""
        for run in self._runs:
            yield run.part, {name: judge.tally for name, (_, judge) in run.judged.items()}

    def _witness(self, place: tuple[str, bool], ruler: Ruler) -> Witness:
        return self._witnesses.setdefault(place, Witness(ruler))


class _Run:
    """All ways under one condition."""

    def __init__(
        self,
        part: Part,
        kit: Kit,
        regions: tuple[Region, ...],
        ways: tuple[str, ...],
        solid: tuple[int, ...],
    ) -> None:
        self.part = part
        self.ruler = Ruler(part.height_m, part.rows, solid)
        self.noise = np.random.default_rng(zlib.crc32(part.drive.name.encode()))
        self.judged = {name: (kit.way(name), Judge(self.ruler, regions)) for name in ways}
