"""Positions of providers at one time: reserves, work held, work done, and flows of work between organisations.

Reading them leaves the market unchanged: it schedules no event, draws no random number and asks no agent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caremarket.agents.entities.performance_level import recently_rescued
from caremarket.agents.records.summary import national_shares

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider

Row = tuple[Any, ...]


def position_rows(model: Market, month: float) -> list[Row]:
    """Rows of the ``positions`` table: one for every provider that is active or has work.

    The yearly measures of concentration are computed from the value held and delivered, in pence a year.
    """
    shares = national_shares(model)
    contracts: dict[int, int] = {}
    promised: dict[int, float] = {}
    given: dict[int, float] = {}
    for in_force in model.contracts.values():
        holder = in_force.contract.holder
        contracts[holder] = contracts.get(holder, 0) + 1
        for allocation in in_force.allocations:
            sub = allocation.sub
            if sub is not None and sub.end < 0:
                whole = allocation.whole_sub_rate * 4.0
                supplier = sub.supplier
                promised[supplier] = promised.get(supplier, 0.0) + whole * sub.promised
                given[supplier] = given.get(supplier, 0.0) + whole * allocation.share
    rows: list[Row] = []
    for provider in model.providers:
        index = provider.index
        direct = shares.direct.get(index, 0.0)
        delivered = shares.delivered.get(index, 0.0)
        if not (provider.alive or direct or delivered):
            continue
        rows.append(
            (
                month,
                index,
                provider.reserves,
                provider.turnover,
                direct,
                delivered,
                promised.get(index, 0.0),
                given.get(index, 0.0),
                contracts.get(index, 0),
                _distressed(provider, month),
            )
        )
    return rows


def _distressed(provider: Provider, month: float) -> bool:
    """True if a provider was rescued within twelve months, or has debt beyond its receivables.

    Unlike :func:`~caremarket.agents.entities.performance_level.strained` it counts receivables and ignores ``exit``.
    """
    return recently_rescued(provider, month) or provider.reserves + provider.receivable < 0


def flow_rows(model: Market, month: float) -> list[Row]:
    """Rows of the ``flows`` table: one for every commissioner, holder and deliverer with work between them.

    Members of an alliance hold its contract jointly: each is the holder of the work it does, as in the measures of
    concentration (P 4.15).
    """
    values: dict[tuple[int, int, int, bool], float] = {}
    for in_force in model.contracts.values():
        contract = in_force.contract
        joint = contract.form.joint_holding
        for allocation in in_force.allocations:
            deliverer = allocation.deliverer.index
            key = (contract.commissioner, deliverer if joint else contract.holder, deliverer, joint)
            values[key] = values.get(key, 0.0) + allocation.head_rate * 4.0
    return [(month, *key, value) for key, value in values.items() if value > 0.0]
