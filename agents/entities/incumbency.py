"""Incumbents of a lot: who holds its work now, alone, as a member, or as the sponsor of a vehicle.

The one place that decides it. A mere sub-contractor is none: it delivers, and somebody else holds the contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.submission import Submission


def holders_of(in_force: ContractInForce) -> Iterator[int]:
    """Indices of those who hold a contract.

    The holder; the sponsors of a vehicle; the partners of a lead, whose part is agreed; and the members of an alliance.
    """
    holder = in_force.holder
    yield holder.index
    for sponsor, _ in holder.sponsors:
        yield sponsor.index
    contract = in_force.contract
    for sub in contract.subcontracts:
        if sub.end < 0 and (sub.agreed or contract.form.joint_holding):
            yield sub.supplier


def count_as_holder(response: Submission) -> None:
    """Let a bidder count among the holders of a tender's work if one of those it bids together with holds it.

    So does the lead of a consortium, the host of an alliance, and the new vehicle of an incumbent.
    """
    tender = response.tender
    holders = tender.holders
    if not holders or response.bidder.index in holders:
        return
    together = {m.index for m in response.members}
    if tender.form.joint_holding and response.plan is not None:
        together |= {p.deliverer.index for p in response.plan.parts}
    if together & holders:
        tender.holders = holders | {response.bidder.index}
