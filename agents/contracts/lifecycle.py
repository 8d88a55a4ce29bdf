"""A contract's life: it begins, delivers quarter by quarter, splits volume and is reviewed every year.

The first quarter of a year splits volume, the fourth reviews the year. How a contract ends is in ``expiry``, ``ending``
and ``termination``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.activity_response import choose_activity, look_for_skimming
from caremarket.agents.contracts.alliance_board import board_meets, split_with_board
from caremarket.agents.contracts.delivery import QUARTER, deliver
from caremarket.agents.contracts.expiry import plan_next_procurement
from caremarket.agents.contracts.friction import feel_friction
from caremarket.agents.contracts.performance import cut_corners, look_at_performance
from caremarket.agents.contracts.price_spread import spread_price
from caremarket.agents.contracts.review import review_year
from caremarket.agents.contracts.termination import leaves_early
from caremarket.agents.contracts.volume_split import split_subcontract
from caremarket.agents.entities.items import items_label
from caremarket.agents.entities.notices import ContractBegun
from caremarket.agents.entities.special_purpose_vehicle import Vehicle
from caremarket.agents.money.shared_accounts import settle
from caremarket.agents.world.schedule import event_handler
from caremarket.market.contracts import ContractState

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def begin(life: ContractInForce) -> None:
    """First day: price is spread over items, and the events of the contract's life are scheduled."""
    model = life.model
    contract = life.contract
    contract.move(ContractState.LIVE)
    model.contracts[contract.id] = life
    life.holder.holdings[contract.id] = life
    for item in contract.items:
        item.contracts.append(contract.id)
    spread_price(life)
    feel_friction(life)
    for pathway in {i.pathway for i in contract.items}:
        for deliverer in {a.deliverer.index: a.deliverer for a in life.allocations}.values():
            deliverer.track[pathway] = deliverer.track.get(pathway, 0) + 1
    life.plan(deliver_quarter, after=QUARTER)
    plan_next_procurement(life)
    _announce(life)


def _announce(life: ContractInForce) -> None:
    """Tell that a contract has begun."""
    model = life.model
    contract = life.contract
    model.tell(ContractBegun(life))
    if contract.form.joint_holding:
        model.log("alliance_formed", life.holder.index, contract=contract.id)
    if isinstance(life.holder, Vehicle):
        life.holder.contract = contract.id
    if model.records_events:
        model.log(
            "contract_begins",
            contract.holder,
            contract.commissioner,
            contract=contract.id,
            amount=contract.price,
            detail=items_label(model, contract.items),
        )


@event_handler
def deliver_quarter(life: ContractInForce) -> None:
    """Deliver what the quarter needed and invoice it; each first quarter split volume, each fourth review.

    Twice a year, when the accounts show what the contract earns, its holder considers whether to carry on.
    """
    del life.planned["deliver_quarter"]
    deliver(life)
    life.quarters += 1
    look_at_performance(life)
    if life.quarters % 4 == 1:
        _split_volume(life)
        look_for_skimming(life)
        choose_activity(life)
        cut_corners(life)
    elif life.quarters % 4 == 0:
        review_year(life)
    if life.quarters % 2 == 0 and leaves_early(life):
        return
    if life.books is not None:
        _close_books(life)
        if not life.contract.running:
            return
    life.plan(deliver_quarter, after=QUARTER)


def _close_books(life: ContractInForce) -> None:
    """Sponsors settle with their vehicle each quarter; an alliance's board meets once a year."""
    if isinstance(life.holder, Vehicle):
        settle(life)
    elif life.quarters % 4 == 0:
        board_meets(life)


def _split_volume(life: ContractInForce) -> None:
    """The lead splits volume between itself, its main and its named sub-contractors, to suit itself (P 1.11).

    It gains the difference between what it pays and what the work costs it (its own variable cost when it has
    spare capacity); guarantees bind it, and what monitoring sees costs it.
    """
    joint = life.contract.form.joint_holding
    changed = joint and split_with_board(life)
    for sub in life.contract.subcontracts:
        if sub.end < 0 and sub.promised < 1.0 and not (joint or sub.agreed):
            changed |= split_subcontract(life, sub)
    if changed:
        spread_price(life)
