"""Blueprint of a market: the plain data that every way of building a market produces."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CommissionerSeed:
    """Data of a commissioner: population in heads, skill and data quality in [0, 1]."""

    id: str
    name: str
    area: str
    region: str
    population: int
    skill: float
    data_quality: float


@dataclass(frozen=True, slots=True)
class ProviderSeed:
    """Data of a provider. Money in pence, shares and levels in [0, 1], unit costs relative to reference cost.

    Attributes:
        id: stable identifier, the key of the provider's random draws.
        kind: one of :data:`caremarket.market.provider_kinds.PROVIDER_KINDS`.
        reach: ``area``, ``region`` or ``nation``.
        unit_cost: full unit cost by care function; a function that is absent cannot be delivered.
        capacity: capacity by care function, pence a year of reference cost.
        turnover: pence a year.
        outside_turnover: the part of it earned outside the market, pence a year.
        strategy: pricing strategy, or None for the scenario's.
        supplier_choice: rule by which it chooses suppliers as a lead, or None for the scenario's.
        federation_form: form of a GP federation, one with a legal body; None for other kinds.
    """

    id: str
    name: str
    kind: str
    area: str
    region: str
    reach: str
    unit_cost: dict[str, float]
    capacity: dict[str, int]
    quality: float
    skill: float
    turnover: int
    outside_turnover: int
    outside_margin: float
    reserves: int
    fixed_share: float
    markup: float
    relative_risk_aversion: float
    social_value: float
    sme: bool
    can_fail: bool
    limited_liability: bool
    strategy: str | None = None
    supplier_choice: str | None = None
    federation_form: str | None = None


@dataclass(frozen=True, slots=True)
class NetworkSeed:
    """A group of practices without a legal body; ``form`` is one of :mod:`caremarket.market.federation_forms`."""

    id: str
    name: str
    area: str
    region: str
    form: str


@dataclass(frozen=True, slots=True)
class PracticeSeed:
    """A GP practice: registered patients, preference for autonomy in [0, 1], and federation at the start."""

    id: str
    name: str
    commissioner: str
    list_size: int
    autonomy: float
    federation: str | None


@dataclass(frozen=True, slots=True)
class IncumbentSeed:
    """A contract in force at the start of the run; the model draws ``months_left`` if it is None."""

    commissioner: str
    pathway: str
    function: str
    provider: str
    months_left: float | None = None


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Data of a whole market. With ``contracts`` None, the model allocates incumbents by capability and area."""

    commissioners: tuple[CommissionerSeed, ...]
    providers: tuple[ProviderSeed, ...]
    practices: tuple[PracticeSeed, ...]
    contracts: tuple[IncumbentSeed, ...] | None = None
    notes: tuple[str, ...] = field(default=())
    networks: tuple[NetworkSeed, ...] = ()
