"""End of a contract's term: timely procurement, extension, holding over, notice and bridging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.extension import extend_if_agreed
from caremarket.agents.entities.notices import NoticeGiven
from caremarket.agents.world.schedule import event_handler
from caremarket.market.contracts import ContractState

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def plan_next_procurement(in_force: ContractInForce) -> None:
    """Plan the next procurement as many months before expiry as buying takes on average."""
    model = in_force.model
    in_force.plan(approach_expiry, at=max(model.time, in_force.expiry - model.succession.lead_time(in_force)))


@event_handler
def approach_expiry(in_force: ContractInForce) -> None:
    """Extend the contract if both sides agree; otherwise buy its items again before it ends."""
    del in_force.planned["approach_expiry"]
    if not in_force.noticed and extend_if_agreed(in_force):
        plan_next_procurement(in_force)
        return
    in_force.plan(reach_expiry, at=max(in_force.model.time, in_force.expiry))
    in_force.model.succession.buy_again(in_force.commissioner, list(in_force.contract.items))


@event_handler
def reach_expiry(in_force: ContractInForce) -> None:
    """Hold the contract over at its agreed end if there is no successor yet."""
    del in_force.planned["reach_expiry"]
    contract = in_force.contract
    if contract.state is ContractState.LIVE and in_force.model.time >= in_force.expiry - 1e-9:
        contract.move(ContractState.HELD_OVER)
        in_force.model.log("held_over", in_force.holder.index, contract=contract.id)


def extend_term(in_force: ContractInForce, expiry: float, approach: float) -> None:
    """Extend the contract to month ``expiry``; its items go to the market in month ``approach``."""
    in_force.expiry = max(in_force.expiry, expiry)
    if "reach_expiry" in in_force.planned:
        in_force.plan(reach_expiry, at=in_force.expiry)
    if "approach_expiry" in in_force.planned:
        in_force.plan(approach_expiry, at=max(approach, in_force.model.time))


def give_notice(in_force: ContractInForce, loss: int, why: str) -> None:
    """Give notice for the holder: the term ends after the notice period, and the items go to the market.

    ``loss`` is its expected loss if it stayed, in pence; ``why`` goes into the event log.
    """
    model = in_force.model
    in_force.noticed = True
    model.tell(NoticeGiven(in_force))
    model.trust.broken(in_force.holder.key, in_force.commissioner.key, model.time)
    number = in_force.contract.id
    model.log(
        "gives_notice", in_force.holder.index, in_force.commissioner.index, contract=number, amount=loss, detail=why
    )
    in_force.expiry = in_force.contract.end = model.time + model.scenario_data.behaviour.life.notice_months
    in_force.plan(approach_expiry, after=0.0)


def bridge(in_force: ContractInForce, months: float) -> None:
    """Extend the contract by some months beyond its present end, then buy its items again."""
    model = in_force.model
    in_force.expiry = max(in_force.expiry, model.time) + months
    in_force.plan(approach_expiry, after=months)
