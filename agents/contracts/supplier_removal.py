"""Removal of a failing sub-contractor and its replacement (P 3.10, P 3.14, P 3.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.ending import remove_supplier, update_after_supplier_change
from caremarket.agents.contracts.volume_split import replacement_price, successor_for
from caremarket.agents.costs.contract_margin import holder_margin, years_left
from caremarket.agents.costs.criteria import consents, worst_criterion
from caremarket.agents.costs.default_cost import reputation
from caremarket.agents.costs.staff_transfer import transfer_share
from caremarket.agents.costs.termination_choice import termination_pays
from caremarket.agents.entities.notices import SteppedIn
from caremarket.market.contracts import EndReason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Failure
    from caremarket.agents.entities.provider import Provider


def replace_failing(failure: Failure, *, stepping_in: bool, by_commissioner: bool) -> bool:
    """Replace the sub-contractor at fault, if there is a successor and replacing it is better for the decision maker.

    A lead compares costs and savings, and needs the commissioner's consent where the contract gives a right of consent
    (P 2.6). A commissioner that steps in only asks whether the successor's quality is higher.

    Returns:
        Whether it was replaced.
    """
    in_force = failure.in_force
    model = in_force.model
    allocation = failure.allocation
    sub = allocation.sub
    if sub is None:
        return False
    failing = allocation.deliverer
    successor = successor_for(in_force, sub.items, failing)
    level = model.scenario_data.behaviour.life.performance_standard + allocation.performance_margin + failing.fitness
    if successor is None:
        return False
    if by_commissioner:
        if successor.quality <= level:
            return False
    else:
        if not removal_pays(failure, successor):
            return False
        if in_force.terms.consent_right and not consents(in_force.terms, failing, successor, quality=level):
            why = worst_criterion(in_force.terms, failing, successor, quality=level)
            model.log(
                "consent_refused", in_force.holder.index, failing.index, contract=in_force.contract.id, detail=why
            )
            return False
    deliver(in_force)
    decided = in_force.commissioner.index if by_commissioner else in_force.holder.index
    if stepping_in:
        model.tell(SteppedIn(in_force))
        model.log("step_in", decided, failing.index, contract=in_force.contract.id)
    else:
        model.log("supplier_removed", decided, failing.index, contract=in_force.contract.id)
    model.trust.broken(in_force.holder.key, failing.key, model.time)
    remove_supplier(in_force, sub, EndReason.REMOVED)
    update_after_supplier_change(in_force)
    return True


def removal_pays(failure: Failure, successor: Provider) -> bool:
    """True if replacing a failing sub-contractor costs a lead less than keeping it.

    Replacing costs the transfer of its staff and the successor's price above the old one. Keeping costs the withheld
    pay that the lead bears itself and, where the commissioner would terminate, the contract's remaining margin and the
    lead's reputation.
    """
    in_force = failure.in_force
    sub = failure.allocation.sub
    if sub is None:
        return False
    mine = [a for a in in_force.allocations if a.sub is sub]
    cost = transfer_share(in_force.model) * sum([a.full_cost * a.share for a in mine])
    years = years_left(in_force)
    cost += (replacement_price(in_force, successor, sub.items, sub.price) - sub.price) * sub.share * years
    behaviour = in_force.model.scenario_data.behaviour.life
    withheld = behaviour.withheld_share * failure.allocation.head_rate * 4.0 * (1.0 - sub.flow_down)
    stake = withheld * years
    if termination_pays(in_force, failure):
        margin, _ = holder_margin(in_force)
        stake += max(0.0, margin) * years + reputation(in_force.holder, in_force.contract.price)
    return stake > cost
