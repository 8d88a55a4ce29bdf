"""The ``market`` section: source and number of organisations, and scaling of their capacity."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from caremarket.market.pathways import FUNCTIONS, CareFunction
from caremarket.market.provider_kinds import ProviderKindName, ProviderKindSpec, lasting_kinds
from caremarket.market.register_entries import Registers
from caremarket.market.roster import Roster
from caremarket.market.validation import Level, Positive, Share, Strict

REFERENCE_DEMAND_GBP: Mapping[CareFunction, float] = MappingProxyType(
    {
        "acute": 143.5,
        "community": 95.5,
        "mental_health": 55.9,
        "primary": 41.9,
        "diagnostics": 35.7,
        "social": 27.1,
        "voluntary": 19.5,
    }
)
"""Default of ``market.fit.reference_demand_gbp``: the ten pathways of ``configs/pathway/nhs_ten.yaml``."""


def reference_populations() -> dict[str, int]:
    """Default of ``market.fit.reference_population``, by kind.

    England 2013/14: 53.9 million for about 155 acute trusts; a federation of 25 practices of 7,300.
    """
    return {k.name: k.reference_population for k in lasting_kinds() if k.reference_population is not None}


class SyntheticSpec(Strict):
    """A synthetic local health economy: the number of organisations of each kind, and the size of areas.

    ``further`` gives the number of providers of each kind that an extension adds.
    """

    areas: Annotated[int, Field(ge=1, le=200)] = 2
    regions: Annotated[int, Field(ge=1, le=50)] = 1
    ccgs: Annotated[int, Field(ge=1, le=1000)] = 6
    population_per_ccg: Annotated[int, Field(ge=1000, le=5_000_000)] = 226_000
    population_sigma: Annotated[float, Field(ge=0.0, le=1.5)] = 0.35
    practices_per_ccg: Annotated[int, Field(ge=1, le=500)] = 30
    acute_trusts: Annotated[int, Field(ge=0, le=1000)] = 4
    community_trusts: Annotated[int, Field(ge=0, le=1000)] = 2
    mental_health_trusts: Annotated[int, Field(ge=0, le=1000)] = 2
    federations: Annotated[int, Field(ge=0, le=2000)] = 6
    third_sector: Annotated[int, Field(ge=0, le=20_000)] = 30
    independents: Annotated[int, Field(ge=0, le=10_000)] = 10
    primes: Annotated[int, Field(ge=0, le=1000)] = 4
    further: dict[ProviderKindName, Annotated[int, Field(ge=0, le=20_000)]] = Field(default_factory=dict)

    def numbers(self) -> dict[str, int]:
        """Number of providers of each kind, except federations, which are created with their practices."""
        return {
            "acute_trust": self.acute_trusts,
            "community_trust": self.community_trusts,
            "mental_health_trust": self.mental_health_trusts,
            "third_sector": self.third_sector,
            "independent": self.independents,
            "prime": self.primes,
            **self.further,
        }


class RegisterSpec(Strict):
    """Providers generated in addition to those of the ODS registers.

    ``*_per_100k`` are organisations per 100,000 registered people, ``*_per_million`` per million;
    ``further_per_million`` is for kinds added by extensions. ``list_size`` is the number of registered patients
    assumed for a practice without a given list size (national average about 7,300).
    """

    as_of: str = Field(default="2015-11-27", pattern=r"^\d{4}-\d{2}-\d{2}$")
    list_size: Annotated[int, Field(ge=1, le=200_000)] = 7_300
    third_sector_per_100k: Annotated[float, Field(ge=0.0, le=50.0)] = 2.2
    independents_per_100k: Annotated[float, Field(ge=0.0, le=50.0)] = 0.7
    primes_per_million: Annotated[float, Field(ge=0.0, le=50.0)] = 0.6
    practices_per_federation: Annotated[int, Field(ge=2, le=500)] = 25
    further_per_million: dict[ProviderKindName, Annotated[float, Field(ge=0.0, le=500.0)]] = Field(default_factory=dict)

    def densities(self) -> dict[str, float]:
        """Providers of each generated kind for one registered person."""
        return {
            "third_sector": self.third_sector_per_100k / 1e5,
            "independent": self.independents_per_100k / 1e5,
            "prime": self.primes_per_million / 1e6,
            **{kind: density / 1e6 for kind, density in self.further_per_million.items()},
        }


class FitSpec(Strict):
    """Scaling of drawn providers to the demand of their area.

    Capacity is not published, but present demand is known to be met. Drawn volumes are therefore scaled by area and
    function until capacity is ``headroom`` times demand, within plausible limits.

    Attributes:
        headroom: capacity over present volume.
        enough: ratio of capacity to demand below which a warning is logged.
        trust_low, trust_high: lowest and highest factor by which a trust's volume in a function may be scaled.
        other_low, other_high: the same for charities, companies and federations.
        largest_served: maximum number of people that a trust serves from home, as a multiple of its kind's reference
            population.
        smallest_population: minimum number of registered people of a drawn commissioner.
        shared_efficiency: share of the variance of log unit cost that is common to all functions of a provider.
        sideline: probability of delivering a function below which its weight in a provider's volume falls no further.
        sme_staff, sme_turnover_gbp: limits below which an organisation is small or medium-sized; both must hold.
        reference_demand_gbp: pounds a registered person a year by function for which the kinds' ``outside_share`` was
            set. With fewer pathways, a larger share of turnover is earned outside.
        reference_population: registered people served by a provider of the kind's median turnover. Kinds that are
            absent do not scale with population.
    """

    headroom: Annotated[float, Field(ge=1.0, le=10.0)] = 2.0
    enough: Annotated[float, Field(ge=0.0, le=10.0)] = 1.3
    trust_low: Annotated[float, Field(gt=0.0, le=1.0)] = 0.02
    trust_high: Annotated[float, Field(ge=1.0, le=1000.0)] = 20.0
    other_low: Annotated[float, Field(gt=0.0, le=1.0)] = 0.3
    other_high: Annotated[float, Field(ge=1.0, le=1000.0)] = 3.0
    largest_served: Positive = 2.5
    smallest_population: Annotated[int, Field(ge=1)] = 1_000
    shared_efficiency: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    sideline: Annotated[float, Field(gt=0.0, le=1.0)] = 0.05
    sme_staff: Annotated[int, Field(ge=1)] = 250
    sme_turnover_gbp: Positive = 44_000_000.0
    reference_demand_gbp: dict[CareFunction, Positive] = Field(default_factory=lambda: dict(REFERENCE_DEMAND_GBP))
    reference_population: dict[ProviderKindName, Annotated[int, Field(gt=0)]] = Field(
        default_factory=reference_populations
    )

    @model_validator(mode="after")
    def _every_function_has_a_demand(self) -> Self:
        missing = [f for f in FUNCTIONS if f not in self.reference_demand_gbp]
        if missing:
            raise ValueError(f"reference_demand_gbp: {missing[0]} is missing")
        return self


class MarketSpec(Strict):
    """Source of the organisations, and distributions of the providers of each kind."""

    source: Literal["synthetic", "ods", "roster"] = "synthetic"
    synthetic: SyntheticSpec = SyntheticSpec()
    register_fill: RegisterSpec = RegisterSpec()
    registers: Registers | None = None
    roster: Roster | None = None
    kinds: dict[ProviderKindName, ProviderKindSpec]
    fit: FitSpec = FitSpec()
    commissioner_skill: Level = Level(mean=0.5, sd=0.15)
    commissioner_data_quality: Level = Level(mean=0.5, sd=0.15)
    initial_trust: Level = Level(mean=0.5, sd=0.1)
    federation_forms: dict[str, Share] = Field(
        default_factory=lambda: {
            "limited_company": 0.75,
            "community_interest_company": 0.1,
            "network_of_networks": 0.05,
            "loose_network": 0.05,
            "locality_group": 0.05,
        }
    )

    @field_validator("kinds")
    @classmethod
    def _with_defaults(cls, given: dict[str, ProviderKindSpec]) -> dict[str, ProviderKindSpec]:
        """Add the default distributions of kinds for which configuration gives none."""
        own = {k.name: k.distributions for k in lasting_kinds() if k.distributions is not None}
        return {**given, **{name: spec for name, spec in own.items() if name not in given}}

    @model_validator(mode="after")
    def _source_is_given(self) -> Self:
        if self.source == "ods" and self.registers is None:
            raise ValueError("source=ods needs registers")
        if self.source == "roster" and self.roster is None:
            raise ValueError("source=roster needs a roster")
        missing = [k.name for k in lasting_kinds() if k.name not in self.kinds]
        if missing:
            name = missing[0]
            raise ValueError(
                f"kinds: {name} is missing; give `distributions` in its PROVIDER_KIND, or market.kinds.{name}"
            )
        return self
