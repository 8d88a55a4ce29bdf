"""Early end of a contract: by the commissioner for failure, or by the holder to avoid a loss (P 3.8, P 3.14).

Whether a commissioner ends a contract is decided in :mod:`caremarket.agents.costs.termination_choice`.

A holder with limited liability hands a contract back if its expected loss to expiry exceeds the cost of default. Any
holder may give a year's notice instead, as the NHS Standard Contract allows (general condition 17).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.ending import end_early
from caremarket.agents.contracts.expiry import give_notice
from caremarket.agents.contracts.holder_default import WALKED_OUT, pay_damages, record_default
from caremarket.agents.costs.contract_margin import holder_margin, saved_by_cutting, years_left
from caremarket.agents.costs.default_cost import cost_of_changing, damages, reputation
from caremarket.agents.costs.investment import owed_by
from caremarket.agents.costs.stranded_cost import stranded_over_term
from caremarket.agents.costs.termination_choice import gravity_of
from caremarket.agents.entities.notices import HandedBack
from caremarket.market.contracts import EndReason
from caremarket.market.ledger import Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce, Failure


def terminate_for_failure(failure: Failure) -> None:
    """Terminate for failure: the holder pays damages and recovers a part from the sub-contractor at fault."""
    in_force = failure.in_force
    model = in_force.model
    owed = int(cost_of_changing(in_force))
    paid = pay_damages(in_force, owed)
    sub = failure.allocation.sub
    if sub is not None:
        supplier = failure.allocation.deliverer
        part = min(int(paid * sub.flow_down), max(0, supplier.reserves) if supplier.limited_liability else paid)
        model.ledger.post(
            model.time, supplier.account, in_force.holder.account, part, Reason.DAMAGES, in_force.contract.id
        )
    record_default(in_force, gravity_of(failure), settled=paid >= owed)
    deliver(in_force)
    end_early(in_force, EndReason.POOR_PERFORMANCE, without=frozenset({failure.allocation.deliverer.index}))


# Holder leaves ------------------------------------------------------------------------------------------


def consider_leaving(in_force: ContractInForce) -> bool:
    """Leave a loss-making contract if that costs the holder less than staying; True if the contract ended at once.

    - Staying costs the loss to expiry.
    - Default costs damages and reputation. Limited liability caps damages at the holder's means and guarantee (P 3.8);
      only holders with limited liability that can fail choose it.
    - Notice costs the loss during the notice, part of the reputation lost in a default, and stranded fixed cost.

    In default and with notice, debt on investments falls due. Public bodies may give notice too.
    """
    model = in_force.model
    holder = in_force.holder
    if in_force.noticed or not (model.scenario_data.mechanisms.hand_back and holder.alive):
        return False
    years = years_left(in_force)
    if years <= 0.0:
        return False
    margin, own = holder_margin(in_force)
    if margin >= 0.0:
        return False
    margin += sum([saved_by_cutting(in_force, a) for a in in_force.allocations if a.sub is None])
    loss = -margin * years
    away = reputation(holder, in_force.contract.price)
    if loss <= away * model.scenario_data.behaviour.life.notice_reputation:
        return False
    notice = _cost_of_notice(in_force, -margin, own, away)
    if holder.can_fail and holder.limited_liability and loss > away:
        owed = int(damages(in_force))
        due = owed + int(owed_by(in_force, holder))
        if min(loss, notice) > away + holder.means_pence(due, in_force.contract, in_force.guarantee_share):
            _walk_out(in_force, owed, int(loss))
            return True
    if loss > notice:
        can_walk = holder.can_fail and holder.limited_liability
        give_notice(in_force, int(loss), "cheaper_than_default" if can_walk else "no_way_out")
    return False


def _cost_of_notice(in_force: ContractInForce, yearly_loss: float, own: float, away: float) -> float:
    """Cost of notice to the holder, pence; infinite under shared accounts, where a board decides.

    ``yearly_loss`` and ``own``, the cost of its own work, are pence a year; ``away`` is the reputation lost in a
    default, pence.
    """
    if in_force.books is not None:
        return float("inf")
    behaviour = in_force.model.scenario_data.behaviour
    notice = behaviour.life.notice_months / 12.0
    stranded = stranded_over_term(
        in_force.model, own, in_force.holder.fixed_share, max(0.0, years_left(in_force) - notice)
    )
    debt = owed_by(in_force, in_force.holder, behaviour.life.notice_months)
    return yearly_loss * notice + behaviour.life.notice_reputation * away + stranded + debt


def _walk_out(in_force: ContractInForce, owed: int, loss: int) -> None:
    """Hand the contract back in default, and pay ``owed`` pence of damages up to the holder's liability."""
    model = in_force.model
    holder = in_force.holder
    model.tell(HandedBack(in_force))
    number = in_force.contract.id
    why = "cheaper_to_walk"
    model.log("handed_back", holder.index, in_force.commissioner.index, contract=number, amount=loss, detail=why)
    deliver(in_force)
    paid = pay_damages(in_force, owed)
    record_default(in_force, WALKED_OUT, settled=paid >= owed)
    end_early(in_force, EndReason.HANDED_BACK, without=frozenset({holder.index}))
