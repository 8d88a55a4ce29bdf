"""Fits providers' capacity to the demand of their area, so that a market starts in balance.

No register gives capacity. It is known that today's demand is met: before the first tender, the providers of an area
together deliver its demand in each function. So drawn volumes are scaled, by area and function, until capacity is
``market.fit.headroom`` times demand, within plausible limits for a provider of the kind
(:class:`caremarket.market.market_spec.FitSpec`). If an area lacks a kind of trust, trusts of its region reach it and
take the rest. The scaling is a fixed rule on drawn numbers; it draws no random numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from caremarket.agents.population.draws import demand_per_head, is_sme, reference_population
from caremarket.agents.world.blueprint import CommissionerSeed, ProviderSeed
from caremarket.market.market_spec import FitSpec
from caremarket.market.pathway_spec import PathwaySpec
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.provider_kinds import PROVIDER_KINDS, ProviderKindSpec

_REACH = ("area", "region", "nation")


def area_demand(
    commissioners: Iterable[CommissionerSeed], pathways: Iterable[PathwaySpec]
) -> dict[tuple[str, str], float]:
    """Demand in pence of reference cost a year, by (area, function)."""
    per_head = demand_per_head(pathways)
    demand: dict[tuple[str, str], float] = defaultdict(float)
    for commissioner in commissioners:
        for function, pounds in per_head.items():
            demand[commissioner.area, function] += 100.0 * pounds * commissioner.population
    return dict(demand)


def served_population(
    homes: Sequence[tuple[str, str]], commissioners: Iterable[CommissionerSeed], fit: FitSpec
) -> list[float | None]:
    """Registered people each trust serves: those of its area, shared equally by its trusts of the kind.

    Args:
        homes: (kind, area) of each trust.
        commissioners: commissioners of the people served.
        fit: no trust serves more than ``largest_served`` times its kind's reference population from home: in areas
            with few trusts of a kind, other kinds deliver part of their work (acute trusts run community services,
            for example).

    Returns:
        For each trust the number of people, or None if its area has no population.
    """
    people: dict[str, int] = defaultdict(int)
    for commissioner in commissioners:
        people[commissioner.area] += commissioner.population
    trusts: dict[tuple[str, str], int] = defaultdict(int)
    for home in homes:
        trusts[home] += 1
    reference = reference_population(fit)
    served: list[float | None] = []
    for kind, area in homes:
        if people[area] == 0:
            served.append(None)
            continue
        share = people[area] / trusts[kind, area]
        served.append(min(share, fit.largest_served * reference[kind]) if kind in reference else share)
    return served


def widen_reach(providers: Sequence[ProviderSeed], commissioners: Sequence[CommissionerSeed]) -> list[ProviderSeed]:
    """Let trusts reach areas of their region that have none of their kind, or the nation if a region has none.

    Reach follows the lack of beds in other areas: specialised and mental-health trusts serve all people who have no
    such trust nearer.
    """
    regions = {c.area: c.region for c in commissioners}
    needed: dict[tuple[str, str], str] = {}
    for kind in sorted(k.name for k in PROVIDER_KINDS.values() if k.public):
        homes = {p.area for p in providers if p.kind == kind}
        home_regions = {p.region for p in providers if p.kind == kind}
        for area, region in regions.items():
            if area in homes:
                continue
            if region in home_regions:
                needed.setdefault((kind, region), "region")
            else:
                for everywhere in home_regions:
                    needed[kind, everywhere] = "nation"
    widened = []
    for p in providers:
        least = needed.get((p.kind, p.region), "area")
        short = _REACH.index(p.reach) < _REACH.index(least)
        widened.append(replace(p, reach=least) if short else p)
    return widened


def fit_capacity(
    providers: Sequence[ProviderSeed],
    commissioners: Sequence[CommissionerSeed],
    pathways: Sequence[PathwaySpec],
    kinds: Mapping[str, ProviderKindSpec],
    fit: FitSpec,
    fixed: frozenset[str] = frozenset(),
) -> tuple[list[ProviderSeed], list[str]]:
    """Scale capacities so that each area's capacity meets its demand, and scale turnovers to match.

    Args:
        providers: providers as drawn.
        commissioners: commissioners of the demand to be met.
        pathways: pathways in demand.
        kinds: distributions of the kinds, for the head count in the SME threshold.
        fit: ``market.fit``.
        fixed: ids of providers whose capacity the user has given: they count towards supply and are not scaled.

    Returns:
        The providers in the same order, and one message for each area and function with capacity below
        ``fit.enough`` times demand.
    """
    reached = widen_reach(providers, commissioners)
    wide = [old if old.id in fixed else new for old, new in zip(providers, reached, strict=True)]
    demand = area_demand(commissioners, pathways)
    capacity: list[dict[str, float]] = [{f: float(v) for f, v in p.capacity.items()} for p in wide]
    suppliers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, provider in enumerate(wide):
        for function in provider.capacity:
            suppliers[provider.area, function].append(i)
    regions = {c.area: c.region for c in commissioners}
    notes: list[str] = []
    short: list[tuple[str, str, float]] = []
    for (area, function), wanted in demand.items():
        missing = _fit_home(wide, capacity, suppliers[area, function], function, wanted * fit.headroom, fit, fixed)
        if missing > 0.0:
            short.append((area, function, missing))
    for area, function, missing in short:
        left = _fit_from_afar(wide, capacity, area, regions[area], function, missing, fit, fixed)
        ratio = fit.headroom - left / demand[area, function]
        if ratio < fit.enough:
            notes.append(
                f"capacity for {function} in {area} is {max(ratio, 0.0):.2f} times demand, below {fit.enough:g}"
            )
    fitted = [p if p.id in fixed else _settle(p, c, kinds[p.kind], fit) for p, c in zip(wide, capacity, strict=True)]
    return fitted, notes


def _fit_home(
    providers: Sequence[ProviderSeed],
    capacity: list[dict[str, float]],
    members: Sequence[int],
    function: str,
    target: float,
    fit: FitSpec,
    fixed: frozenset[str],
) -> float:
    """Scale an area's own suppliers towards ``target`` pence a year; returns the shortfall in pence a year."""
    given = sum(capacity[i][function] for i in members if providers[i].id in fixed)
    free = [i for i in members if providers[i].id not in fixed]
    trusts = sum(capacity[i][function] for i in free if _public(providers[i]))
    others = sum(capacity[i][function] for i in free if not _public(providers[i]))
    if trusts + others > 0.0:
        factor = _solve(trusts, others, target - given, fit)
        for i in free:
            limits = _limits(fit, _public(providers[i]))
            capacity[i][function] *= _clip(factor, limits)
    missing = target - sum(capacity[i][function] for i in members)
    return missing if missing > 1e-6 * target else 0.0


def _public(provider: ProviderSeed) -> bool:
    return PROVIDER_KINDS[provider.kind].public


def _limits(fit: FitSpec, trust: bool) -> tuple[float, float]:
    """Lowest and highest scaling factor: a trust follows its area's demand, others stay closer to their draw."""
    return (fit.trust_low, fit.trust_high) if trust else (fit.other_low, fit.other_high)


def _solve(trusts: float, others: float, target: float, fit: FitSpec) -> float:
    """Common factor that brings both groups, each within its limits, closest to ``target``."""
    low, high = trust_limits = _limits(fit, True)
    other_limits = _limits(fit, False)
    for _ in range(60):
        middle = (low * high) ** 0.5
        if trusts * _clip(middle, trust_limits) + others * _clip(middle, other_limits) < target:
            low = middle
        else:
            high = middle
    return float((low * high) ** 0.5)


def _clip(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])


def _fit_from_afar(
    providers: Sequence[ProviderSeed],
    capacity: list[dict[str, float]],
    area: str,
    region: str,
    function: str,
    missing: float,
    fit: FitSpec,
    fixed: frozenset[str],
) -> float:
    """Give an area's shortfall to providers that reach it, trusts first; returns the rest that none can take."""
    reaching = [
        i
        for i, p in enumerate(providers)
        if p.id not in fixed
        and p.area != area
        and capacity[i].get(function, 0.0) > 0.0
        and (p.reach == "nation" or (p.reach == "region" and p.region == region))
    ]
    near = [i for i in reaching if providers[i].region == region]
    for group in (near, reaching):
        trusts = [i for i in group if _public(providers[i])]
        chosen = trusts or group
        total = sum(capacity[i][function] for i in chosen)
        if total > 0.0:
            factor = min(1.0 + missing / total, _limits(fit, bool(trusts))[1])
            for i in chosen:
                capacity[i][function] *= factor
            missing -= total * (factor - 1.0)
        if missing <= 0.0:
            break
    return max(missing, 0.0)


def _settle(
    provider: ProviderSeed, capacity: Mapping[str, float], spec: ProviderKindSpec, fit: FitSpec
) -> ProviderSeed:
    """Adjust turnover, reserves and the SME flag to a fitted capacity."""
    fitted: dict[str, int] = {f: round(capacity[f]) for f in FUNCTIONS if f in capacity}
    inside = round(sum(fitted.values()) / fit.headroom)
    turnover = max(provider.turnover, inside)
    scale = turnover / provider.turnover if provider.turnover else 1.0
    return replace(
        provider,
        capacity=fitted,
        turnover=turnover,
        outside_turnover=turnover - inside,
        reserves=round(provider.reserves * scale),
        sme=is_sme(provider.kind, turnover, spec.turnover_per_staff_gbp, fit),
    )
