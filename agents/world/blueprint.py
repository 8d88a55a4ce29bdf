"""What a market is made of before it lives: plain data that every way of building a market ends in."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CommissionerSeed:
    """A commissioner to be: population in heads, skill and data quality in [0, 1]."""

    id: str
    name: str
    area: str
    region: str
    population: int
    skill: float
    data_quality: float


@dataclass(frozen=True, slots=True)
class ProviderSeed:
    """A provider to be. Money in pence, shares and levels in [0, 1], unit costs relative to reference cost.

    Attributes:
        id: stable identifier, the key of the provider's random draws.
        kind: one of :data:`caremarket.market.provider_kinds.PROVIDER_KINDS`.
        reach: ``area``, ``region`` or ``nation``.
        unit_cost: care function to full unit cost; a function that is absent cannot be delivered.
        capacity: care function to pence a year of reference cost that can be delivered.
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
    """A GP practice: registered patients, taste for autonomy in [0, 1], and the federation it starts in."""

    id: str
    name: str
    commissioner: str
    list_size: int
    autonomy: float
    federation: str | None


@dataclass(frozen=True, slots=True)
class IncumbentSeed:
    """A contract that is running when the simulation starts; ``months_left`` None means drawn by the model."""

    commissioner: str
    pathway: str
    function: str
    provider: str
    months_left: float | None = None


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A market to be built. ``contracts`` None means: the model allots incumbents by capability and place."""

    commissioners: tuple[CommissionerSeed, ...]
    providers: tuple[ProviderSeed, ...]
    practices: tuple[PracticeSeed, ...]
    contracts: tuple[IncumbentSeed, ...] | None = None
    notes: tuple[str, ...] = field(default=())
    networks: tuple[NetworkSeed, ...] = ()
