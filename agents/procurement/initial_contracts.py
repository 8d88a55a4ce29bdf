"""Contracts in force at the start of a run, and contracts begun later without a procurement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.allocation import allocate
from caremarket.agents.contracts.lifecycle import begin
from caremarket.agents.costs.staff_transfer import pay_for_transfer
from caremarket.agents.entities.contract import ContractInForce
from caremarket.market.contracts import Contract
from caremarket.market.forms import FORMS
from caremarket.market.pathways import FUNCTION_INDEX, FUNCTIONS
from caremarket.market.payments import PAYMENTS
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.costs.staff_transfer import Present
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.world.blueprint import Blueprint
    from caremarket.market.pathways import ServiceItem

FIRST_TERM_MONTHS = (6.0, 36.0)
"""Months left on contracts inherited from primary care trusts, uniform: up to three years (P 1.4.1)."""


def begin_with_incumbents(
    model: Market,
    blueprint: Blueprint,
    commissioners: dict[str, Commissioner],
    providers: dict[str, Provider],
) -> None:
    """Give every item its first contract: as in the blueprint, else by capability, area and a keyed draw.

    Prices start half-way between reference cost (tariffs) and the incumbent's own cost plus its usual margin (local
    negotiation). A provider that can fail is not paid below its cost: it would have left already.
    """
    names = {p.name: n for n, p in enumerate(model.pathways)}
    given = {
        (commissioners[c.commissioner].index, names[c.pathway], FUNCTION_INDEX[c.function]): c
        for c in blueprint.contracts or ()
    }
    terms = model.scenario_data.behaviour.procurement
    paid: dict[tuple[str, int], list[float]] = {}
    for item in sorted(model.items, key=lambda i: (-i.base_cost, i.index)):
        seed = given.get((item.commissioner, item.pathway, item.function))
        if seed is not None:
            provider: Provider | None = providers[seed.provider]
        elif blueprint.contracts is None:
            provider = _usual_provider(model, item)
        else:
            provider = None
        commissioner = model.commissioners[item.commissioner]
        if seed is None and is_new(model, item):
            item.new = True
            u = model.streams.uniform(Purpose.NEW_SERVICE, item.key, 1)
            model.succession.buy_later(commissioner, item, terms.new_services_months * u)
            continue
        totals = paid.setdefault((commissioner.area, item.function), [0.0, 0.0])
        if provider is None:
            model.succession.buy_later(commissioner, item)
            continue
        low, high = terms.first_term_min_months, terms.first_term_max_months
        months = low + (high - low) * model.streams.uniform(Purpose.TERM, item.key)
        if seed is not None and seed.months_left is not None:
            months = max(0.0, seed.months_left)
        own = provider.true_cost(item) * (1.0 + provider.markup)
        price = 0.5 * item.base_cost + 0.5 * own if own else float(item.base_cost)
        if provider.can_fail:
            price = max(price, provider.true_cost(item))
        item.historic_price = round(price)
        totals[0] += item.historic_price
        totals[1] += item.base_cost
        start_directly(model, commissioner, [item], provider, item.historic_price, months, None)
    for (area, function), (price, reference) in paid.items():
        model.beliefs.start_price(area, function, price / reference if reference else 1.0)


def is_new(model: Market, item: ServiceItem) -> bool:
    """True if a service has no provider yet: it is new, or redesigned so much that it has no incumbent.

    The draw depends on the service alone: a larger share only adds services. The budget is the reference cost.
    """
    terms = model.scenario_data.behaviour.procurement
    if terms.new_services <= 0.0 or FUNCTIONS[item.function] not in terms.new_service_functions:
        return False
    return model.streams.uniform(Purpose.NEW_SERVICE, item.key) < terms.new_services


def _usual_provider(model: Market, item: ServiceItem) -> Provider | None:
    """Incumbent drawn among able providers by spare capacity, local ones first; None if no provider is able."""
    commissioner = model.commissioners[item.commissioner]
    pool = model.bidders(commissioner.area, item.function)
    roomy = [p for p in pool if p.spare(item.function) >= item.base_cost]
    home = [p for p in roomy if p.at_home(commissioner)]
    choice = home or roomy or pool
    if not choice:
        return None
    weights = [max(p.spare(item.function), 1) for p in choice]
    u = model.streams.uniform(Purpose.INCUMBENT, item.key) * sum(weights)
    for provider, weight in zip(choice, weights, strict=True):
        u -= weight
        if u <= 0.0:
            return provider
    return choice[-1]


def start_directly(
    model: Market,
    commissioner: Commissioner,
    items: list[ServiceItem],
    provider: Provider,
    price: int,
    months: float,
    present: Present | None,
    equipped: ContractInForce | None = None,
) -> ContractInForce:
    """Begin a separate block contract with one provider, without a procurement.

    ``present`` is the providers that employ the staff for the work, who move with it at the cost of a transfer
    (P 3.19); None for work that began before the run. Investment under the contract ``equipped`` carries over.
    """
    contract = Contract(
        id=model.next_id("contract"),
        procurement=-1,
        commissioner=commissioner.index,
        holder=provider.index,
        form=FORMS["separate"],
        payment=PAYMENTS["block"],
        items=list(items),
        price=price,
        start=model.time,
        end=model.time + months,
        outcome_share=0.0,
        indicators=0,
        round=0,
    )
    in_force = ContractInForce(model, contract, model.policy)
    if equipped is not None:
        in_force.investment, in_force.repaid_at = equipped.investment, equipped.repaid_at
    for item in items:
        allocate(in_force, item, provider, 1.0, None, transfer=present is not None)
    begin(in_force)
    if present is not None:
        pay_for_transfer(in_force, present)
    return in_force
