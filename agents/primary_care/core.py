"""Core contracts: area team payments to practices for essential services, and the cost of these services (K).

A practice holds a GMS, PMS, PMS Plus or APMS contract and is paid per registered patient. Its cost per patient falls
as its list grows. Reserves above its working capital become its partners' income. Lists do not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.market.parameters.primary_care import PrimaryCareParameters
    from caremarket.market.randomness import Streams

_CORE = int(Reason.CORE_CONTRACT)
_COST = int(Reason.PRACTICE_COST)
_INCOME = int(Reason.PARTNERS_INCOME)


def draw_core_contract(key: int, care: PrimaryCareParameters, streams: Streams) -> str:
    """Kind of core contract of the practice with this key, drawn by the shares of kinds."""
    kinds = sorted(care.core_share)
    u = streams.uniform(Purpose.CORE_CONTRACT, key) * sum(care.core_share.values())
    for kind in kinds:
        u -= care.core_share[kind]
        if u < 0.0:
            return kind
    return kinds[-1]


def core_cost_gbp(list_size: int, care: PrimaryCareParameters) -> float:
    """Cost of essential services for a list, in pounds a year; cost per patient falls with list size."""
    if list_size <= 0:
        return 0.0
    scale: float = (list_size / care.practice_cost_list) ** -care.practice_cost_scale
    return care.practice_cost_gbp * list_size * scale


def settle_core(practice: Practice, years: float) -> None:
    """Pay the practice for the past ``years`` of core care, and charge it their cost."""
    model = practice.model
    practice.office.area_team.pay(practice.account, int(practice.core_pay * years), _CORE)
    model.ledger.post(model.time, practice.account, WORLD, int(practice.core_cost * years), _COST)


def draw_income(practice: Practice) -> None:
    """Pay reserves above working capital to the partners."""
    model = practice.model
    spare = model.ledger.balances[practice.account] - practice.working_capital
    if spare > 0:
        model.ledger.post(model.time, practice.account, WORLD, spare, _INCOME)
