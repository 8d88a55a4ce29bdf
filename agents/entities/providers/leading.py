"""Experience of leading: whoever has led a supply chain knows how to (P 2.5, 2.9.1).

It is counted in contract-years led, fades like other capability when nothing is led, is asked for at selection where
the holder leads, and makes the management of a supply chain cheaper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender


def leads(in_force: ContractInForce) -> bool:
    """True if a contract's holder leads sub-contractors; members of an alliance lead together, and none does."""
    contract = in_force.contract
    return not contract.form.joint_holding and any(sub.end < 0 for sub in contract.subcontracts)


def lead_for_a_year(in_force: ContractInForce) -> None:
    """Add a contract-year of leading to the holder; to the sponsors of a vehicle by their equity."""
    if not (in_force.model.scenario_data.mechanisms.experience_of_leading and leads(in_force)):
        return
    holder = in_force.holder
    if not holder.sponsors:
        holder.led += 1.0
        return
    equity = sum(put_in for _, put_in in holder.sponsors)
    for sponsor, put_in in holder.sponsors:
        sponsor.led += put_in / equity if equity else 1.0 / len(holder.sponsors)


def leads_now(provider: Provider) -> bool:
    """True if a provider leads a contract, itself or through a vehicle."""
    if any(leads(in_force) for in_force in provider.holdings.values()):
        return True
    vehicles = provider.model.vehicles.values()
    return any(s is provider for v in vehicles if any(leads(f) for f in v.holdings.values()) for s, _ in v.sponsors)


def leading_asked_of(tender: Tender, able: Iterable[Provider]) -> float:
    """Contract-years of leading that the notice asks bidders for, given the providers ``able`` to bid.

    Asked only where the holder would lead several functions, and where enough providers for competition have led.
    """
    scenario = tender.model.scenario_data
    form = tender.form
    if not (scenario.mechanisms.experience_of_leading and form.subcontracting) or form.joint_holding:
        return 0.0
    if len({i.function for i in tender.procurement.lot.items}) < 2:
        return 0.0
    rules = scenario.behaviour.procurement
    years = rules.leading_years_asked
    return years if sum([p.led >= years for p in able]) >= rules.leading_least_able else 0.0
