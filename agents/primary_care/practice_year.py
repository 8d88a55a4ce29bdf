"""Opening of a practice, and its yearly review: income, services and group membership (K)."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING

from caremarket.agents.entities.general_practice.practice import Practice
from caremarket.agents.primary_care.core import core_cost_gbp, draw_core_contract, draw_income, settle_core
from caremarket.agents.primary_care.enhanced import settle_enhanced, sign_up
from caremarket.agents.primary_care.membership import choose_membership
from caremarket.agents.primary_care.quality import settle_quality
from caremarket.agents.world.schedule import event_handler
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.world.blueprint import PracticeSeed


def open_practice(model: Market, seed: PracticeSeed, area: str, region: str) -> Practice:
    """Create a practice with its core contract, and schedule its first review."""
    practice = Practice(model, seed, area, region)
    mechanisms = model.scenario_data.mechanisms
    care = model.scenario_data.behaviour.primary_care
    streams = model.streams
    if mechanisms.core_contracts:
        practice.core_contract = draw_core_contract(practice.key, care, streams)
        practice.core_pay = 100.0 * care.core_pay_gbp[practice.core_contract] * practice.list_size
        practice.core_cost = 100.0 * core_cost_gbp(practice.list_size, care)
    practice.working_capital = int(practice.core_pay * care.working_capital_months / 12.0)
    if (
        mechanisms.core_contracts
        or mechanisms.enhanced_services
        or mechanisms.quality_framework
        or mechanisms.membership_choice
    ):
        first = 12.0 * streams.uniform(Purpose.PHASE, practice.key)
        model.schedule(MethodType(review_year, practice), after=first)
    return practice


@event_handler
def review_year(practice: Practice) -> None:
    """Yearly review: settle income and cost since the last one, and decide on membership and services."""
    model = practice.model
    mechanisms = model.scenario_data.mechanisms
    now = model.time
    since = practice.reviewed_at
    years = (now - since) / 12.0
    practice.reviewed_at = now
    if mechanisms.core_contracts:
        settle_core(practice, years)
    if mechanisms.enhanced_services:
        settle_enhanced(practice, since, now)
    if mechanisms.quality_framework:
        settle_quality(practice, years)
    if mechanisms.membership_choice:
        choose_membership(practice)
    if mechanisms.enhanced_services:
        sign_up(practice, model, now)
    if mechanisms.core_contracts:
        draw_income(practice)
    practice.dividends = 0
    practice.reviews += 1
    model.schedule(MethodType(review_year, practice), after=12.0)
