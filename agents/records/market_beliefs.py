"""Public information in the market: recent contract prices and numbers of bidders."""

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
        """Set the ratio of contract price to reference cost at the start of the run."""
        self._price[area, function] = ratio
        self.margins[area, function] = 0.0

    def price_ratio(self, item: ServiceItem) -> float:
        """Usual contract price of such work in the area, divided by reference cost."""
        return self._price.get((self._area(item), item.function), 1.0)

    @property
    def achievement(self) -> float:
        """Usual achievement of outcomes, in [0, 1]."""
        return self._achievement

    def outcome_measured(self, notice: OutcomeMeasured) -> None:
        """Update usual achievement from a contract's outcome."""
        achieved = notice.achieved
        self._achievement += self._achievement_memory * (achieved - self._achievement)

    @property
    def promises_kept(self) -> float:
        """Share of promised work that suppliers named in bids recently received, in [0, 1]."""
        return self._promises_kept

    def promise_reviewed(self, notice: PromiseReviewed) -> None:
        """Update the share of promises kept from the work a sub-contractor received in a year."""
        kept = notice.kept
        self._promises_kept += self._promise_memory * (kept - self._promises_kept)

    def believed_bidders(self, tender: Tender) -> float:
        """Number of bidders to expect, the believer included.

        After invitations their number is known. Before, it is the number of able bidders times the share of able
        bidders that recently bid.
        """
        if tender.invited:
            return float(tender.invited)
        if not tender.on_market:
            return 1.0
        able = tender.able
        return max(1.0, able * self.habit(tender.procurement.lot.items[0]))

    def habit(self, item: ServiceItem) -> float:
        """Share of able bidders that recently bid for such work in the area, in [0, 1]."""
        key = (self._area(item), item.function)
        return self._participation.get(key, self._model.scenario_data.behaviour.initial_participation)

    def tender_evaluated(self, notice: TenderEvaluated) -> None:
        """Update participation from the share of able bidders that bid."""
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
        """Update the usual price of such work from the price of an award."""
        tender = notice.tender
        lot = tender.procurement.lot
        if not lot.reference_cost:
            return
        keys = {(self._area(i), i.function): None for i in lot.items}
        # Usual price today, not at the notice: in a busy area many tenders run at once, and each would repeat the
        # correction that the others have made.
        usual = sum([self.price_ratio(i) * i.reference_cost for i in lot.items])
        drift = tender.procurement.price / usual if usual else 1.0
        # The price of a lot applies equally to every function in it.
        for key in keys:
            after = self._price.get(key, 1.0) * (1.0 + self._price_memory * (drift - 1.0))
            self._price[key] = after
            self.margins[key] = after - 1.0
