"""A synthetic local health economy: areas, commissioners, practices and providers from a few numbers.

Organisations are assigned to areas in turn (the first to ``area-1``, the second to ``area-2``, ...), so that every
area has its share of each kind; all other traits are drawn from their kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from caremarket.agents.population.capacity import fit_capacity, served_population
from caremarket.agents.population.draws import Trait, demand_per_head, draw_commissioner, draw_provider
from caremarket.agents.population.practices import (
    FederationHome,
    draw_federations,
    draw_form,
    draw_practice,
    split_population,
)
from caremarket.agents.world.blueprint import Blueprint, CommissionerSeed, PracticeSeed, ProviderSeed
from caremarket.market.market_spec import FitSpec, MarketSpec, SyntheticSpec
from caremarket.market.provider_kinds import lasting_kinds
from caremarket.market.randomness import Purpose, Streams, entity_key
from caremarket.market.scenario import Scenario


def from_synthetic(scenario: Scenario, streams: Streams) -> Blueprint:
    """Build the blueprint of a synthetic market.

    Args:
        scenario: uses ``market.synthetic``, ``market.kinds``, ``pathways`` and ``behaviour``.
        streams: the run's random numbers.
    """
    market = scenario.market
    commissioners = _commissioners(market, streams)
    homes = _federation_homes(market, commissioners, streams)
    practices = _practices(scenario, commissioners, homes, streams)
    demand = demand_per_head(scenario.pathways)
    federations, networks, notes = draw_federations(
        homes, practices, market.kinds["gp_federation"], demand, streams, market.fit
    )
    providers = [
        *_trusts(market, commissioners, demand, streams),
        *federations,
        *_other_providers(market, demand, streams),
    ]
    fitted, short = fit_capacity(providers, commissioners, scenario.pathways, market.kinds, market.fit)
    return Blueprint(
        commissioners=commissioners,
        providers=tuple(fitted),
        practices=tuple(practices),
        notes=(*notes, *short),
        networks=tuple(networks),
    )


def _commissioners(market: MarketSpec, streams: Streams) -> tuple[CommissionerSeed, ...]:
    """Draw the CCGs, assigned to the areas in turn."""
    spec = market.synthetic
    places = _places(spec)
    return tuple(
        draw_commissioner(
            market,
            id=(ccg := f"ccg-{i + 1:02d}"),
            name=f"CCG {i + 1}",
            area=places[i % spec.areas][0],
            region=places[i % spec.areas][1],
            population=_population(ccg, spec, market.fit, streams),
            streams=streams,
        )
        for i in range(spec.ccgs)
    )


def _trusts(
    market: MarketSpec, commissioners: Sequence[CommissionerSeed], demand: Mapping[str, float], streams: Streams
) -> list[ProviderSeed]:
    """Draw the trusts, each sized by the population that it serves."""
    drawn = list(_generated(market.synthetic, public=True))
    served = served_population([(kind, place[0]) for kind, _, place in drawn], commissioners, market.fit)
    return [
        draw_provider(
            market.kinds[kind], kind, *name, *place, streams, population=population, demand=demand, fit=market.fit
        )
        for (kind, name, place), population in zip(drawn, served, strict=True)
    ]


def _other_providers(market: MarketSpec, demand: Mapping[str, float], streams: Streams) -> list[ProviderSeed]:
    """Draw the providers other than trusts and federations."""
    return [
        draw_provider(market.kinds[kind], kind, *name, *place, streams, demand=demand, fit=market.fit)
        for kind, name, place in _generated(market.synthetic, public=False)
    ]


def _generated(spec: SyntheticSpec, *, public: bool) -> Iterator[tuple[str, tuple[str, str], tuple[str, str]]]:
    """Kind, (id, name) and (area, region) of every provider of the public or of the other kinds, federations apart."""
    places = _places(spec)
    counts = spec.numbers()
    for kind in lasting_kinds():
        if kind.public == public and not kind.of_practices:
            for i in range(counts.get(kind.name, 0)):
                yield kind.name, kind.generated(i + 1), places[i % spec.areas]


def _places(spec: SyntheticSpec) -> list[tuple[str, str]]:
    """List of the areas, each as (area, region)."""
    return [(f"area-{i + 1}", f"region-{i % spec.regions + 1}") for i in range(spec.areas)]


def _population(ccg: str, spec: SyntheticSpec, fit: FitSpec, streams: Streams) -> int:
    """Number of registered people of a CCG: log-normal with mean ``population_per_ccg``, at least the smallest size."""
    factor = streams.lognormal_mean_one(
        spec.population_sigma, Purpose.POPULATION, entity_key("commissioner", ccg), Trait.POPULATION
    )
    return max(fit.smallest_population, round(spec.population_per_ccg * factor))


def _federation_homes(
    market: MarketSpec, commissioners: Sequence[CommissionerSeed], streams: Streams
) -> list[FederationHome]:
    """Federations, assigned to the CCGs in turn; the form of each is drawn from the mix."""
    return [
        FederationHome(
            id := f"federation-{i + 1:02d}",
            f"GP federation {i + 1}",
            ccg.area,
            ccg.region,
            draw_form(id, market.federation_forms, streams),
        )
        for i in range(market.synthetic.federations)
        for ccg in (commissioners[i % len(commissioners)],)
    ]


def _practices(
    scenario: Scenario,
    commissioners: Sequence[CommissionerSeed],
    homes: Sequence[FederationHome],
    streams: Streams,
) -> list[PracticeSeed]:
    """Practices of each CCG, each in a federation of its CCG or single.

    If there are fewer federations than CCGs, a CCG shares one, from its own area if possible.
    """
    spec = scenario.market.synthetic
    practices: list[PracticeSeed] = []
    for i, ccg in enumerate(commissioners):
        own = [home for j, home in enumerate(homes) if j % len(commissioners) == i]
        if not own and homes:
            near = [home for home in homes if home.area == ccg.area] or list(homes)
            own = [near[i % len(near)]]
        ids = [f"{ccg.id}-p{n + 1:03d}" for n in range(spec.practices_per_ccg)]
        sizes = split_population(ccg.population, ids, scenario.behaviour.primary_care.list_size_sigma, streams)
        practices += [
            draw_practice(
                id,
                f"Practice {n + 1} of {ccg.name}",
                ccg.id,
                size,
                own,
                ccg.population,
                scenario.behaviour,
                streams,
            )
            for n, (id, size) in enumerate(zip(ids, sizes, strict=True))
        ]
    return practices
