"""Ending a contract before its time: for failure by the commissioner, at a loss by the holder (P 3.8, P 3.14).

A holder with limited liability hands a contract back when the loss expected to expiry exceeds what walking away costs.
Any holder may give a year's notice instead, as the NHS Standard Contract lets it (general condition 17).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.ending import end_early
from caremarket.agents.contracts.expiry import give_notice
from caremarket.agents.contracts.holder_default import pay_damages, record_default
from caremarket.agents.costs.contract_margin import holder_margin, saved_by_cutting, years_left
from caremarket.agents.costs.default_cost import cost_of_changing, damages, reputation
from caremarket.agents.costs.investment import owed_by
from caremarket.agents.costs.stranded_cost import stranded_over_term
from caremarket.agents.entities.notices import HandedBack
from caremarket.market.contracts import EndReason
from caremarket.market.ledger import Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce, Failure


def has_replacement(life: ContractInForce, failure: Failure) -> bool:
    """Is there somebody else with room for the failing work, counting staff that come with it?"""
    item = failure.allocation.item
    needed = failure.allocation.reference * (1.0 - life.model.scenario_data.behaviour.staff_transfer)
    failing = failure.allocation.deliverer
    return any(
        p is not failing and p.spare(item.function) >= needed
        for p in life.model.bidders(life.commissioner.area, item.function)
    )


def termination_pays(life: ContractInForce, extra: Failure | None = None) -> bool:
    """Is going on with what fails to the agreed end worse for the commissioner than changing now?

    Counts what is bad enough for pay to be withheld, and ``extra``. Nobody terminates with nobody else to turn to.
    """
    failing = [f for f in life.failures if f.withholding or f is extra]
    weight = sum([f.weight for f in failing])
    harm = life.model.scenario_data.behaviour.life.failure_harm * life.contract.price * weight * years_left(life)
    return harm > cost_of_changing(life) and any(has_replacement(life, f) for f in failing)


def terminate_for_failure(failure: Failure) -> None:
    """The commissioner ends the contract; the holder pays damages, and passes its share on to who was at fault."""
    life = failure.life
    model = life.model
    owed = int(cost_of_changing(life))
    paid = pay_damages(life, owed)
    sub = failure.allocation.sub
    if sub is not None:
        supplier = failure.allocation.deliverer
        part = min(int(paid * sub.flow_down), max(0, supplier.reserves) if supplier.limited_liability else paid)
        model.ledger.post(model.time, supplier.account, life.holder.account, part, Reason.DAMAGES, life.contract.id)
    record_default(life.holder, life.commissioner)
    deliver(life)
    end_early(life, EndReason.POOR_PERFORMANCE, without=frozenset({failure.allocation.deliverer.index}))


# Walking away ------------------------------------------------------------------------------------------------


def consider_leaving(life: ContractInForce) -> bool:
    """Give up a contract that loses money, if one of the ways out costs less than staying; True if that ended it.

    Staying costs the loss to expiry. Walking out at once costs the damages a holder can be made to pay and its
    reputation: only with limited liability, where damages stop at its own means and its guarantee (P 3.8), can that be
    cheap. Giving notice is lawful: it costs the loss until the notice has run out, a part of what default costs its
    reputation, and the fixed cost it strands, which staying puts off to a day when the work may be won again. Either
    way what it invested and has not paid back falls due. A public body cannot vanish, but it too may give notice.
    """
    model = life.model
    holder = life.holder
    if life.noticed or not (model.scenario_data.mechanisms.hand_back and holder.alive):
        return False
    years = years_left(life)
    if years <= 0.0:
        return False
    margin, own = holder_margin(life)
    if margin >= 0.0:
        return False
    margin += sum([saved_by_cutting(life, a) for a in life.allocations if a.sub is None])
    loss = -margin * years
    away = reputation(holder, life.contract.price)
    if loss <= away * model.scenario_data.behaviour.life.notice_reputation:
        return False
    notice = _cost_of_notice(life, -margin, own, away)
    if holder.can_fail and holder.limited_liability and loss > away:
        owed = int(damages(life))
        due = owed + int(owed_by(life, holder))
        if min(loss, notice) > away + holder.means_pence(due, life.contract, life.guarantee_share):
            _walk_out(life, owed, int(loss))
            return True
    if loss > notice:
        can_walk = holder.can_fail and holder.limited_liability
        give_notice(life, int(loss), "cheaper_than_default" if can_walk else "no_way_out")
    return False


def _cost_of_notice(life: ContractInForce, yearly_loss: float, own: float, away: float) -> float:
    """Pence that giving notice now costs the holder; infinite where the books are common and a board decides.

    ``own`` is what its own work costs a year.
    """
    if life.books is not None:
        return float("inf")
    behaviour = life.model.scenario_data.behaviour
    notice = behaviour.life.notice_months / 12.0
    stranded = stranded_over_term(life.model, own, life.holder.fixed_share, max(0.0, years_left(life) - notice))
    debt = owed_by(life, life.holder, behaviour.life.notice_months)
    return yearly_loss * notice + behaviour.life.notice_reputation * away + stranded + debt


def _walk_out(life: ContractInForce, owed: int, loss: int) -> None:
    """Hand the contract back at once, in default: ``owed`` pence of damages as far as they can be had."""
    model = life.model
    holder = life.holder
    model.tell(HandedBack(life))
    number = life.contract.id
    why = "cheaper_to_walk"
    model.log("handed_back", holder.index, life.commissioner.index, contract=number, amount=loss, detail=why)
    deliver(life)
    pay_damages(life, owed)
    record_default(holder, life.commissioner)
    end_early(life, EndReason.HANDED_BACK, without=frozenset({holder.index}))
