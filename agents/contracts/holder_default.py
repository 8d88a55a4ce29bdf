"""Consequences of a holder's default: damages, lost trust, and the commissioner's memory of it (P 3.8).

A holder in default owes the commissioner its cost of changing provider. Limited liability caps that at the holder's
reserves and its guarantee. Costs of default are in :mod:`caremarket.agents.costs.default_cost`. Whether the
commissioner excludes the provider from a tender is decided in :mod:`caremarket.agents.procurement.exclusion`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.notices import DamagesPaid
from caremarket.agents.entities.providers.default import Default
from caremarket.agents.money.pooled_budget import pay_commissioner
from caremarket.market.ledger import Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce

WALKED_OUT = 1.0
"""Gravity of a default in which the holder hands the contract back."""


def pay_damages(in_force: ContractInForce, owed: int) -> int:
    """Collect ``owed`` pence of damages up to the holder's liability, guarantee first; returns pence collected."""
    holder = in_force.holder
    model = in_force.model
    contract = in_force.contract
    due = min(owed, holder.means_pence(owed, contract, in_force.guarantee_share))
    guarantee = min(due, holder.guarantee_pence(contract, in_force.guarantee_share))
    holder.honour_guarantee(in_force.commissioner.account, guarantee, contract)
    rest = due - guarantee
    pay_commissioner(in_force, holder.account, rest, Reason.DAMAGES)
    model.tell(DamagesPaid(rest))
    model.log("damages", holder.index, in_force.commissioner.index, contract=contract.id, amount=due)
    return due


def record_default(in_force: ContractInForce, gravity: float, *, settled: bool) -> None:
    """Record a holder's default: trust is broken, and the commissioner remembers the default at selection.

    Defaults add up: ``gravity`` is raised by what an earlier one still weighs. ``settled``: whether damages were paid
    in full.
    """
    holder, commissioner = in_force.holder, in_force.commissioner
    model = holder.model
    life = model.scenario_data.behaviour.life
    earlier = holder.defaults.get(commissioner.index)
    left = 0.0 if earlier is None else earlier.weight(model.time, life.exclusion_months)
    if earlier is not None and left > 0.0:
        gravity = 1.0 - (1.0 - gravity) * (1.0 - left)
        settled = settled and earlier.settled
    holder.defaults[commissioner.index] = Default(model.time, gravity, settled)
    model.trust.broken(holder.key, commissioner.key, model.time, life.default_trust_weight)


def count_good_year(in_force: ContractInForce) -> None:
    """Count a year of a contract without a known failure in favour of a holder with an earlier default."""
    default = in_force.holder.defaults.get(in_force.commissioner.index)
    if default is not None and not any(failure.known for failure in in_force.failures):
        default.good_years += 1
