"""Contracts let by hand to chosen providers, for tests of what happens under them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from caremarket.agents.bidding.supply_plan import new_plan
from caremarket.agents.contracts.lifecycle import begin
from caremarket.agents.contracts.signing import sign_contract
from caremarket.agents.entities.contract import ContractInForce
from caremarket.agents.entities.plan import Part
from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket
from caremarket.agents.money.pooled_budget import pooled_budget_for
from caremarket.market.forms import FORMS
from caremarket.market.levers import PolicySpec
from caremarket.market.pathway_spec import PathwaySpec
from caremarket.market.pathways import FUNCTION_INDEX, ServiceItem
from caremarket.market.procurement import ROUTES, Bid, Lot, Procurement
from caremarket.market.scenario import Scenario

from .conftest import changed, small

PATHWAY = PathwaySpec(
    name="msk",
    cost_per_head_gbp=20.0,
    cases_per_1000=50.0,
    function_shares={"acute": 0.5, "community": 0.5},
    demand_cv=0.0,
    case_cost_cv=0.0,
)


def market(**sections: Any) -> Scenario:
    """A market of one pathway, half acute and half community, without growth; everybody has plenty of room."""
    plenty = {"kinds": {k: {"markup": {"median": 0.02}} for k in ("acute_trust", "community_trust")}}
    scenario = changed(small(market=plenty, behaviour={"population_growth": 0.0}), **sections)
    return scenario.model_copy(update={"pathways": (PATHWAY,)})


def of_kind(model: CareMarket, kind: str) -> Provider:
    """The first provider of a kind, with room for anything it can do."""
    found = next(o for o in model.organisations if isinstance(o, Provider) and o.kind == kind)
    found.capacity = [10**12 if cost else 0 for cost in found.unit_cost]
    return found


def items_of(model: CareMarket, *functions: str) -> list[ServiceItem]:
    """These functions of the pathway for the first commissioner."""
    wanted = [FUNCTION_INDEX[f] for f in functions]
    first = model.items[0].commissioner
    return [i for i in model.items if i.commissioner == first and i.function in wanted]


def let(
    model: CareMarket,
    lead: Provider,
    parts: list[tuple[Provider, str]],
    *,
    margin: float = 1.0,
    **policy: Any,
) -> ContractInForce:
    """A contract on these terms from now on, at ``margin`` times reference cost; each part is (who, function)."""
    terms = PolicySpec.model_validate(model.policy.model_dump() | policy)
    items = items_of(model, *[function for _, function in parts])
    reference = sum(i.reference_cost for i in items)
    commissioner = model.commissioners[items[0].commissioner]
    lot = Lot(id=0, commissioner=commissioner.index, items=items, reference_cost=reference, budget=reference, round=1)
    tender: Any = SimpleNamespace(
        policy=terms,
        form=FORMS[terms.form],
        commissioner=commissioner,
        pooled_budget=pooled_budget_for(model, commissioner, items, terms),
        procurement=Procurement(id=10**6, lot=lot, route=ROUTES["single_stage"], opened=model.time, attempt=1),
    )
    plan = new_plan(model, terms)
    for who, function in parts:
        mine = items_of(model, function)
        price = 0.0 if who is lead else margin * sum(i.reference_cost for i in mine)
        plan.parts.append(Part(who, mine, 1.0, price))
    bid = Bid(lead.index, round(margin * reference), 0, 0.6, 0.0, 0.0, 0.0, 0, 0.0)
    tender.procurement.price = bid.price
    in_force = sign_contract(model, tender, bid, plan, {})
    begin(in_force)
    return in_force
