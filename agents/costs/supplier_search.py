"""Search of a lead for suppliers: candidates as the lead sees them, in the order of its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.supplier_choice import SupplierView, Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.supplier_choice import Rank
    from caremarket.market.levers import PolicySpec


class _View(SupplierView):
    """View of the provider that a search is looking at."""

    __slots__ = ("functions", "provider")

    provider: Provider

    def __init__(self, functions: Sequence[int]) -> None:
        self.functions = functions

    @property
    def unit_cost(self) -> float:
        unit_cost, functions = self.provider.unit_cost, self.functions
        if len(functions) == 1:
            return unit_cost[functions[0]]
        costs = [unit_cost[f] for f in functions if unit_cost[f] > 0.0]
        return sum(costs) / max(len(costs), 1)

    @property
    def spare(self) -> int:
        return sum([self.provider.spare(f) for f in self.functions])


class SupplierSearch:
    """One search of a lead.

    Args:
        model: the market.
        lead: the lead, which has a rule of its own (:attr:`Provider.supplier_choice`).
        commissioner: commissioner of the work.
        functions: functions of the work.
        terms: terms of the contract.
    """

    __slots__ = ("_between", "_commissioner", "_experience", "_key", "_now", "_view", "rule", "weights")

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
        self._key = lead.key
        self._now = model.time
        self._view = _View(functions)

    def view(self, other: Provider) -> SupplierView:
        """A possible supplier as the lead sees it, until the next one is viewed."""
        view, experience = self._view, self._experience
        view.provider = other
        view.trust = self._between(self._key, other.key, self._now)
        view.experience = 0.0 if experience is None else experience(self._key, other.key, self._now)
        view.quality = other.quality
        view.social_value = other.social_value
        view.at_home = other.at_home(self._commissioner)
        view.public = other.is_trust
        view.sme = other.sme
        return view

    def order(self, pool: Iterable[Provider], rank: Callable[[SupplierView, Weights], Rank]) -> list[Provider]:
        """Providers of ``pool`` in the order of ``rank``, one of the rule's functions."""
        view, weights = self.view, self.weights
        ranked = [(rank(view(other), weights), other.index, other) for other in pool]
        ranked.sort()
        return [entry[2] for entry in ranked]
