"""Market of all of England, or any part of it, from the ODS registers.

CCGs, trusts and practices come from the registers, with their codes as ids. Missing data are filled in: list sizes at
the national average unless given, federations of neighbouring practices, and third-sector, independent and prime
providers at a density per head of population.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from caremarket.agents.population.capacity import fit_capacity, served_population
from caremarket.agents.population.draws import Trait, demand_per_head, draw_commissioner, draw_provider
from caremarket.agents.population.practices import FederationHome, draw_federations, draw_form, draw_practice
from caremarket.agents.world.blueprint import Blueprint, CommissionerSeed, PracticeSeed, ProviderSeed
from caremarket.market.errors import ConfigurationError
from caremarket.market.market_spec import RegisterSpec
from caremarket.market.provider_kinds import lasting_kinds
from caremarket.market.randomness import Purpose, Streams, entity_key
from caremarket.market.register_entries import Registers
from caremarket.market.scenario import Scenario


def from_registers(scenario: Scenario, streams: Streams) -> Blueprint:
    """Build the blueprint of a market on the registers' organisations.

    Args:
        scenario: uses ``market.registers``, ``market.register_fill``, ``market.kinds`` and ``pathways``.
        streams: the run's random numbers.

    Raises:
        ConfigurationError: if the registers hold no CCG with patients.
    """
    market, fill = scenario.market, scenario.market.register_fill
    registers = market.registers
    if registers is None:
        raise ConfigurationError("market.registers", "are needed for market.source=ods; set market.ods_dir")
    demand = demand_per_head(scenario.pathways)
    commissioners, notes = _commissioners(scenario, registers, streams)
    practices, homes = _practices(scenario, registers, commissioners, streams)
    federations, networks, unformed = draw_federations(
        homes, practices, market.kinds["gp_federation"], demand, streams, market.fit
    )
    served = served_population([(t.kind, t.area) for t in registers.trusts], commissioners, market.fit)
    providers: list[ProviderSeed] = [
        draw_provider(
            market.kinds[t.kind],
            t.kind,
            t.code,
            t.name,
            t.area,
            t.region,
            streams,
            population=population,
            demand=demand,
            fit=market.fit,
        )
        for t, population in zip(registers.trusts, served, strict=True)
    ]
    providers += federations
    providers += _generated(scenario, fill, commissioners, demand, streams)
    fitted, short = fit_capacity(providers, commissioners, scenario.pathways, market.kinds, market.fit)
    return Blueprint(
        commissioners=commissioners,
        providers=tuple(fitted),
        practices=tuple(practices),
        notes=(*registers.left_out, *notes, *unformed, *short),
        networks=tuple(networks),
    )


def _commissioners(
    scenario: Scenario, registers: Registers, streams: Streams
) -> tuple[tuple[CommissionerSeed, ...], list[str]]:
    """CCGs, each with a population equal to the sum of its practices' lists; CCGs without patients are left out."""
    people: dict[str, int] = defaultdict(int)
    for practice in registers.practices:
        people[practice.ccg] += _list_size(practice.list_size, scenario.market.register_fill)
    empty = [c.code for c in registers.ccgs if people[c.code] == 0]
    if len(empty) == len(registers.ccgs):
        raise ConfigurationError("market.registers", "no CCG has a practice with patients")
    notes = [f"{len(empty)} CCGs left out: no patients ({', '.join(empty[:8])})"] if empty else []
    seeds = tuple(
        draw_commissioner(scenario.market, c.code, c.name, c.area, c.region, people[c.code], streams)
        for c in registers.ccgs
        if people[c.code] > 0
    )
    return seeds, notes


def _list_size(known: int | None, fill: RegisterSpec) -> int:
    return fill.list_size if known is None else known


def _practices(
    scenario: Scenario,
    registers: Registers,
    commissioners: Sequence[CommissionerSeed],
    streams: Streams,
) -> tuple[list[PracticeSeed], list[FederationHome]]:
    """Practices, and one federation for every ``practices_per_federation`` of them in a CCG, at least one."""
    fill = scenario.market.register_fill
    count: dict[str, int] = defaultdict(int)
    for practice in registers.practices:
        count[practice.ccg] += 1
    homes: dict[str, list[FederationHome]] = {}
    for ccg in commissioners:
        number = max(1, round(count[ccg.id] / fill.practices_per_federation))
        homes[ccg.id] = [
            FederationHome(
                id := f"{ccg.id}-F{n + 1:02d}",
                f"GP federation {n + 1} of {ccg.name}",
                ccg.area,
                ccg.region,
                draw_form(id, scenario.market.federation_forms, streams),
            )
            for n in range(number)
        ]
    people = {ccg.id: ccg.population for ccg in commissioners}
    practices = [
        draw_practice(
            p.code,
            p.name,
            p.ccg,
            _list_size(p.list_size, fill),
            homes[p.ccg],
            people[p.ccg],
            scenario.behaviour,
            streams,
        )
        for p in registers.practices
        if p.ccg in homes
    ]
    return practices, [home for group in homes.values() for home in group]


def _generated(
    scenario: Scenario,
    fill: RegisterSpec,
    commissioners: Sequence[CommissionerSeed],
    demand: Mapping[str, float],
    streams: Streams,
) -> list[ProviderSeed]:
    """Generated providers that no register lists (third sector, independent, primes), by area and density per head."""
    people: dict[tuple[str, str], int] = defaultdict(int)
    for ccg in commissioners:
        people[ccg.area, ccg.region] += ccg.population
    densities = fill.densities()
    return [
        draw_provider(
            scenario.market.kinds[kind.name],
            kind.name,
            *kind.filled_in(area, n + 1),
            area,
            region,
            streams,
            demand=demand,
            fit=scenario.market.fit,
        )
        for kind in lasting_kinds()
        if kind.name in densities
        for (area, region), number in people.items()
        for n in range(_count(kind.name, area, densities[kind.name] * number, streams))
    ]


def _count(kind: str, area: str, expected: float, streams: Streams) -> int:
    """``expected`` rounded up or down at random, so that small areas are right on average."""
    return int(expected + streams.uniform(Purpose.POPULATION, entity_key(kind, area), Trait.COUNT))
