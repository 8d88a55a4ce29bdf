"""Search of a lead for suppliers: candidates as the lead sees them, in the order of its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.supplier_choice import Rank, SupplierView, Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.levers import PolicySpec


class SupplierSearch:
    """One search of a lead.

    Args:
        model: the market.
        lead: the lead, which has a rule of its own (:attr:`Provider.supplier_choice`).
        commissioner: commissioner of the work.
        functions: functions of the work.
        terms: terms of the contract.
    """

    __slots__ = ("_between", "_commissioner", "_experience", "_functions", "_key", "_now", "rule", "weights")

    def __init__(
        self,
        model: Market,
        lead: Provider,
        commissioner: Commissioner,
        functions: Sequence[int],
        terms: PolicySpec,
    ) -> None:
        behaviour = model.scenario_data.behaviour
        self.rule = lead.supplier_choice
        self.weights = Weights(
            terms.weight_social_value, behaviour.procurement.place_penalty, behaviour.learning.partner_weight
        )
        self._between = model.trust.between
        self._experience = None if model.experience is None else model.experience.experience
        self._commissioner = commissioner
        self._functions = functions
        self._key = lead.key
        self._now = model.time

    def view(self, other: Provider) -> SupplierView:
        """A possible supplier as the lead sees it."""
        key, now = self._key, self._now
        functions = self._functions
        if len(functions) == 1:
            function = functions[0]
            unit_cost = other.unit_cost[function]
            spare = other.capacity[function] - other.committed[function] - other.bound[function]
        else:
            costs = [other.unit_cost[f] for f in functions if other.unit_cost[f] > 0.0]
            unit_cost = sum(costs) / max(len(costs), 1)
            spare = sum([other.spare(f) for f in functions])
        experience = self._experience
        return SupplierView(
            self._between(key, other.key, now),
            0.0 if experience is None else experience(key, other.key, now),
            other.quality,
            unit_cost,
            other.social_value,
            other.at_home(self._commissioner),
            other.is_trust,
            other.sme,
            spare,
        )

    def order(self, pool: Iterable[Provider], rank: Callable[[SupplierView, Weights], Rank]) -> list[Provider]:
        """Providers of ``pool`` in the order of ``rank``, one of the rule's functions."""
        ranked = [(rank(self.view(other), self.weights), other.index, other) for other in pool]
        ranked.sort()
        return [entry[2] for entry in ranked]
