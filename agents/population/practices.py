"""GP practices, their groups, and membership at the start.

A practice starts in a group of its CCG if the value of pooling in that form
(:func:`caremarket.agents.primary_care.membership.scale_gain`) exceeds the value of the autonomy lost (K). Its taste for
autonomy is exponential with mean ``autonomy_mean``, so that at the default gain about four practices in five are
members, as a survey of general practice found (Nuffield Trust and RCGP, "Collaboration in general practice", 2017:
81%).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, floor, log

from caremarket.agents.population.draws import Trait, draw_provider
from caremarket.agents.primary_care.membership import scale_gain
from caremarket.agents.world.blueprint import NetworkSeed, PracticeSeed, ProviderSeed
from caremarket.market.errors import ConfigurationError
from caremarket.market.federation_forms import FEDERATION_FORMS
from caremarket.market.market_spec import FitSpec
from caremarket.market.parameters import BehaviourSpec
from caremarket.market.parameters.primary_care import PrimaryCareParameters
from caremarket.market.provider_kinds import ProviderKindSpec
from caremarket.market.randomness import Purpose, Streams, entity_key


@dataclass(frozen=True, slots=True)
class FederationHome:
    """A group before its members are known: its form, its region, and the area from which members come."""

    id: str
    name: str
    area: str
    region: str
    form: str


def draw_form(id: str, mix: Mapping[str, float], streams: Streams) -> str:
    """Form of the group with this id, drawn by the weights of the forms, independently of other groups.

    Raises:
        ConfigurationError: if a form is unknown or all weights are zero.
    """
    for name in mix:
        if name not in FEDERATION_FORMS:
            raise ConfigurationError(
                "market.federation_forms", f"{name!r} is unknown; allowed: {', '.join(sorted(FEDERATION_FORMS))}"
            )
    total = sum(mix.values())
    if total <= 0.0:
        raise ConfigurationError("market.federation_forms", "one form must have a weight above 0")
    u = streams.uniform(Purpose.POPULATION, entity_key("gp_federation", id), Trait.FORM) * total
    for name in sorted(mix):
        u -= mix[name]
        if u < 0.0:
            return name
    return max(name for name in mix if mix[name] > 0.0)


def split_population(population: int, ids: Sequence[str], sigma: float, streams: Streams) -> list[int]:
    """Split a CCG's population over its practices: log-normal list sizes that add up exactly.

    Args:
        population: number of registered people.
        ids: ids of the practices, the keys of their draws.
        sigma: ``list_size_sigma``; with the NHS patients file the real sizes are used instead.
        streams: the run's random numbers.
    """
    if not ids:
        return []
    weights = [exp(sigma * streams.normal(Purpose.POPULATION, entity_key("practice", i), Trait.LIST_SIZE)) for i in ids]
    total = sum(weights)
    exact = [population * w / total for w in weights]
    sizes = [floor(x) for x in exact]
    largest = sorted(range(len(ids)), key=lambda i: (sizes[i] - exact[i], ids[i]))
    for i in largest[: population - sum(sizes)]:
        sizes[i] += 1
    return sizes


def draw_autonomy(key: int, care: PrimaryCareParameters, streams: Streams) -> float:
    """Taste for autonomy of the practice with this key, in [0, 1]; it pools if the gain is greater."""
    return min(1.0, -care.autonomy_mean * log(streams.uniform(Purpose.POPULATION, key, Trait.AUTONOMY)))


def draw_practice(
    id: str,
    name: str,
    commissioner: str,
    list_size: int,
    federations: Sequence[FederationHome],
    patients: int,
    behaviour: BehaviourSpec,
    streams: Streams,
) -> PracticeSeed:
    """Draw a practice; it starts in one of the ``federations`` for which pooling outweighs autonomy.

    Args:
        id: stable identifier.
        name: display name.
        commissioner: id of its CCG.
        list_size: registered patients.
        federations: groups it could join; if empty, it stays single.
        patients: number of registered people of all practices that could join these groups.
        behaviour: ``joining_gain`` and ``primary_care`` are used.
        streams: the run's random numbers.
    """
    key = entity_key("practice", id)
    care = behaviour.primary_care
    autonomy = draw_autonomy(key, care, streams)
    pooled = max(0, round(care.expected_member_share * patients / max(1, len(federations))) - list_size)
    gain = scale_gain(list_size, pooled, behaviour.joining_gain)
    open_to = []
    for home in federations:
        form = FEDERATION_FORMS[home.form]
        if autonomy * form.autonomy_loss < form.scale * gain:
            open_to.append(home.id)
    federation = None
    if open_to:
        u = streams.uniform(Purpose.POPULATION, key, Trait.FEDERATION)
        federation = open_to[int(u * len(open_to))]
    return PracticeSeed(id, name, commissioner, list_size, autonomy, federation)


def draw_federations(
    homes: Sequence[FederationHome],
    practices: Sequence[PracticeSeed],
    spec: ProviderKindSpec,
    demand: Mapping[str, float],
    streams: Streams,
    fit: FitSpec,
) -> tuple[list[ProviderSeed], list[NetworkSeed], list[str]]:
    """Draw the groups, each sized by its members' lists; a group without members is not formed.

    Returns:
        Groups with a legal body, groups without one, and one message if some were not formed.
    """
    patients: dict[str, int] = defaultdict(int)
    for practice in practices:
        if practice.federation is not None:
            patients[practice.federation] += practice.list_size
    formed = [home for home in homes if patients[home.id] > 0]
    notes = []
    if len(formed) < len(homes):
        notes.append(f"{len(homes) - len(formed)} federations not formed: no practice starts in them")
    networks = [
        NetworkSeed(home.id, home.name, home.area, home.region, home.form)
        for home in formed
        if not FEDERATION_FORMS[home.form].vehicle
    ]
    seeds = [
        replace(
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
            ),
            federation_form=home.form,
        )
        for home in formed
        if FEDERATION_FORMS[home.form].vehicle
    ]
    return seeds, networks, notes
