"""What everybody in the market can know: what contracts have cost lately, and how many bid."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import AwardPublished, OutcomeMeasured, PromiseReviewed, TenderEvaluated
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.pathways import ServiceItem


class MarketBeliefs:
    """Public record of awards and tenders by area and function, as exponentially weighted means."""

    __slots__ = (
        "_achievement",
        "_achievement_memory",
        "_memory",
        "_model",
        "_participation",
        "_price",
        "_price_memory",
        "_promise_memory",
        "_promises_kept",
        "margins",
        "tenders",
    )

    def __init__(self, model: Market) -> None:
        behaviour = model.scenario_data.behaviour
        self._model = model
        self._memory = behaviour.participation_memory
        self._price_memory = behaviour.price_memory
        self._price: dict[tuple[str, int], float] = {}
        self._participation: dict[tuple[str, int], float] = {}
        self._achievement_memory = behaviour.achievement_memory
        self._achievement = 0.5
        self._promise_memory = behaviour.promise_memory
        self._promises_kept = 1.0
        self.tenders: dict[str, int] = {}
        self.margins: dict[tuple[str, int], float] = {}

    def _area(self, item: ServiceItem) -> str:
        return self._model.commissioners[item.commissioner].area

    def start_price(self, area: str, function: int, ratio: float) -> None:
        """Set what contracts cost relative to reference cost when the run starts."""
        self._price[area, function] = ratio
        self.margins[area, function] = 0.0

    def price_ratio(self, item: ServiceItem) -> float:
        """Usual contract price of such work in the area, over reference cost."""
        return self._price.get((self._area(item), item.function), 1.0)

    @property
    def achievement(self) -> float:
        """Usual achievement of outcomes, in [0, 1]."""
        return self._achievement

    def outcome_measured(self, notice: OutcomeMeasured) -> None:
        """Learn from a contract's outcome."""
        achieved = notice.achieved
        self._achievement += self._achievement_memory * (achieved - self._achievement)

    @property
    def promises_kept(self) -> float:
        """Share of the work promised to those named in bids that they have had lately, in [0, 1]."""
        return self._promises_kept

    def promise_reviewed(self, notice: PromiseReviewed) -> None:
        """Learn how much of promised work a sub-contractor had in a year."""
        kept = notice.kept
        self._promises_kept += self._promise_memory * (kept - self._promises_kept)

    def believed_bidders(self, tender: Tender) -> float:
        """How many bidders to expect, oneself included.

        Once invitations are out their number is known; before, those who could bid times how many of such have
        bid lately.
        """
        if tender.invited:
            return float(tender.invited)
        if not tender.on_market:
            return 1.0
        able = tender.able
        return max(1.0, able * self.habit(tender.procurement.lot.items[0]))

    def habit(self, item: ServiceItem) -> float:
        """Share of those able who have bid for such work in the area lately."""
        key = (self._area(item), item.function)
        return self._participation.get(key, self._model.scenario_data.behaviour.initial_participation)

    def tender_evaluated(self, notice: TenderEvaluated) -> None:
        """Learn how many of those able to bid did."""
        tender = notice.tender
        area = tender.commissioner.area
        self.tenders[area] = self.tenders.get(area, 0) + 1
        able = tender.able
        if not able:
            return
        item = tender.procurement.lot.items[0]
        key = (area, item.function)
        before = self.habit(item)
        rate = len(tender.procurement.bids) / able
        self._participation[key] = before + self._memory * (rate - before)

    def award_published(self, notice: AwardPublished) -> None:
        """Learn from the price of an award what such work is taken to cost."""
        tender = notice.tender
        lot = tender.procurement.lot
        if not lot.reference_cost:
            return
        keys = {(self._area(i), i.function): None for i in lot.items}
        # What is usual today, not when the notice was written: in a busy place many tenders run at once, and each
        # would correct again what the others have corrected.
        usual = sum([self.price_ratio(i) * i.reference_cost for i in lot.items])
        drift = tender.procurement.price / usual if usual else 1.0
        # The price of a lot says the same of every function in it.
        for key in keys:
            after = self._price.get(key, 1.0) * (1.0 + self._price_memory * (drift - 1.0))
            self._price[key] = after
            self.margins[key] = after - 1.0
