"""End of a contract's term: timely procurement, extension, holding over, notice and bridging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.extension import extend_if_agreed
from caremarket.agents.entities.notices import NoticeGiven
from caremarket.agents.world.schedule import event_handler
from caremarket.market.contracts import ContractState

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def plan_next_procurement(life: ContractInForce) -> None:
    """Plan the next procurement as many months before expiry as buying takes on average."""
    model = life.model
    life.plan(approach_expiry, at=max(model.time, life.expiry - model.succession.lead_time(life)))


@event_handler
def approach_expiry(life: ContractInForce) -> None:
    """Extend the contract if both sides agree; otherwise buy its items again before it ends."""
    del life.planned["approach_expiry"]
    if not life.noticed and extend_if_agreed(life):
        plan_next_procurement(life)
        return
    life.plan(reach_expiry, at=max(life.model.time, life.expiry))
    life.model.succession.buy_again(life.commissioner, list(life.contract.items))


@event_handler
def reach_expiry(life: ContractInForce) -> None:
    """Hold the contract over at its agreed end if there is no successor yet."""
    del life.planned["reach_expiry"]
    contract = life.contract
    if contract.state is ContractState.LIVE and life.model.time >= life.expiry - 1e-9:
        contract.move(ContractState.HELD_OVER)
        life.model.log("held_over", life.holder.index, contract=contract.id)


def extend_term(life: ContractInForce, expiry: float, approach: float) -> None:
    """Extend the contract to month ``expiry``; its items go to the market in month ``approach``."""
    life.expiry = max(life.expiry, expiry)
    if "reach_expiry" in life.planned:
        life.plan(reach_expiry, at=life.expiry)
    if "approach_expiry" in life.planned:
        life.plan(approach_expiry, at=max(approach, life.model.time))


def give_notice(life: ContractInForce, loss: int, why: str) -> None:
    """Give notice for the holder: the term ends after the notice period, and the items go to the market.

    ``loss`` is its expected loss if it stayed, in pence; ``why`` goes into the event log.
    """
    model = life.model
    life.noticed = True
    model.tell(NoticeGiven(life))
    model.trust.broken(life.holder.key, life.commissioner.key, model.time)
    number = life.contract.id
    model.log("gives_notice", life.holder.index, life.commissioner.index, contract=number, amount=loss, detail=why)
    life.expiry = life.contract.end = model.time + model.scenario_data.behaviour.life.notice_months
    life.plan(approach_expiry, after=0.0)


def bridge(life: ContractInForce, months: float) -> None:
    """Extend the contract by some months beyond its present end, then buy its items again."""
    model = life.model
    life.expiry = max(life.expiry, model.time) + months
    life.plan(approach_expiry, after=months)
