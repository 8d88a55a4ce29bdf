"""Interface of a rule by which a lead chooses among possible suppliers, and its information on each of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from caremarket.market.validation import check_record

type Rank = tuple[float, ...]
"""Criteria in order of importance. The lowest rank comes first; ties keep the order in which providers were given."""


class SupplierView(ABC):
    """A possible supplier as a lead sees it. A search shows one after the other in the same view: keep no reference.

    Attributes:
        trust: trust between lead and supplier, in [0, 1].
        experience: the lead's experience with it, in [-1, 1]; 0 for none.
        quality: quality of care, in [0, 1].
        social_value: its score for social value, in [0, 1].
        at_home: True if it has sites where the commissioner's patients are.
        public: True if it is an NHS trust.
        sme: True if it is a small or medium-sized enterprise.
    """

    __slots__ = ("at_home", "experience", "public", "quality", "sme", "social_value", "trust")

    trust: float
    experience: float
    quality: float
    social_value: float
    at_home: bool
    public: bool
    sme: bool

    @property
    @abstractmethod
    def unit_cost(self) -> float:
        """Full cost of the work divided by its reference cost; the mean over several functions."""

    @property
    @abstractmethod
    def spare(self) -> int:
        """Free capacity for the work, in pence of reference cost a year."""


class Weights(NamedTuple):
    """Weights of some criteria, set in the configuration, on the scale of trust.

    Attributes:
        social_value: weight of social value in the award (``policy.weight_social_value``).
        away: penalty for a provider that is not at home (``behaviour.procurement.place_penalty``).
        experience: weight of experience (``behaviour.learning.partner_weight``).
    """

    social_value: float
    away: float
    experience: float


def best_value(other: SupplierView, cost: float, worth: float) -> Rank:
    """Rank by cost less the value to the bid of the supplier's points."""
    return (cost - worth,)


def most_trusted(other: SupplierView, weights: Weights) -> Rank:
    """Rank by trust plus quality, highest first."""
    return (-(other.trust + other.quality),)


def least_cost(other: SupplierView, weights: Weights) -> Rank:
    """Rank by unit cost, lowest first."""
    return (other.unit_cost,)


def most_room(other: SupplierView, weights: Weights) -> Rank:
    """Rank by free capacity, highest first."""
    return (-other.spare,)


def public_first(other: SupplierView, weights: Weights) -> Rank:
    """Rank NHS trusts first, as they cannot refuse to keep a service open; then by free capacity, highest first."""
    return (not other.public, -other.spare)


@dataclass(frozen=True, slots=True)
class SupplierChoice:
    """A pluggable rule: one function for each occasion on which a lead chooses; all but ``asks`` have a default.

    Attributes:
        name: name in configuration.
        source: reference for the rule.
        asks: order in which suppliers are asked for an offer, and in which conveners of alliances propose members.
        takes: order in which offers are accepted, given a yearly cost in pence and the value of the supplier's points.
        partners: order of bidding partners that add the same capacity.
        small: order in which small providers are asked if the lead lacks the share promised to them.
        replaces: order of replacements for a supplier that left, among those with free capacity.
        hires: order of replacements if none has free capacity and the one chosen must hire.

    Raises:
        ValueError: a field is of the wrong type.
    """

    name: str
    source: str
    asks: Callable[[SupplierView, Weights], Rank]
    takes: Callable[[SupplierView, float, float], Rank] = best_value
    partners: Callable[[SupplierView, Weights], Rank] = most_trusted
    small: Callable[[SupplierView, Weights], Rank] = most_room
    replaces: Callable[[SupplierView, Weights], Rank] = least_cost
    hires: Callable[[SupplierView, Weights], Rank] = public_first

    def __post_init__(self) -> None:
        check_record(SupplierChoice, self)
