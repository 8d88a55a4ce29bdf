"""Memory across procurements: stage lengths, groups of commissioners, challenges, withdrawn awards and extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.procurement import ROUTES, expected_months, stage_durations

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.ports import Agreement, PatientChoice
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.levers import PolicySpec


class Framework:
    """A pool of qualified providers, and the month in which it ends."""

    __slots__ = ("members", "until")

    def __init__(self, members: list[Provider], until: float) -> None:
        self.members = members
        self.until = until


class ProcurementDesk:
    """The memory of procurement in a market.

    Attributes:
        durations: state -> shortest and longest stay in months.
        challenges: awards challenged.
        upheld: challenges upheld.
        withdrawn: awards withdrawn after a challenge or an impact assessment.
        extensions: contracts extended.
        extended: ids of contracts that have been extended.
        spared: indices of items whose award was withdrawn after an impact assessment since they were last let.
        frameworks: pool of qualified providers by commissioner and function.
        schemes: choice scheme by index of item; ``scheme_of`` by number of contract.
        agreements: overarching agreements in force.
        phased: indices of items that have been through an overarching agreement.
    """

    def __init__(self, model: Market) -> None:
        self._model = model
        self.durations = stage_durations(model.scenario_data.behaviour.procurement)
        self.challenges = 0
        self.upheld = 0
        self.withdrawn = 0
        self.extensions = 0
        self.extended: set[int] = set()
        self.spared: set[int] = set()
        self.frameworks: dict[tuple[int, int], Framework] = {}
        self.schemes: dict[int, PatientChoice] = {}
        self.scheme_of: dict[int, PatientChoice] = {}
        self.agreements: list[Agreement] = []
        self.phased: set[int] = set()
        self._neighbours: dict[int, dict[int, tuple[int, ...]]] = {}

    def lead_time(self, policy: PolicySpec) -> float:
        """Mean length of a procurement under a policy, months."""
        return expected_months(ROUTES[policy.route], policy.engagement_months, self.durations)

    def neighbours(self, commissioner: int, together: int) -> tuple[int, ...]:
        """Group of ``together`` commissioners that buys jointly with a commissioner, itself included, by index.

        Commissioners of an area are grouped in order. Areas with fewer than ``together`` are grouped with others of
        their region. Groups stay the same for the whole run.
        """
        groups = self._neighbours.get(together)
        if groups is None:
            groups = self._neighbours[together] = self._group(together)
        return groups[commissioner]

    def _group(self, together: int) -> dict[int, tuple[int, ...]]:
        areas: dict[tuple[str, str], list[int]] = {}
        for index, commissioner in sorted(self._model.commissioners.items()):
            areas.setdefault((commissioner.region, commissioner.area), []).append(index)
        pools: dict[str, list[int]] = {}
        for (region, area), members in sorted(areas.items()):
            # An area that is large enough forms groups of its own.
            pools.setdefault(region if len(members) < together else f"{region}\x1f{area}", []).extend(members)
        found: dict[int, tuple[int, ...]] = {}
        for pool in pools.values():
            for start in range(0, len(pool), together):
                group = tuple(sorted(pool[start : start + together]))
                found.update(dict.fromkeys(group, group))
        return found
