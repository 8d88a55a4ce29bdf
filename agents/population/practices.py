"""GP practices, the federations they pool in, and who starts in which.

A practice starts in a federation of its CCG if what pooling is worth to it
(:func:`agents.federation.scale_gain`) outweighs its taste for autonomy (docs/model.md, "Federation and cascade").
That taste is exponential with mean :data:`AUTONOMY_MEAN`, so that at the default gain about four practices in
five are members, as a survey of general practice found (Nuffield Trust and RCGP, "Collaboration in general
practice", 2017: 81%).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, floor, log

from agents.federation import scale_gain
from agents.population.blueprint import PracticeSeed, ProviderSeed
from agents.population.draws import Trait, draw_provider
from market.randomness import Purpose, Streams, entity_key
from market.scenario import FitSpec, ProviderKindSpec

AUTONOMY_MEAN = 0.2
MEMBER_SHARE = 0.8
"""Share of its CCG's patients a practice expects in the federations when it makes up its mind."""
LIST_SIZE_SIGMA = 0.55
"""Log standard deviation of list sizes over practices: half of them lie between 0.7 and 1.45 times the median
(our judgement; the NHS patients CSV gives the real sizes where the user has it)."""


@dataclass(frozen=True, slots=True)
class FederationHome:
    """A federation before its members are known: where it is, and whose practices it draws on."""

    id: str
    name: str
    area: str
    region: str


def split_population(population: int, ids: Sequence[str], streams: Streams) -> list[int]:
    """Split a CCG's population over its practices: log-normal list sizes that add up exactly.

    Args:
        population: registered people.
        ids: the practices, keys of their draws.
        streams: the run's random numbers.
    """
    if not ids:
        return []
    weights = [
        exp(LIST_SIZE_SIGMA * streams.normal(Purpose.POPULATION, entity_key("practice", i), Trait.LIST_SIZE))
        for i in ids
    ]
    total = sum(weights)
    exact = [population * w / total for w in weights]
    sizes = [floor(x) for x in exact]
    largest = sorted(range(len(ids)), key=lambda i: (sizes[i] - exact[i], ids[i]))
    for i in largest[: population - sum(sizes)]:
        sizes[i] += 1
    return sizes


def draw_autonomy(key: int, streams: Streams) -> float:
    """Taste for autonomy of the practice with this key, in [0, 1]: it pools if that is worth more to it."""
    return min(1.0, -AUTONOMY_MEAN * log(streams.uniform(Purpose.POPULATION, key, Trait.AUTONOMY)))


def draw_practice(
    id: str,
    name: str,
    commissioner: str,
    list_size: int,
    federations: Sequence[str],
    patients: int,
    joining_gain: float,
    streams: Streams,
) -> PracticeSeed:
    """Draw a practice; it starts in one of ``federations`` if that is worth more to it than autonomy.

    Args:
        id: stable identifier.
        name: what people call it.
        commissioner: id of its CCG.
        list_size: registered patients.
        federations: ids of the federations it could join; empty means it stays single.
        patients: registered people of all practices these federations draw on.
        joining_gain: ``behaviour.joining_gain``.
        streams: the run's random numbers.
    """
    key = entity_key("practice", id)
    autonomy = draw_autonomy(key, streams)
    federation = None
    pooled = round(MEMBER_SHARE * patients / max(1, len(federations))) - list_size
    if federations and autonomy < scale_gain(list_size, max(0, pooled), joining_gain):
        u = streams.uniform(Purpose.POPULATION, key, Trait.FEDERATION)
        federation = federations[int(u * len(federations))]
    return PracticeSeed(id, name, commissioner, list_size, autonomy, federation)


def draw_federations(
    homes: Sequence[FederationHome],
    practices: Sequence[PracticeSeed],
    spec: ProviderKindSpec,
    demand: Mapping[str, float],
    streams: Streams,
    fit: FitSpec,
) -> tuple[list[ProviderSeed], list[str]]:
    """Draw the federations, each as large as its members' lists; one without members is not formed.

    Returns:
        The federations, and one line if some were not formed.
    """
    patients: dict[str, int] = defaultdict(int)
    for practice in practices:
        if practice.federation is not None:
            patients[practice.federation] += practice.list_size
    formed = [home for home in homes if patients[home.id] > 0]
    notes = []
    if len(formed) < len(homes):
        notes.append(f"{len(homes) - len(formed)} federations not formed: no practice starts in them")
    seeds = [
        draw_provider(
            spec,
            "gp_federation",
            home.id,
            home.name,
            home.area,
            home.region,
            streams,
            population=float(patients[home.id]),
            demand=demand,
            fit=fit,
        )
        for home in formed
    ]
    return seeds, notes
