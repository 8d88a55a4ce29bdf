"""Contracts and sub-contracts: plain records and their possible states."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from caremarket.market.errors import TransitionError

if TYPE_CHECKING:
    from caremarket.market.forms import ContractForm
    from caremarket.market.pathways import ServiceItem
    from caremarket.market.payments import PaymentModel


class ContractState(IntEnum):
    """State of a contract."""

    SIGNED = 0
    LIVE = 1
    HELD_OVER = 2
    EXPIRED = 3
    TERMINATED = 4


CONTRACT_TRANSITIONS: dict[ContractState, frozenset[ContractState]] = {
    ContractState.SIGNED: frozenset({ContractState.LIVE, ContractState.TERMINATED}),
    ContractState.LIVE: frozenset({ContractState.HELD_OVER, ContractState.EXPIRED, ContractState.TERMINATED}),
    ContractState.HELD_OVER: frozenset({ContractState.EXPIRED, ContractState.TERMINATED}),
    ContractState.EXPIRED: frozenset(),
    ContractState.TERMINATED: frozenset(),
}


class EndReason(IntEnum):
    """Reason for the end of a contract or sub-contract."""

    RUNNING = 0
    EXPIRED = 1
    SUPERSEDED = 2
    HOLDER_INSOLVENT = 3
    HOLDER_WITHDREW = 4
    SUPPLIER_GONE = 5
    HEAD_ENDED = 6
    POOR_PERFORMANCE = 7
    HANDED_BACK = 8
    NOTICE = 9
    REMOVED = 10
    REPLACED_BY_BOARD = 11
    DECOMMISSIONED = 12


DEFAULTS = frozenset({EndReason.POOR_PERFORMANCE, EndReason.HANDED_BACK})
"""Reasons that are a default of the holder, for which it owes damages."""


@dataclass(slots=True, eq=False)
class SubContract:
    """Part of a head contract delivered by another provider.

    Attributes:
        promised: share of each item's volume promised.
        share: share of each item's volume allotted at present.
        price: pence a year for the whole volume of the items; ``share * price`` is paid.
        flow_down: share of the head contract's risk and deliverables that it repeats (P 3.5).
        guarantee: share of the promised volume that the lead cannot take away, as signed. A record for the table of
            sub-contracts: rules read ``policy.volume_guarantee``.
        at_risk: share of its pay that depends on outcomes, as offered.
        agreed: whether it is a partner's part under a bidding agreement, which the lead cannot change (P 3.9).
    """

    id: int
    head: int
    supplier: int
    items: list[ServiceItem]
    price: int
    promised: float
    share: float
    flow_down: float
    guarantee: float
    payment_days: float
    pay_when_paid: bool
    start: float
    end: float = -1.0
    end_reason: EndReason = EndReason.RUNNING
    agreed: bool = False
    promised_value: float = 0.0
    delivered_value: float = 0.0
    at_risk: float = 0.0


@dataclass(slots=True, eq=False)
class Contract:
    """An agreement with a commissioner. ``price`` is pence a year over all ``items``."""

    id: int
    procurement: int
    commissioner: int
    holder: int
    form: ContractForm
    payment: PaymentModel
    items: list[ServiceItem]
    price: int
    start: float
    end: float
    outcome_share: float
    indicators: int
    round: int
    state: ContractState = ContractState.SIGNED
    end_reason: EndReason = EndReason.RUNNING
    ended: float = -1.0
    subcontracts: list[SubContract] = field(default_factory=list)
    outcome: float = -1.0

    def move(self, state: ContractState) -> None:
        """Enter ``state``; raises :class:`TransitionError` if the state machine has no such move."""
        if state not in CONTRACT_TRANSITIONS[self.state]:
            raise TransitionError(f"contract {self.id}: {self.state.name} does not lead to {state.name}")
        self.state = state

    @property
    def running(self) -> bool:
        """True if care is being delivered under it."""
        return self.state is ContractState.LIVE or self.state is ContractState.HELD_OVER
