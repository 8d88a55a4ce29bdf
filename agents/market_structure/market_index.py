"""Each provider's share of an area's work in a function, and its price: computed once a year for the regulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.measures import herfindahl_hirschman_index

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market

LocalMarket = tuple[str, int]
"""Local market: an area and the index of a function."""


class MarketIndex:
    """Value of planned work in pence a year, by market and provider, at month ``at``."""

    __slots__ = ("_asked", "_reference", "at", "delivered")

    def __init__(self, model: Market) -> None:
        self.at = model.time
        self.delivered: dict[LocalMarket, dict[int, float]] = {}
        # Price and reference cost of the work held, by market and holder.
        self._asked: dict[tuple[LocalMarket, int], float] = {}
        self._reference: dict[tuple[LocalMarket, int], float] = {}
        for in_force in model.contracts.values():
            area = in_force.commissioner.area
            holder = in_force.contract.holder
            for allocation in in_force.allocations:
                market = (area, allocation.item.function)
                value = allocation.head_rate * 4.0
                by = self.delivered.setdefault(market, {})
                index = allocation.deliverer.index
                by[index] = by.get(index, 0.0) + value
                held = (market, holder)
                self._asked[held] = self._asked.get(held, 0.0) + value
                self._reference[held] = self._reference.get(held, 0.0) + allocation.reference

    def share(self, market: LocalMarket, provider: int) -> float:
        """Share of a market's work that a provider does, in [0, 1]."""
        by = self.delivered.get(market, {})
        total = sum(by.values())
        return by.get(provider, 0.0) / total if total else 0.0

    def excess_price(self, market: LocalMarket, provider: int) -> float:
        """Excess of a holder's price over reference cost above that of all others for the function, as a share.

        Zero if it holds no work there, or no other provider holds such work anywhere.
        """
        asked = self._asked.get((market, provider), 0.0)
        reference = self._reference.get((market, provider), 0.0)
        others = others_reference = 0.0
        for (other_market, holder), value in self._asked.items():
            if other_market[1] == market[1] and holder != provider:
                others += value
                others_reference += self._reference[other_market, holder]
        if not (reference and others and others_reference):
            return 0.0
        return asked / reference / (others / others_reference) - 1.0

    def effect_of_merging(self, one: int, other: int) -> tuple[float, float]:
        """Largest rise of the index in a market of both providers, and the index after it; (0, 0) if there is none."""
        most = after = 0.0
        for by in self.delivered.values():
            if by.get(one, 0.0) > 0.0 and by.get(other, 0.0) > 0.0:
                total = sum(by.values())
                rise = 2.0 * by[one] * by[other] / (total * total) * 10_000.0
                if rise > most:
                    most = rise
                    after = (herfindahl_hirschman_index(by.values()) or 0.0) + rise
        return most, after
