"""The textbook tender: the model's own tender reduced to a case that theory can solve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from caremarket.market.market_spec import MarketSpec
from caremarket.market.mechanisms import MechanismSpec
from caremarket.market.pathway_spec import PathwaySpec
from caremarket.market.provider_kinds import ProviderKindSpec, lasting_kinds
from caremarket.market.roster import Roster, RosterCommissioner, RosterProvider
from caremarket.market.scenario import Scenario
from caremarket.market.validation import Level, Spread

COMMISSIONERS = 10
PATHWAYS = 40
FUNCTION = "community"
RESERVES_GBP = 1e9
"""Reserves of each bidder in pounds, so that none is ever short of money."""
PRICE_ALONE = {"weight_price": 1.0, "weight_quality": 0.0, "weight_social_value": 0.0, "weight_integration": 0.0}
PLAIN_TENDER = {
    "route": "single_stage",
    "engagement_months": 0.0,
    "turnover_ratio": 0.0,
    "consortium_bids": False,
    "vehicles": False,
    **PRICE_ALONE,
}
"""Levers of a tender in one stage, without tests or joint bids."""
PRIVATE_COSTS = {
    "strategy": "equilibrium",
    "local_fit": "uniform",
    "local_fit_low": 0.0,
    "local_fit_high": 1.0,
    "belief_low": 0.0,
    "belief_high": 1.0,
    "initial_participation": 1.0,
    "population_growth": 0.0,
    "price_memory": 0.0,
}
"""Behaviour: costs uniform on [0, unit cost], known to the bidder alone, and equilibrium bids."""


@cache
def _market_of_equals() -> dict[str, ProviderKindSpec]:
    """Provider kinds, which a market must have; none is drawn, since the roster defines every provider."""
    one = Spread(median=1.0, sigma=0.0)
    half = Level(mean=0.5, sd=0.0)
    kind = ProviderKindSpec(
        functions={FUNCTION: 1.0},
        unit_cost=one,
        quality=half,
        skill=half,
        turnover_gbp=one,
        outside_share=0.0,
        fixed_share=0.0,
        reserve_months=one,
        markup=one,
    )
    return {name.name: kind for name in lasting_kinds()}


def textbook_tender(
    unit_costs: tuple[float, ...],
    *,
    commissioners: int = COMMISSIONERS,
    pathways: int = PATHWAYS,
    horizon_years: float = 1.5,
    policy: Mapping[str, Any] | None = None,
    behaviour: Mapping[str, Any] | None = None,
    mechanisms: frozenset[str] = frozenset(),
    own: Sequence[Mapping[str, Any]] = (),
) -> Scenario:
    """The model's tender reduced to the textbook case: all bid, the lowest price wins, and nothing else matters.

    Every commissioner buys every pathway, each of one function, once in the first year and a half. Costs are private
    and independent, uniform on [0, unit cost] of reference cost, unless ``behaviour`` says otherwise.

    Args:
        unit_costs: unit cost of each bidder, divided by reference cost.
        commissioners, pathways: lots are their product.
        horizon_years: length of the run.
        policy, behaviour: settings that differ.
        mechanisms: mechanisms that are on; the others are off.
        own: for each bidder in turn, the fields of its roster entry that differ.
    """
    roster = Roster(
        commissioners=tuple(
            RosterCommissioner(id=f"c{n}", population=1_000_000, skill=1.0) for n in range(commissioners)
        ),
        providers=tuple(_bidder(n, cost, own[n] if own else {}) for n, cost in enumerate(unit_costs)),
        initial_contracts=False,
    )
    return Scenario.model_validate(
        {
            "name": "theory",
            "horizon_years": horizon_years,
            "pathways": tuple(
                PathwaySpec(
                    name=f"p{n:03d}", cost_per_head_gbp=5.0, cases_per_1000=10.0, function_shares={FUNCTION: 1.0}
                )
                for n in range(pathways)
            ),
            "market": MarketSpec(source="roster", roster=roster, kinds=_market_of_equals()),
            "mechanisms": {name: name in mechanisms for name in MechanismSpec.model_fields},
            "record": {"yearly": False, "events": False, "organisations": False, "contracts": False},
            "policy": {**PLAIN_TENDER, **(policy or {})},
            "behaviour": {**PRIVATE_COSTS, **(behaviour or {})},
        }
    )


def _bidder(number: int, unit_cost: float, own: Mapping[str, Any]) -> RosterProvider:
    """Roster entry of a bidder that differs from others in its unit cost and in the fields of ``own``."""
    return RosterProvider.model_validate(
        {
            "id": f"b{number}",
            "kind": "independent",
            "reach": "area",
            "unit_cost": {FUNCTION: unit_cost},
            "capacity_gbp": {FUNCTION: 1e11},
            "turnover_gbp": 1e9,
            "outside_share": 0.0,
            "reserves_gbp": RESERVES_GBP,
            "fixed_share": 0.0,
            "quality": 0.6,
            "skill": 0.5,
            "social_value": 0.0,
            "markup": 0.0,
            "relative_risk_aversion": 0.0,
            **own,
        }
    )
