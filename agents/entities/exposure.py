"""Cash flow risk of a plan: variance of a year's net cash flow (docs/odd.md, Price; P 3.4 to 3.6).

Errors of estimate, costs a case and liabilities of different work are independent. Demand of one pathway and place, and
the outcome of one contract, are common to all parts: their exposures are added before they are squared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.outcome_rules import at_risk_below
from caremarket.market.payments import BLOCK, PAYMENTS, PaymentModel

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import Need, ServiceItem

Work = tuple["ServiceItem", float, float]
"""(item, expected yearly cost in pence, log standard deviation of that estimate)."""


class _Side:
    """Exposure under one payment model: linear in the shocks that parts share, squared in the others."""

    __slots__ = ("demand", "own", "payment")

    def __init__(self, payment: PaymentModel) -> None:
        self.payment = payment
        self.demand: dict[Need, float] = {}
        self.own = 0.0

    def variance(self) -> float:
        return self.own + sum([pence * pence for pence in self.demand.values()]) / 4.0


class Exposure:
    """Risk that one party to a contract bears, in pence a year.

    Args:
        model: the market.
        policy: the terms of the contract.
        gain_share: share of surplus and deficit that the commissioner takes from this party: all its risk shrinks
            by as much (M).
    """

    __slots__ = ("_exposed", "_kept", "_model", "_outcome", "_policy", "_real", "_shadow")

    def __init__(self, model: Market, policy: PolicySpec, gain_share: float = 0.0) -> None:
        self._model = model
        self._policy = policy
        self._kept = 1.0 - gain_share
        self._real = _Side(PAYMENTS[policy.payment])
        # While the payment model runs in shadow a block is paid: that part of the term bears the risk of a block.
        self._exposed = 1.0 - min(1.0, policy.shadow_months / (12.0 * policy.duration_years))
        self._shadow = _Side(BLOCK) if self._exposed < 1.0 else None
        self._outcome = 0.0

    def delivers(self, works: list[Work], price: float, flow_down: float, at_risk: float) -> None:
        """Add work that the party does itself for ``price`` pence a year.

        The party bears the error of its cost estimate and the cost of a case. It also bears a share ``flow_down`` of
        the head contract's exposure: demand under the payment model, and liability for the deliverables. The rest is
        paid case by case. ``at_risk`` is the share of its pay that depends on outcomes.
        """
        total = sum([cost for _, cost, _ in works])
        if not total:
            return
        parameters = self._model.scenario_data.behaviour.activity
        for side in (self._real, self._shadow):
            if side is None:
                continue
            payment = side.payment
            for item, cost, sigma in works:
                need = item.need
                paid = price * cost / total
                demand = payment.demand_exposure(paid, cost, need.demand_cv, parameters.register_share * need.demand_cv)
                by_case = (cost - paid) * need.demand_cv
                side.demand[need] = side.demand.get(need, 0.0) + flow_down * demand + (1.0 - flow_down) * by_case
                severity_cv = parameters.severity_share * need.case_cost_cv
                case = payment.case_exposure(flow_down * paid, cost, need.case_cost_cv, severity_cv)
                side.own += (cost * sigma) ** 2 + case * case / 4.0
            side.own += (flow_down * total * self._model.scenario_data.behaviour.liability_cv) ** 2
        self._outcome += price * at_risk

    def buys(self, items: list[ServiceItem], quote: float) -> None:
        """Add work of a sub-contractor for ``quote`` pence a year: the party keeps the risk that does not flow down."""
        policy = self._policy
        parameters = self._model.scenario_data.behaviour.activity
        kept = 1.0 - policy.flow_down
        reference = sum([i.reference_cost for i in items])
        for side in (self._real, self._shadow):
            if side is None:
                continue
            payment = side.payment
            for item in items:
                need = item.need
                part = quote * item.reference_cost / reference
                patients_cv = parameters.register_share * need.demand_cv
                demand = payment.demand_exposure(part, part, need.demand_cv, patients_cv)
                side.demand[need] = side.demand.get(need, 0.0) + kept * demand
                severity_cv = parameters.severity_share * need.case_cost_cv
                case = payment.case_exposure(kept * part, 0.0, need.case_cost_cv, severity_cv)
                side.own += case * case / 4.0
            side.own += (kept * quote * self._model.scenario_data.behaviour.liability_cv) ** 2
        below = at_risk_below(policy.outcome_rule, policy.outcome_share, policy.flow_down)
        self._outcome += quote * (policy.outcome_share - below)

    def variance(self) -> float:
        """Variance in pence squared of a year's net cash flow, mean over the years of the term."""
        outcome = self._outcome * self._model.scenario_data.behaviour.activity.outcome_cv
        found = self._exposed * self._kept * self._kept * (self._real.variance() + outcome * outcome)
        if self._shadow is not None:
            found += (1.0 - self._exposed) * self._shadow.variance()
        return found
