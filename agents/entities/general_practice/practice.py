"""A GP practice: its list, its contracts, its taste for autonomy, and the group it is in (K)."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from caremarket.agents.world.organisation import Organisation
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.general_practice.enhanced_service import Uptake
    from caremarket.agents.entities.general_practice.local_office import LocalOffice
    from caremarket.agents.entities.general_practice.practice_group import PracticeGroup
    from caremarket.agents.entities.general_practice.quality_network import QualityNetwork
    from caremarket.agents.entities.market import Market
    from caremarket.agents.world.blueprint import PracticeSeed


class Practice(Organisation):
    """A GP practice: it holds a core contract, provides services that pay, and stays in a group while it gains.

    Attributes:
        commissioner: id of its CCG.
        list_size: registered patients.
        autonomy: taste for autonomy, on the scale of ``behaviour.joining_gain``.
        federation: the group it is in, or None.
        network: the network on which its withheld quality-framework pay depends.
        core_contract: kind of core contract it holds, empty for none.
        core_pay, core_cost, quality_pay, working_capital: pence, the first three a year.
        quality: attainment without effort, in [0, 1].
        attainment: its last return under the quality framework, in [0, 1], -1 before the first.
        services: the enhanced services offered to it.
        small: True if it has fewer patients than the median practice.
        risk_threshold: perceived risk above which it leaves.
        worried: True if an early decision on its membership is scheduled.
        left_at: month in which it last withdrew from a group, -1 for never.
        dividends: pence paid to it by its group since its last review.
        reviews: number of yearly reviews so far.
    """

    model: Market
    office: LocalOffice
    small: bool

    def __init__(self, model: Market, seed: PracticeSeed, area: str, region: str) -> None:
        super().__init__(model, id=seed.id, name=seed.name, kind="gp_practice", area=area, region=region)
        care = model.scenario_data.behaviour.primary_care
        streams = model.streams
        self.commissioner = seed.commissioner
        self.list_size = seed.list_size
        self.autonomy = seed.autonomy
        self.federation: PracticeGroup | None = None
        self.network: QualityNetwork | None = None
        self.core_contract = ""
        self.core_pay = self.core_cost = 0.0
        self.working_capital = 0
        self.quality_pay = 100.0 * care.quality_pay_gbp * self.list_size
        level = care.quality_without_effort
        z = streams.normal(Purpose.QUALITY_FRAMEWORK, self.key)
        self.quality = min(1.0, max(0.0, level.mean + level.sd * z))
        self.attainment = -1.0
        spread = care.risk_threshold
        self.risk_threshold = spread.median * exp(spread.sigma * streams.normal(Purpose.RISK_THRESHOLD, self.key))
        self.services: list[Uptake] = []
        self.pooling_known: tuple[float, float, int, int] | None = None
        self.pooling_gain = 0.0
        self.terms_known: tuple[int, int, float] | None = None
        self.pooling_feared: list[tuple[int, float]] = []
        self.worried = False
        self.left_at = -1.0
        self.dividends = 0
        self.reviews = 0
        self.reviewed_at = model.time

    def lose_shared_staff(self, now: float) -> None:
        """End services that used a group's shared staff; the practice decides again at its next review."""
        for uptake in self.services:
            if uptake.pooled:
                uptake.pooled = uptake.staffed = False
                uptake.end = min(uptake.end, now)

    def join_network(self) -> None:
        """Join a network of its group, or of its neighbours if it is in no group."""
        if self.federation is not None:
            self.federation.take_into_network(self)
        else:
            self.office.join_network(self)
