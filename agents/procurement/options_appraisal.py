"""Options appraisal: a commissioner's choice of contract form, and its learning from results (P 4.6 to 4.9).

A commissioner scores each option by its expected price, its own cost of procuring and managing, outcome, work for
small providers and early ends, weighted by its award criteria. Before results are known, expectations depend on the
form itself, the need for coordination and its own skill. Results of its own contracts, and with less weight those of
its neighbours, change those expectations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from caremarket.agents.costs.management import management_share
from caremarket.market.forms import FORMS
from caremarket.market.levers import PolicySpec
from caremarket.market.procurement import ROUTES
from caremarket.market.randomness import Purpose, entity_key

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import ContractEnded, OutcomeMeasured
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.forms import ContractForm
    from caremarket.market.pathways import ServiceItem


@dataclass(slots=True)
class Expectation:
    """Expected results of a contract form: price and own cost over reference cost, the rest in [0, 1]."""

    price: float
    outcome: float
    small: float
    early: float
    own_cost: float


class Results:
    """Exponentially weighted results of one contract form, as observed by one commissioner or in one area."""

    __slots__ = ("evidence", "means")

    def __init__(self) -> None:
        # Weight and mean of the observed results, for each field of an expectation.
        self.evidence = [0.0] * 4
        self.means = [0.0] * 4

    def see(self, field: int, value: float, memory: float) -> None:
        """Add one result; earlier ones lose the share ``memory`` of their weight."""
        evidence = self.evidence[field] * (1.0 - memory) + 1.0
        self.evidence[field] = evidence
        self.means[field] += (value - self.means[field]) / evidence


PRICE, OUTCOME, SMALL, EARLY = range(4)


class Appraiser:
    """Record of results of every commissioner, and their choice of contract form.

    Args:
        model: the market; must live as long as this.
    """

    def __init__(self, model: Market) -> None:
        self._model = model
        self._rules = model.scenario_data.behaviour.learning
        self._learns = model.scenario_data.mechanisms.commissioner_learning
        self._own: dict[tuple[int, str], Results] = {}
        self._area: dict[tuple[str, str], Results] = {}
        self._variants: dict[tuple[PolicySpec, str], PolicySpec] = {}
        self._keys = {form: entity_key("form", form) for form in self._rules.appraisal_forms}

    # Results --------------------------------------------------------------------------------------------

    def _see(self, commissioner: Commissioner, form: str, field: int, value: float) -> None:
        memory = self._rules.result_memory
        own = self._own.setdefault((commissioner.index, form), Results())
        own.see(field, value, memory)
        self._area.setdefault((commissioner.area, form), Results()).see(field, value, memory)

    def outcome_measured(self, notice: OutcomeMeasured) -> None:
        """Record the price, outcome and small providers' part of a reviewed contract, known across the area."""
        if not self._learns:
            return
        in_force = notice.in_force
        contract = in_force.contract
        reference = sum(i.reference_cost for i in contract.items)
        if not reference:
            return
        small = sum(a.reference for a in in_force.allocations if a.deliverer.sme)
        form = contract.form.name
        self._see(in_force.commissioner, form, PRICE, contract.price / reference)
        self._see(in_force.commissioner, form, OUTCOME, contract.outcome)
        self._see(in_force.commissioner, form, SMALL, small / reference)

    def contract_ended(self, notice: ContractEnded) -> None:
        """Record the end of a contract, on time or early."""
        if self._learns:
            self._see(notice.in_force.commissioner, notice.in_force.contract.form.name, EARLY, float(notice.early))

    def failed(self, tender: Tender) -> None:
        """Record a failed procurement as a contract that ended early."""
        if self._learns and tender.on_market:
            self._see(tender.commissioner, tender.form.name, EARLY, 1.0)

    # Expectations ---------------------------------------------------------------------------------------

    def prior(self, commissioner: Commissioner, items: list[ServiceItem], policy: PolicySpec) -> Expectation:
        """Expected results of a form before any result is known.

        A lead adds its margin and the cost of managing its chain to sub-contracted work (P 2.9, P 3.13). One plan
        coordinates as far as its members trust one another; without one the commissioner must, with its skill (M).
        Each contract costs the commissioner its management, and a share of its procurement (P 4.7).
        """
        model = self._model
        rules = self._rules
        behaviour = model.scenario_data.behaviour
        form: ContractForm = FORMS[policy.form]
        whole = policy.lot_scope == "pathway"
        scope = commissioner.by_pathway[items[0].pathway] if whole else items[:1]
        reference = max(1.0, float(sum(i.reference_cost for i in scope)))
        price = sum(model.beliefs.price_ratio(i) * i.reference_cost for i in scope) / reference
        if form.subcontracting and len(scope) > 1:
            bought = 1.0 - max(form.self_delivery_min, form.self_delivery_max / len(scope))
            price *= 1.0 + bought * (rules.prior_lead_margin + management_share(model, policy, len(scope) - 1))
        need = model.pathways[items[0].pathway].coordination_need
        if not model.scenario_data.mechanisms.coordination:
            together = 0.0
        elif form.one_plan:
            together = rules.prior_trust
        else:
            together = rules.prior_trust * commissioner.skill * behaviour.commissioner_coordination
        outcome = behaviour.outcome_base + behaviour.coordination_gain * need * together
        shortfall = max(0.0, rules.skill_needed.get(policy.form, 0.5) - commissioner.skill)
        outcome -= rules.skill_loss * shortfall
        yearly = commissioner.cost_of_managing
        procuring = ROUTES[policy.route].commissioner_cost_multiple / policy.duration_years
        own_cost = yearly * (1.0 + procuring) / reference
        return Expectation(price, outcome, rules.prior_small_share, rules.prior_early_end, own_cost)

    def expected(self, commissioner: Commissioner, items: list[ServiceItem], policy: PolicySpec) -> Expectation:
        """The prior, updated by the results observed so far."""
        found = self.prior(commissioner, items, policy)
        if self._learns:
            own = self._own.get((commissioner.index, policy.form))
            area = self._area.get((commissioner.area, policy.form))
            found.price = self._moved(found.price, PRICE, own, area)
            found.outcome = self._moved(found.outcome, OUTCOME, own, area)
            found.small = self._moved(found.small, SMALL, own, area)
            found.early = self._moved(found.early, EARLY, own, area)
        return found

    def _moved(self, prior: float, field: int, own: Results | None, area: Results | None) -> float:
        """Weighted mean of the prior, own results, and results of the area (own results included)."""
        rules = self._rules
        weight = rules.prior_weight
        total = prior * weight
        if own is not None:
            weight += own.evidence[field]
            total += own.evidence[field] * own.means[field]
        if area is not None:
            neighbours = rules.neighbour_weight * area.evidence[field]
            weight += neighbours
            total += neighbours * area.means[field]
        return total / weight

    # The choice -----------------------------------------------------------------------------------------

    def variant(self, policy: PolicySpec, form: str) -> PolicySpec:
        """The current policy with a form and the levers that belong to the form."""
        key = (policy, form)
        found = self._variants.get(key)
        if found is None:
            found = terms_with(policy, form, self._rules.appraisal_terms.get(form, {}))
            self._variants[key] = found
        return found

    def score(self, commissioner: Commissioner, items: list[ServiceItem], policy: PolicySpec) -> float:
        """Expected points of an option, by the weights of the award criteria.

        ``weight_price * (2 - price - own cost) + (weight_quality + weight_integration) * outcome
        + weight_social_value * small share - early_end_cost * early ends``, costs over reference cost.
        """
        expected = self.expected(commissioner, items, policy)
        points = policy.weight_price * (2.0 - expected.price - expected.own_cost)
        points += (policy.weight_quality + policy.weight_integration) * expected.outcome
        points += policy.weight_social_value * expected.small
        return points - self._rules.early_end_cost * expected.early

    def choose(self, commissioner: Commissioner, items: list[ServiceItem]) -> PolicySpec:
        """Option with the most expected points, as the commissioner judges them: less accurately with less skill."""
        model = self._model
        first = items[0]
        blind = self._rules.appraisal_noise * (1.0 - commissioner.skill)
        best: PolicySpec | None = None
        most = float("-inf")
        for form in self._rules.appraisal_forms:
            policy = self.variant(model.policy, form)
            points = self.score(commissioner, items, policy)
            points += blind * model.streams.normal(Purpose.APPRAISAL, first.key, self._keys[form], first.rounds)
            if points > most:
                best, most = policy, points
        assert best is not None
        model.log("form_chosen", commissioner.index, detail=best.form)
        return best


def terms_with(policy: PolicySpec, form: str, terms: dict[str, object]) -> PolicySpec:
    """``policy`` with a form and further levers.

    Raises:
        pydantic.ValidationError: an unknown lever or a value out of range.
    """
    return PolicySpec.model_validate(policy.model_dump() | terms | {"form": form})
