"""A case study: a market of the organisations and pathways that the user lists.

Values that the roster does not give for a provider are drawn from the distributions of its kind, so a roster can be as
short as a list of names. See ``caremarket.market.roster.Roster`` for the keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from caremarket.agents.population.capacity import fit_capacity, served_population
from caremarket.agents.population.draws import demand_per_head, draw_provider, is_sme
from caremarket.agents.population.practices import FederationHome, draw_form, draw_practice, split_population
from caremarket.agents.population.roster_file import check_contracts, check_practices, given_functions
from caremarket.agents.world.blueprint import (
    Blueprint,
    CommissionerSeed,
    IncumbentSeed,
    NetworkSeed,
    PracticeSeed,
    ProviderSeed,
)
from caremarket.market.errors import ConfigurationError
from caremarket.market.federation_forms import FEDERATION_FORMS
from caremarket.market.market_spec import FitSpec
from caremarket.market.provider_kinds import PROVIDER_KINDS
from caremarket.market.randomness import Streams
from caremarket.market.roster import Roster, RosterProvider
from caremarket.market.scenario import Scenario


def from_roster(scenario: Scenario, streams: Streams) -> Blueprint:
    """Build the blueprint of a case study.

    Practices are generated, in the number given for each commissioner. A federation with a given number of practices
    takes the first free ones of its area; one without is open to all practices of its area, which join by their taste
    for autonomy. Providers with neither turnover nor capacity given are sized to meet their area's demand.

    Raises:
        ConfigurationError: if the roster is missing, or gives federations more practices than there are.
    """
    market = scenario.market
    roster = market.roster
    if roster is None:
        raise ConfigurationError("market.roster", "is needed for market.source=roster; it must name a YAML file")
    check_practices("market.roster", roster)
    check_contracts("market.roster", roster)
    commissioners = tuple(
        CommissionerSeed(c.id, c.name or c.id, c.area, c.region, c.population, c.skill, c.data_quality)
        for c in roster.commissioners
    )
    forms = _forms(scenario, roster, streams)
    practices = _practices(scenario, roster, commissioners, forms, streams)
    networks = [
        NetworkSeed(p.id, p.name or p.id, p.area, p.region, forms[p.id])
        for p in roster.providers
        if p.id in forms and not FEDERATION_FORMS[forms[p.id]].vehicle
    ]
    without_body = {network.id for network in networks}
    given = [p for p in roster.providers if p.id not in without_body]
    populations = _populations(market.fit, roster, commissioners, practices)
    demand = demand_per_head(scenario.pathways)
    drawn = [_provider(scenario, p, populations.get(p.id), demand, streams) for p in given]
    spelled_out = frozenset(p.id for p in roster.providers if p.turnover_gbp is not None or p.capacity_gbp is not None)
    fitted, notes = fit_capacity(drawn, commissioners, scenario.pathways, market.kinds, market.fit, fixed=spelled_out)
    providers = tuple(
        replace(_overrule(scenario, entry, seed), federation_form=forms.get(entry.id))
        for entry, seed in zip(given, fitted, strict=True)
    )
    return Blueprint(commissioners, providers, tuple(practices), _contracts(roster), tuple(notes), tuple(networks))


def _forms(scenario: Scenario, roster: Roster, streams: Streams) -> dict[str, str]:
    """Form of each GP federation: as given, or drawn from the mix among the forms that can hold its given work."""
    mix = scenario.market.federation_forms
    bodies = {name: share for name, share in mix.items() if FEDERATION_FORMS[name].vehicle} or {"limited_company": 1.0}
    holders = {c.provider for c in roster.contracts}
    found = {}
    for provider in roster.providers:
        if not PROVIDER_KINDS[provider.kind].of_practices:
            continue
        works = provider.id in holders or given_functions(provider) or provider.turnover_gbp is not None
        found[provider.id] = provider.federation_form or draw_form(provider.id, bodies if works else mix, streams)
        if provider.id in holders and not FEDERATION_FORMS[found[provider.id]].vehicle:
            raise ConfigurationError(
                "market.roster", f"{provider.id} holds a contract, which a {found[provider.id]} cannot"
            )
    return found


def _contracts(roster: Roster) -> tuple[IncumbentSeed, ...] | None:
    """Contracts in force at the start: as given, empty if the roster says none, or None if the model decides."""
    if not roster.initial_contracts:
        return ()
    if not roster.contracts:
        return None
    return tuple(
        IncumbentSeed(c.commissioner, c.pathway, c.function, c.provider, c.months_left) for c in roster.contracts
    )


def _practices(
    scenario: Scenario,
    roster: Roster,
    commissioners: Sequence[CommissionerSeed],
    forms: Mapping[str, str],
    streams: Streams,
) -> list[PracticeSeed]:
    """Practices of every commissioner; the first of an area go to federations with a given number of practices."""
    federations = [p for p in roster.providers if PROVIDER_KINDS[p.kind].of_practices]
    places: dict[str, list[str]] = defaultdict(list)
    for federation in federations:
        places[federation.area] += [federation.id] * federation.practices
    patients: dict[str, int] = defaultdict(int)
    for ccg in commissioners:
        patients[ccg.area] += ccg.population
    practices = []
    sigma = scenario.behaviour.primary_care.list_size_sigma
    for given, ccg in zip(roster.commissioners, commissioners, strict=True):
        open_to = [
            FederationHome(f.id, f.name or f.id, f.area, f.region, forms[f.id])
            for f in federations
            if f.area == ccg.area and f.practices == 0
        ]
        ids = [f"{ccg.id}-p{n + 1:03d}" for n in range(given.practices)]
        for n, (id, size) in enumerate(zip(ids, split_population(ccg.population, ids, sigma, streams), strict=True)):
            name = f"Practice {n + 1} of {ccg.name}"
            seed = draw_practice(id, name, ccg.id, size, open_to, patients[ccg.area], scenario.behaviour, streams)
            if places[ccg.area]:
                seed = replace(seed, federation=places[ccg.area].pop(0))
            practices.append(seed)
    return practices


def _populations(
    fit: FitSpec, roster: Roster, commissioners: Sequence[CommissionerSeed], practices: Sequence[PracticeSeed]
) -> dict[str, float]:
    """Number of registered people that each trust and federation serves, by id; ids with none are left out."""
    scaled = [p for p in roster.providers if p.kind in fit.reference_population]
    shares = served_population([(p.kind, p.area) for p in scaled], commissioners, fit)
    served = {p.id: share for p, share in zip(scaled, shares, strict=True) if share is not None}
    patients: dict[str, float] = defaultdict(float)
    for practice in practices:
        if practice.federation is not None:
            patients[practice.federation] += practice.list_size
    return served | patients


def _provider(
    scenario: Scenario,
    given: RosterProvider,
    population: float | None,
    demand: Mapping[str, float],
    streams: Streams,
) -> ProviderSeed:
    """Draw a provider, with functions, turnover and capacity as given, if given."""
    roster = scenario.market.roster
    contracts = roster.contracts if roster is not None and roster.initial_contracts else ()
    seed = draw_provider(
        scenario.market.kinds[given.kind],
        given.kind,
        given.id,
        given.name or given.id,
        given.area,
        given.region,
        streams,
        None if given.turnover_gbp is None else round(100.0 * given.turnover_gbp),
        population=population,
        functions=given_functions(given) or None,
        also={c.function for c in contracts if c.provider == given.id},
        outside_share=given.outside_share,
        demand=demand,
        fit=scenario.market.fit,
    )
    if given.capacity_gbp is None:
        return seed
    capacity = seed.capacity | {f: round(100.0 * v) for f, v in given.capacity_gbp.items()}
    inside = round(sum(capacity.values()) / scenario.market.fit.headroom)
    turnover = seed.turnover if given.turnover_gbp is not None else max(seed.turnover, inside)
    return replace(seed, capacity=capacity, turnover=turnover, outside_turnover=max(0, turnover - inside))


def _overrule(scenario: Scenario, given: RosterProvider, seed: ProviderSeed) -> ProviderSeed:
    """Replace drawn values by those the user gave; an SME flag not given follows from turnover."""
    reach, quality, skill, markup = given.reach, given.quality, given.skill, given.markup
    aversion, social, sme = given.relative_risk_aversion, given.social_value, given.sme
    per_staff = scenario.market.kinds[given.kind].turnover_per_staff_gbp
    outside = seed.outside_turnover
    if given.outside_share is not None:
        outside = round(seed.turnover * given.outside_share)
    return replace(
        seed,
        reach=seed.reach if reach is None else reach,
        unit_cost=seed.unit_cost | {str(f): v for f, v in (given.unit_cost or {}).items()},
        quality=seed.quality if quality is None else quality,
        skill=seed.skill if skill is None else skill,
        outside_turnover=outside,
        reserves=seed.reserves if given.reserves_gbp is None else round(100.0 * given.reserves_gbp),
        fixed_share=seed.fixed_share if given.fixed_share is None else given.fixed_share,
        markup=seed.markup if markup is None else markup,
        relative_risk_aversion=seed.relative_risk_aversion if aversion is None else aversion,
        social_value=seed.social_value if social is None else social,
        sme=is_sme(seed.kind, seed.turnover, per_staff, scenario.market.fit) if sme is None else sme,
        strategy=given.strategy,
        supplier_choice=given.supplier_choice,
    )
