"""A contract's life: its start, and the agenda of every quarter.

:data:`AGENDA` lists the steps of each quarter; each step is one rule of one module. The end of a contract is in
``expiry``, ``ending`` and ``termination``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from caremarket.agents.contracts.activity_response import check_for_skimming, choose_activity
from caremarket.agents.contracts.alliance_board import board_meets, split_with_board
from caremarket.agents.contracts.delivery import QUARTER, deliver
from caremarket.agents.contracts.expiry import plan_next_procurement
from caremarket.agents.contracts.friction import update_friction
from caremarket.agents.contracts.performance import check_performance, cut_corners
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.contracts.review import review_year
from caremarket.agents.contracts.termination import consider_leaving
from caremarket.agents.contracts.volume_split import split_subcontract
from caremarket.agents.entities.items import items_label
from caremarket.agents.entities.notices import ContractBegun
from caremarket.agents.money.shared_accounts import settle
from caremarket.agents.world.schedule import event_handler
from caremarket.market.contracts import ContractState

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def begin(in_force: ContractInForce) -> None:
    """Begin a contract: allocate its price, and schedule the events of its life."""
    model = in_force.model
    contract = in_force.contract
    contract.move(ContractState.LIVE)
    model.contracts[contract.id] = in_force
    in_force.holder.holdings[contract.id] = in_force
    for item in contract.items:
        item.contracts.append(contract.id)
        if len(item.contracts) == 1:
            item.start_record()
    allocate_price(in_force)
    update_friction(in_force)
    for pathway in {i.pathway for i in contract.items}:
        for deliverer in {a.deliverer.index: a.deliverer for a in in_force.allocations}.values():
            deliverer.track[pathway] = deliverer.track.get(pathway, 0) + 1
    in_force.plan(deliver_quarter, after=QUARTER)
    plan_next_procurement(in_force)
    _announce(in_force)


def _announce(in_force: ContractInForce) -> None:
    """Notify observers that a contract has begun, and log it."""
    model = in_force.model
    contract = in_force.contract
    model.tell(ContractBegun(in_force))
    if contract.form.joint_holding:
        model.log("alliance_formed", in_force.holder.index, contract=contract.id)
    in_force.holder.holds(contract)
    if model.records_events:
        model.log(
            "contract_begins",
            contract.holder,
            contract.commissioner,
            contract=contract.id,
            amount=contract.price,
            detail=items_label(model, contract.items),
        )


# Quarter by quarter -------------------------------------------------------------------------------------


def split_volume(in_force: ContractInForce) -> None:
    """Split volume for the coming year between the lead and its sub-contractors, in the lead's interest (P 1.11).

    By diverting work the lead gains the sub-contractor's pay less the cost of the alternative: its own variable cost
    where it has spare capacity. Volume guarantees limit diversion, and monitoring makes it costly.
    """
    joint = in_force.contract.form.joint_holding
    changed = joint and split_with_board(in_force)
    for sub in in_force.contract.subcontracts:
        if sub.end < 0 and sub.promised < 1.0 and not (joint or sub.agreed):
            changed |= split_subcontract(in_force, sub)
    if changed:
        allocate_price(in_force)


def settle_with_vehicle(in_force: ContractInForce) -> None:
    """Settle the quarter's accounts between a vehicle that holds the contract and its sponsors."""
    if in_force.books is not None and in_force.holder.sponsors:
        settle(in_force)


def hold_board_meeting(in_force: ContractInForce) -> None:
    """Hold the yearly meeting of the board of an alliance."""
    if in_force.books is not None and not in_force.holder.sponsors:
        board_meets(in_force)


Step = Callable[["ContractInForce"], object]

AGENDA: Final[Mapping[int, tuple[Step, ...]]] = {
    1: (
        deliver,
        check_performance,
        split_volume,
        check_for_skimming,
        choose_activity,
        cut_corners,
        settle_with_vehicle,
    ),
    2: (deliver, check_performance, consider_leaving, settle_with_vehicle),
    3: (deliver, check_performance, settle_with_vehicle),
    4: (deliver, check_performance, review_year, consider_leaving, settle_with_vehicle, hold_board_meeting),
}
"""Quarter of a contract year -> steps in order. No further step is taken once a step has ended the contract.

The holder considers leaving twice a year, when accounts show the margin of the contract.
"""


@event_handler
def deliver_quarter(in_force: ContractInForce) -> None:
    """Go through the agenda of the quarter that ends now, and schedule the next."""
    del in_force.planned["deliver_quarter"]
    in_force.quarters += 1
    contract = in_force.contract
    for step in AGENDA[(in_force.quarters - 1) % 4 + 1]:
        step(in_force)
        if contract.state is not ContractState.LIVE and not contract.running:
            return
    in_force.plan(deliver_quarter, after=QUARTER)
