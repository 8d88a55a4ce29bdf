"""A roster: every organisation, pathway and contract of a case study, listed by the user."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from caremarket.market.pathway_spec import PathwaySpec
from caremarket.market.pathways import CareFunction
from caremarket.market.provider_kinds import ProviderKindName
from caremarket.market.validation import NonNegative, Share, Strict


class RosterCommissioner(Strict):
    """A commissioner listed by the user. Reserves come from its allocation."""

    id: str = Field(min_length=1)
    name: str | None = None
    area: str = "area-1"
    region: str = "region-1"
    population: Annotated[int, Field(gt=0, le=60_000_000)]
    skill: Share = 0.5
    data_quality: Share = 0.5
    practices: Annotated[int, Field(ge=0, le=500)] = 0


class RosterProvider(Strict):
    """A provider listed by the user. Missing values are drawn from the kind's distributions."""

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
    """The holder of one function of one pathway for one commissioner when the run starts.

    ``months_left`` is the time to the end of the contract in months; drawn if left out.
    """

    commissioner: str
    pathway: str
    function: CareFunction
    provider: str
    months_left: NonNegative | None = None


class Roster(Strict):
    """Every organisation and pathway of a case study."""

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
