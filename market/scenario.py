"""Everything a run depends on besides its seed, typed, range-checked and frozen.

A :class:`Scenario` is plain data. It is built once from configuration (or by hand in Python), is hashed to
name a run's folder, and travels once to every worker. Nothing in it is computed during a run.

Money in configuration is in pounds where a person writes it (``_gbp``) and in integer pence everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from caremarket.market.levers import PolicySpec
from caremarket.market.mechanisms import MechanismSpec
from caremarket.market.parameters import BehaviourSpec
from caremarket.market.pathways import FUNCTIONS, CareFunction
from caremarket.market.provider_kinds import ProviderKindName, ProviderKindSpec, lasting_kinds
from caremarket.market.validation import Level, NonNegative, Positive, Share, Strict

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


class PathwaySpec(Strict):
    """A service line as the national figures describe it.

    ``cost_per_head_gbp`` is the reference cost in pounds per registered person a year over all functions;
    ``cases_per_1000`` the yearly cases per 1,000 registered; ``function_shares`` the share of cost in each
    care function (sums to one); ``coordination_need`` how much outcomes depend on the parts working together;
    ``demand_cv`` the coefficient of variation of a quarter's demand; ``case_cost_cv`` that of a quarter's cost
    a case.
    """

    name: str = Field(min_length=1)
    cost_per_head_gbp: Positive
    cases_per_1000: Positive
    function_shares: dict[CareFunction, Share]
    coordination_need: Share = 0.5
    demand_cv: Annotated[float, Field(ge=0.0, le=1.0)] = 0.06
    case_cost_cv: Annotated[float, Field(ge=0.0, le=1.0)] = 0.05

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        total = sum(self.function_shares.values())
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"function_shares must sum to 1, they sum to {total:g}")
        return self


class SyntheticSpec(Strict):
    """A made-up local health economy: how many of each organisation, and how large the areas are.

    ``further`` are numbers of providers of kinds added to those shipped.
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
        """How many providers of each kind there are, federations left out: they come with their practices."""
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
    """How a market is filled in around the ODS registers.

    ``*_per_100k`` are organisations per 100,000 registered people, ``*_per_million`` per million;
    ``further_per_million`` is for kinds added to those shipped. ``list_size`` is the registered patients of a practice
    for which no list size is given (national average about 7,300).
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
    """How what a kind of provider is like turns into what one of them can do in the area it is in.

    Nobody publishes capacity. What is known is that today's demand is met: so drawn volumes are scaled, area by area
    and function by function, until capacity is ``headroom`` times demand, within limits of what is believable.

    Attributes:
        headroom: capacity over present volume.
        enough: capacity over demand below which the log says so.
        trust_low, trust_high: how far a trust's volume in a function may be scaled down and up.
        other_low, other_high: the same of charities, companies and federations.
        largest_served: most people a trust serves from home, as a multiple of its kind's reference population.
        smallest_population: fewest registered people of a drawn commissioner.
        shared_efficiency: share of the variance of log unit cost that is common to all functions of a provider.
        sideline: chance of delivering a function below which it no longer weighs less in a provider's volume.
        sme_staff, sme_turnover_gbp: the line below which an organisation is small or medium-sized; both must hold.
        reference_demand_gbp: pounds a registered person a year by function for which the kinds' ``outside_share`` was
            set. With fewer pathways more of a turnover is earned outside.
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


class RegisterCCG(Strict):
    """A commissioning group as read from the register."""

    code: str
    name: str
    region: str
    area: str


class RegisterTrust(Strict):
    """A trust as read from the register."""

    code: str
    name: str
    region: str
    area: str
    kind: Literal["acute_trust", "community_trust", "mental_health_trust"]


class RegisterPractice(Strict):
    """A practice as read from the register: its CCG and, where known, its list size."""

    code: str
    name: str
    ccg: str
    list_size: Annotated[int, Field(ge=0)] | None = None


class Registers(Strict):
    """The part of the ODS registers that is in scope, and what was left out with the reason."""

    ccgs: tuple[RegisterCCG, ...]
    trusts: tuple[RegisterTrust, ...]
    practices: tuple[RegisterPractice, ...]
    left_out: tuple[str, ...] = ()


class RosterCommissioner(Strict):
    """A commissioner spelled out by the user. Reserves come from its allocation."""

    id: str = Field(min_length=1)
    name: str | None = None
    area: str = "area-1"
    region: str = "region-1"
    population: Annotated[int, Field(gt=0, le=60_000_000)]
    skill: Share = 0.5
    data_quality: Share = 0.5
    practices: Annotated[int, Field(ge=0, le=500)] = 0


class RosterProvider(Strict):
    """A provider spelled out by the user. What is left out is drawn from the kind's distributions."""

    id: str = Field(min_length=1)
    name: str | None = None
    kind: ProviderKindName
    area: str = "area-1"
    region: str = "region-1"
    reach: Literal["area", "region", "nation"] | None = None
    unit_cost: dict[CareFunction, NonNegative] | None = None
    capacity_gbp: dict[CareFunction, NonNegative] | None = None
    quality: Share | None = None
    skill: Share | None = None
    turnover_gbp: NonNegative | None = None
    outside_share: Share | None = None
    reserves_gbp: NonNegative | None = None
    fixed_share: Share | None = None
    markup: NonNegative | None = None
    relative_risk_aversion: NonNegative | None = None
    social_value: Share | None = None
    sme: bool | None = None
    strategy: str | None = None
    supplier_choice: str | None = None
    practices: Annotated[int, Field(ge=0, le=500)] = 0
    federation_form: str | None = None


class RosterContract(Strict):
    """Who holds which function of which pathway for whom when the run starts.

    ``months_left`` is the time to the end of the contract in months; drawn if left out.
    """

    commissioner: str
    pathway: str
    function: CareFunction
    provider: str
    months_left: NonNegative | None = None


class Roster(Strict):
    """Every organisation and pathway of a case study, spelled out."""

    pathways: tuple[PathwaySpec, ...] = ()
    commissioners: tuple[RosterCommissioner, ...]
    providers: tuple[RosterProvider, ...]
    contracts: tuple[RosterContract, ...] = ()
    initial_contracts: bool = True

    @model_validator(mode="after")
    def _names_resolve(self) -> Self:
        ids = [c.id for c in self.commissioners] + [p.id for p in self.providers]
        double = sorted({i for i in ids if ids.count(i) > 1})
        if double:
            raise ValueError(f"organisation id {double[0]!r} is used twice")
        if not self.commissioners:
            raise ValueError("commissioners: at least one is needed")
        commissioners = {c.id for c in self.commissioners}
        providers = {p.id for p in self.providers}
        for contract in self.contracts:
            if contract.commissioner not in commissioners:
                raise ValueError(f"contracts: no commissioner {contract.commissioner!r}")
            if contract.provider not in providers:
                raise ValueError(f"contracts: no provider {contract.provider!r}")
        return self


class MarketSpec(Strict):
    """Where the organisations come from, and how providers of each kind differ."""

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
        """Add the distributions that kinds bring along, where configuration gives none."""
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
            raise ValueError(f"kinds: {missing[0]} is missing")
        return self


class RecordSpec(Strict):
    """Which tables a run keeps. The summary is always kept."""

    yearly: bool = True
    events: bool = True
    procurements: bool = True
    bids: bool = True
    contracts: bool = True
    subcontracts: bool = True
    organisations: bool = True
    positions_months: Annotated[int, Field(ge=0, le=600)] = 3
    postings: bool = False
    check_ledger: Literal["end", "yearly", "event"] = "yearly"


class Reform(Strict):
    """A change of policy at a date: from ``month`` on, these levers have these values."""

    month: NonNegative
    policy: dict[str, Any] = Field(min_length=1)


class Shock(Strict):
    """Something that befalls the market at a date, whatever anyone decides.

    Attributes:
        month: when it happens.
        kind: ``practice_withdraws`` (practices leave the federation they are in), ``provider_fails`` (providers of a
            kind become insolvent, trusts are rescued), ``funds_lost`` (they lose part of their reserves).
        count: how many, the largest first.
        who: kind of provider, or the id of one; for practices an id, or the id or form of their group; empty for any
            that can be hit.
        share: share of reserves lost by ``funds_lost``.
    """

    month: NonNegative
    kind: Literal["practice_withdraws", "provider_fails", "funds_lost"]
    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    who: str = ""
    share: Share = 1.0


class Scenario(Strict):
    """One market, its rules and its people: with a seed, everything :func:`caremarket.agents.simulate` needs."""

    name: str = Field(default="local", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    horizon_years: Annotated[float, Field(gt=0.0, le=50.0)] = 10.0
    pathways: tuple[PathwaySpec, ...]
    market: MarketSpec
    policy: PolicySpec = PolicySpec()
    calendar: dict[str, Reform] = Field(default_factory=dict)
    shocks: dict[str, Shock] = Field(default_factory=dict)
    mechanisms: MechanismSpec = MechanismSpec()
    behaviour: BehaviourSpec = BehaviourSpec()
    record: RecordSpec = RecordSpec()

    @model_validator(mode="after")
    def _pathways_are_named_once(self) -> Self:
        names = [p.name for p in self.pathways]
        if not names:
            raise ValueError("pathways: at least one is needed")
        if len(set(names)) < len(names):
            raise ValueError("pathways: a name is used twice")
        if self.market.roster is not None:
            for contract in self.market.roster.contracts:
                if contract.pathway not in names:
                    raise ValueError(f"market.roster: contracts name the unknown pathway {contract.pathway!r}")
        return self

    def reforms(self) -> Iterator[tuple[str, float, PolicySpec]]:
        """Name, month and resulting policy of each reform, in order of time.

        Raises:
            pydantic.ValidationError: a reform sets an unknown lever or a value out of range.
        """
        policy = self.policy
        for name, reform in sorted(self.calendar.items(), key=lambda entry: (entry[1].month, entry[0])):
            policy = PolicySpec.model_validate(policy.model_dump() | reform.policy)
            yield name, reform.month, policy
