"""Settlement of accounts at the end of a contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from caremarket.agents.contracts.review import pay_for_outcome
from caremarket.agents.money.gain_share import share_gain
from caremarket.agents.money.shared_accounts import settle

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def settle_outcome_pay(in_force: ContractInForce) -> None:
    """Release the pay held back against outcomes, in the share that contracts usually earn."""
    if in_force.held_back and in_force.holder.alive:
        pay_for_outcome(in_force, in_force.model.expected_achievement)


def settle_shared_accounts(in_force: ContractInForce) -> None:
    """Settle the accounts that members of an alliance, or sponsors of a vehicle, keep together."""
    if in_force.books and in_force.holder.alive:
        settle(in_force)


def settle_gain_share(in_force: ContractInForce) -> None:
    """Share gain or pain with the commissioner for the part of the year that has passed."""
    if in_force.gain_share:
        share_gain(in_force)


SETTLEMENT: Final[tuple[Callable[[ContractInForce], None], ...]] = (
    settle_outcome_pay,
    settle_shared_accounts,
    settle_gain_share,
)
"""Settlement steps, in order."""
