"""Creation of one organisation: every trait is a keyed draw from the distributions of its kind.

A draw is keyed by (seed, purpose, kind and id, trait), never by the number of earlier draws: one provider more or
less changes no other provider, and a provider that enters in year seven is the same in every arm.

A provider's turnover inside the simulated pathways is spread over the functions it can deliver. The weight of a
function is its share of national demand times the squared probability that a provider of the kind delivers it:
functions that almost all providers of a kind deliver are core business, rare ones are a sideline. Capacity is that
volume times ``market.fit.headroom``. The constants are in :class:`caremarket.market.market_spec.FitSpec`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum
from math import exp, sqrt

from caremarket.agents.world.blueprint import CommissionerSeed, ProviderSeed
from caremarket.market.errors import ConfigurationError
from caremarket.market.market_spec import FitSpec, MarketSpec
from caremarket.market.pathway_spec import PathwaySpec
from caremarket.market.pathways import FUNCTION_INDEX, FUNCTIONS
from caremarket.market.provider_kinds import PROVIDER_KINDS, ProviderKindSpec
from caremarket.market.randomness import Purpose, Streams, entity_key
from caremarket.market.validation import Level, Spread


class Trait(IntEnum):
    """Property that a draw sets. Numbers are part of every recorded result: append, never renumber."""

    FUNCTION = 1
    EFFICIENCY = 2
    UNIT_COST = 3
    QUALITY = 4
    SKILL = 5
    TURNOVER = 6
    RESERVES = 7
    MARKUP = 8
    REACH = 9
    DATA_QUALITY = 10
    POPULATION = 11
    LIST_SIZE = 12
    AUTONOMY = 13
    FEDERATION = 14
    COUNT = 15
    FORM = 16


def demand_per_head(pathways: Iterable[PathwaySpec]) -> dict[str, float]:
    """Reference cost by function, in pounds per registered person a year, in the order of ``FUNCTIONS``."""
    total = dict.fromkeys(FUNCTIONS, 0.0)
    for pathway in pathways:
        for function, share in pathway.function_shares.items():
            total[function] += share * pathway.cost_per_head_gbp
    return {str(function): value for function, value in total.items()}


def reference_population(fit: FitSpec) -> dict[str, int]:
    """Registered people served by a provider of median turnover, by the kinds that scale with population."""
    return {str(kind): people for kind, people in fit.reference_population.items()}


def is_sme(kind: str, turnover: int, turnover_per_staff_gbp: float, fit: FitSpec) -> bool:
    """True if an organisation counts as small or medium-sized.

    Args:
        kind: provider kind. Some never count (``may_be_small``): a trust is a body under public control (article
            3(4)); a prime is set up by larger partners, whose staff and turnover count with its own (article 6).
        turnover: pence a year.
        turnover_per_staff_gbp: turnover per member of staff, in pounds a year.
        fit: holds the thresholds, by default those of the EU (Recommendation 2003/361/EC).
    """
    if not PROVIDER_KINDS[kind].may_be_small:
        return False
    staff = turnover / (100.0 * turnover_per_staff_gbp)
    return staff < fit.sme_staff and turnover < 100.0 * fit.sme_turnover_gbp


def draw_spread(spread: Spread, z: float) -> float:
    """Value of a log-normal at standard normal ``z``, in the unit of its median."""
    return spread.median * exp(spread.sigma * z)


def draw_level(level: Level, z: float) -> float:
    """Value of a clipped normal at standard normal ``z``, in [0, 1]."""
    return min(1.0, max(0.0, level.mean + level.sd * z))


def draw_commissioner(
    market: MarketSpec, id: str, name: str, area: str, region: str, population: int, streams: Streams
) -> CommissionerSeed:
    """Draw a commissioner's skill and data quality, both in [0, 1]; ``population`` is in heads."""
    key = entity_key("commissioner", id)
    return CommissionerSeed(
        id=id,
        name=name,
        area=area,
        region=region,
        population=population,
        skill=draw_level(market.commissioner_skill, streams.normal(Purpose.POPULATION, key, Trait.SKILL)),
        data_quality=draw_level(
            market.commissioner_data_quality, streams.normal(Purpose.POPULATION, key, Trait.DATA_QUALITY)
        ),
    )


def draw_provider(
    spec: ProviderKindSpec,
    kind: str,
    id: str,
    name: str,
    area: str,
    region: str,
    streams: Streams,
    turnover: int | None = None,
    *,
    population: float | None = None,
    functions: Collection[str] | None = None,
    also: Collection[str] = (),
    outside_share: float | None = None,
    demand: Mapping[str, float] | None = None,
    fit: FitSpec,
) -> ProviderSeed:
    """Draw a provider of a kind. Given values are used, all others are drawn.

    Args:
        spec: distributions of the kind.
        kind: one of :data:`caremarket.market.provider_kinds.PROVIDER_KINDS`.
        id: stable identifier; with ``kind`` it is the key of every draw.
        name: display name.
        area: home area.
        region: home region.
        streams: the run's random numbers.
        turnover: pence a year; drawn if None.
        population: number of registered people it serves, which scales the turnover of kinds in
            ``fit.reference_population``; None means the reference population.
        functions: functions it can deliver; drawn if None.
        also: functions it can deliver in addition to those drawn.
        outside_share: share of turnover from outside the market, in [0, 1]; that of the kind if None.
        demand: pounds per head a year by function in the scenario (see :func:`demand_per_head`);
            ``fit.reference_demand_gbp`` if None.
        fit: ``market.fit``.

    Raises:
        ConfigurationError: if a kind other than an integrator has no function it could deliver.
    """
    key = entity_key(kind, id)
    if functions is None:
        functions = {*_draw_functions(spec, kind, key, streams), *also}
    if turnover is None:
        turnover = _draw_turnover(spec, kind, key, population, fit, streams)
    if outside_share is None:
        outside_share = spec.outside_share
    volume = _spread_volume(spec, functions, turnover * (1.0 - outside_share), float(turnover), demand, fit)
    reserve_months = draw_spread(spec.reserve_months, streams.normal(Purpose.PROVIDER, key, Trait.RESERVES))
    return ProviderSeed(
        id=id,
        name=name,
        kind=kind,
        area=area,
        region=region,
        reach=_draw_reach(spec, key, streams),
        unit_cost=_draw_unit_costs(spec, key, volume, fit, streams),
        capacity={f: round(v * fit.headroom) for f, v in volume.items()},
        quality=draw_level(spec.quality, streams.normal(Purpose.PROVIDER, key, Trait.QUALITY)),
        skill=draw_level(spec.skill, streams.normal(Purpose.PROVIDER, key, Trait.SKILL)),
        turnover=turnover,
        outside_turnover=max(0, turnover - round(sum(volume.values()))),
        outside_margin=spec.outside_margin,
        reserves=round(turnover * reserve_months / 12.0),
        fixed_share=spec.fixed_share,
        markup=draw_spread(spec.markup, streams.normal(Purpose.PROVIDER, key, Trait.MARKUP)),
        relative_risk_aversion=spec.relative_risk_aversion,
        social_value=spec.social_value,
        sme=is_sme(kind, turnover, spec.turnover_per_staff_gbp, fit),
        can_fail=spec.can_fail,
        limited_liability=spec.limited_liability,
    )


def _draw_functions(spec: ProviderKindSpec, kind: str, key: int, streams: Streams) -> tuple[str, ...]:
    """Functions drawn by their probabilities; if none is drawn, the nearest miss, except for an integrator."""
    chances = [(f, spec.functions[f]) for f in FUNCTIONS if spec.functions.get(f, 0.0) > 0.0]
    if not chances:
        if PROVIDER_KINDS[kind].integrator:
            return ()
        raise ConfigurationError(
            f"market.kinds.{kind}.functions",
            f"a provider must be able to deliver something; allowed: {', '.join(FUNCTIONS)}, "
            "each with a chance in [0, 1], one of them above 0",
        )
    draws = [(streams.uniform(Purpose.PROVIDER, key, Trait.FUNCTION, FUNCTION_INDEX[f]), f, p) for f, p in chances]
    drawn = tuple(f for u, f, p in draws if u < p)
    if drawn or PROVIDER_KINDS[kind].integrator:
        return drawn
    return (min(draws, key=lambda draw: draw[0] / draw[2])[1],)


def _draw_turnover(
    spec: ProviderKindSpec, kind: str, key: int, population: float | None, fit: FitSpec, streams: Streams
) -> int:
    """Turnover in pence a year, in proportion to the population served if the kind has a reference population."""
    pounds = draw_spread(spec.turnover_gbp, streams.normal(Purpose.PROVIDER, key, Trait.TURNOVER))
    reference = reference_population(fit).get(kind)
    if population is not None and reference is not None:
        pounds *= population / reference
    return round(pounds * 100.0)


def _draw_reach(spec: ProviderKindSpec, key: int, streams: Streams) -> str:
    """Reach of its bids from home (area, region or nation), drawn by the weights of the kind."""
    total = spec.reach_area + spec.reach_region + spec.reach_nation
    u = streams.uniform(Purpose.PROVIDER, key, Trait.REACH) * total
    if u < spec.reach_area:
        return "area"
    return "region" if u < spec.reach_area + spec.reach_region else "nation"


def _draw_unit_costs(
    spec: ProviderKindSpec, key: int, functions: Iterable[str], fit: FitSpec, streams: Streams
) -> dict[str, float]:
    """Unit cost over reference cost by function: one efficiency of the provider, and a deviation of each function."""
    shared = sqrt(fit.shared_efficiency)
    own = sqrt(1.0 - fit.shared_efficiency) / shared
    efficiency = streams.normal(Purpose.PROVIDER, key, Trait.EFFICIENCY)
    return {
        f: draw_spread(
            spec.unit_cost,
            shared * (efficiency + own * streams.normal(Purpose.PROVIDER, key, Trait.UNIT_COST, FUNCTION_INDEX[f])),
        )
        for f in functions
    }


def _spread_volume(
    spec: ProviderKindSpec,
    functions: Collection[str],
    inside: float,
    ceiling: float,
    demand: Mapping[str, float] | None,
    fit: FitSpec,
) -> dict[str, float]:
    """Volume delivered by function, in pence a year, in the order of ``FUNCTIONS``; ``ceiling`` limits the sum."""
    reference = fit.reference_demand_gbp
    weights: dict[str, float] = {
        f: reference[f] * max(spec.functions.get(f, 0.0), fit.sideline) ** 2 for f in FUNCTIONS if f in functions
    }
    if not weights:
        return {}
    total = sum(weights.values())
    volume: dict[str, float] = {f: inside * w / total for f, w in weights.items()}
    if demand is not None:
        fallback: dict[str, float] = {str(f): pounds for f, pounds in reference.items()}
        volume = {f: v * demand[f] / fallback[f] for f, v in volume.items()}
        whole = sum(volume.values())
        if whole > ceiling > 0.0:
            volume = {f: v * ceiling / whole for f, v in volume.items()}
    return volume
