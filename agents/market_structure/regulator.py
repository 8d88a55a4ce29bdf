"""The regulator: yearly review of dominance, investigations, fines, merger control and challenges (P 3.18).

A large share of an area's work in a function is not an offence, but it makes the regulator investigate. Abuse is
taking back promised work, charging well above the price of others for such work, or refusing to supply others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.market_structure.market_index import LocalMarket, MarketIndex
from caremarket.agents.procurement.challenge import chance_upheld
from caremarket.agents.procurement.conflicts_of_interest import undeclared_interest
from caremarket.agents.world.organisation import Organisation
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.measures import HIGHLY_CONCENTRATED
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.procurement import award_points
from caremarket.market.randomness import Purpose, entity_key

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import DiversionFound, OfferAnswered
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.procurement import Lot


class Case:
    """An investigation of one provider in one market."""

    __slots__ = ("__weakref__", "market", "model", "opened", "provider", "regulator")

    def __init__(self, regulator: Regulator, provider: Provider, market: LocalMarket) -> None:
        self.regulator = regulator
        self.model = regulator.model
        self.provider = provider
        self.market = market
        self.opened = regulator.model.time

    @event_handler
    def conclude(self) -> None:
        """End the investigation."""
        self.regulator.close(self)


class Regulator(Organisation):
    """The economic regulator of the whole market.

    Attributes:
        cases_opened: cases of dominance opened so far.
        abuses_found: cases that ended with a finding of abuse.
        mergers_forbidden: mergers it forbade.
        cases: open cases by provider and market.
        kept_open: month until which the bids of a provider in a market are not accepted.
    """

    model: Market

    def __init__(self, model: Market) -> None:
        super().__init__(model, id="regulator", name="Regulator", kind="regulator", area="", region="")
        self._rules = model.scenario_data.behaviour.regulation
        self.cases_opened = 0
        self.abuses_found = 0
        self.mergers_forbidden = 0
        self.cases: dict[tuple[int, LocalMarket], Case] = {}
        self.kept_open: dict[tuple[int, LocalMarket], float] = {}
        self._paused: dict[tuple[int, LocalMarket], float] = {}
        self._diverted: dict[tuple[int, LocalMarket], float] = {}
        # Number of offers above the usual price that a provider received from leads, and number refused, by market.
        self._offers: dict[tuple[int, LocalMarket], list[int]] = {}
        self._index: MarketIndex | None = None
        model.schedule(self.open_cases, at=12.0)

    # Information ----------------------------------------------------------------------------------------

    def market_index(self) -> MarketIndex:
        """Providers' work and prices by market, at most a year old."""
        if self._index is None or self.model.time - self._index.at >= 12.0:
            self._index = MarketIndex(self.model)
        return self._index

    def offer_answered(self, notice: OfferAnswered) -> None:
        """Record the answer of a provider with spare capacity to a lead's offer above the usual price."""
        if notice.fair:
            answers = self._offers.setdefault((notice.candidate.index, notice.market), [0, 0])
            answers[0] += 1
            answers[1] += not notice.accepted

    def diversion_found(self, notice: DiversionFound) -> None:
        """Record that a commissioner found a holder taking promised work back."""
        in_force, function = notice
        self._diverted[in_force.contract.holder, (in_force.commissioner.area, function)] = self.model.time

    # Dominance ------------------------------------------------------------------------------------------

    @event_handler
    def open_cases(self) -> None:
        """Once a year: open cases of shares above the line, largest provider first, up to the limit of open cases."""
        model = self.model
        now = model.time
        rules = self._rules
        line = model.policy.dominance_line
        found: list[tuple[float, int, LocalMarket]] = []
        self._index = MarketIndex(model)
        for market, by in self._index.delivered.items():
            total = sum(by.values())
            if total < rules.minimum_market_gbp * 100.0:
                continue
            for index, value in by.items():
                key = (index, market)
                if value > line * total and key not in self.cases and self._paused.get(key, -1.0) <= now:
                    found.append((-value, index, market))
        found.sort()
        for _, index, market in found[: max(0, rules.cases_in_hand - len(self.cases))]:
            self._open(model.provider(index), market)
        model.schedule(self.open_cases, after=12.0)

    def _open(self, provider: Provider, market: LocalMarket) -> None:
        model = self.model
        rules = self._rules
        case = Case(self, provider, market)
        self.cases[provider.index, market] = case
        self.cases_opened += 1
        high = max(rules.case_months_low, rules.case_months_high)
        months = model.streams.between(
            rules.case_months_low, high, Purpose.REGULATION, provider.key, _key(market), int(model.time)
        )
        model.log("dominance_case", self.index, provider.index, detail=FUNCTIONS[market[1]])
        model.schedule(case.conclude, after=months)

    def close(self, case: Case) -> None:
        """End a case: if abuse is found, fine it and keep the market open to others for ``remedy_months``."""
        model = self.model
        now = model.time
        rules = self._rules
        provider = case.provider
        key = (provider.index, case.market)
        del self.cases[key]
        self._paused[key] = now + 12.0 * rules.case_pause_years
        grounds = self.grounds(case)
        self._offers.pop(key, None)
        if not provider.alive:
            return
        u = model.streams.uniform(Purpose.REGULATION, provider.key, _key(case.market), -1 - int(case.opened))
        if not grounds or u >= rules.regulator_skill:
            model.log("case_closed", self.index, provider.index, detail=FUNCTIONS[case.market[1]])
            return
        self.abuses_found += 1
        value = self.market_index().delivered.get(case.market, {}).get(provider.index, 0.0)
        fine = int(min(rules.fine_share * value, rules.fine_cap_turnover * provider.turnover))
        if provider.turnover < rules.fine_least_turnover_gbp * 100.0:
            fine = 0
        model.ledger.post(now, provider.account, WORLD, fine, Reason.REGULATORY_FINE)
        provider.market_cost += fine
        self.kept_open[key] = now + rules.remedy_months
        model.log("abuse_found", self.index, provider.index, amount=fine, detail=grounds[0])

    def grounds(self, case: Case) -> list[str]:
        """Grounds for a finding: ``diversion`` since a year before the case, ``refusal``, and ``price`` at present.

        A price is abusive if it is excessive over cost as well as over the price of others: high cost is not abuse.
        """
        rules = self._rules
        key = (case.provider.index, case.market)
        found = []
        if self._diverted.get(key, -1e9) >= case.opened - 12.0:
            found.append("diversion")
        line = rules.excess_price_line
        above_others = self.market_index().excess_price(case.market, case.provider.index) > line
        if above_others and _margin(case.provider, case.market) > line:
            found.append("price")
        asked, refused = self._offers.get(key, (0, 0))
        if asked >= rules.refusals_least and refused > rules.refusal_line * asked:
            found.append("refusal")
        return found

    def bars(self, bidder: Provider, lot: Lot) -> bool:
        """True if bids of a provider for a lot are not accepted, so that the market stays open to others."""
        if not self.kept_open:
            return False
        area = self.model.commissioners[lot.commissioner].area
        now = self.model.time
        return any(self.kept_open.get((bidder.index, (area, i.function)), -1.0) > now for i in lot.items)

    # Mergers --------------------------------------------------------------------------------------------

    def allows_merger(self, one: Provider, other: Provider, *, failing: bool) -> bool:
        """Allow a merger unless it lessens competition: the index would rise by more than the line, to above 2,000.

        A failing firm without another acceptable buyer may merge: its competition is lost anyway.
        """
        rise, after = self.market_index().effect_of_merging(one.index, other.index)
        return failing or rise <= self.model.policy.merger_line or after <= HIGHLY_CONCENTRATED

    # Challenges -----------------------------------------------------------------------------------------

    def chance_upheld(self, process: Tender, challenger: Submission) -> float:
        """Probability that the regulator upholds a loser's challenge of an award, in [0, 1].

        A challenge has merit if the challenger would have won with its true quality, or in proportion to an undeclared
        interest in the award. A skilled regulator decides by merit; an unskilled one by the general probability that
        such a challenge is upheld.
        """
        skill = self._rules.regulator_skill
        merit = self._merit(process, challenger.bidder)
        if process.winner is not None:
            merit = max(merit, undeclared_interest(process, process.winner))
        return skill * merit + (1.0 - skill) * chance_upheld(process, challenger)

    def _merit(self, process: Tender, challenger: Provider) -> float:
        compliant = {b.bidder: b for b in process.procurement.bids if b.compliant}
        if challenger.index not in compliant or process.winner is None:
            return 0.0
        lowest = min(b.price for b in compliant.values())

        def points(index: int) -> float:
            bid = compliant[index]
            response = process.responses.get(index)
            plan = response.plan if response is not None else None
            quality = plan.quality if plan is not None else bid.quality
            return award_points(process.policy, bid.price, lowest, quality, bid.social_value, bid.integration)

        winner = process.winner.bidder.index
        return 1.0 if winner in compliant and points(challenger.index) > points(winner) else 0.0


def _margin(provider: Provider, market: LocalMarket) -> float:
    """Margin of a holder in a market: pay over cost, less one; zero if it holds no work there."""
    paid = cost = 0.0
    for in_force in provider.holdings.values():
        if in_force.commissioner.area == market[0]:
            for allocation in in_force.allocations:
                if allocation.item.function == market[1]:
                    paid += allocation.head_rate * 4.0
                    own = allocation.sub is None
                    cost += (allocation.full_cost if own else allocation.whole_sub_rate * 4.0) * allocation.share
    return paid / cost - 1.0 if cost else 0.0


def _key(market: LocalMarket) -> int:
    return entity_key("market", market[0], FUNCTIONS[market[1]])
