"""The rule by which a lead chooses among possible suppliers, and what it knows of each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

type Rank = tuple[float, ...]
"""Criteria in order of importance. The lowest rank comes first; of equal ones, the provider that came first."""


class SupplierView(NamedTuple):
    """A possible supplier as a lead sees it.

    Attributes:
        trust: between the two, in [0, 1].
        experience: what the lead remembers of it, in [-1, 1]; 0 for none.
        quality: quality of care, in [0, 1].
        unit_cost: full cost of the work in question over its reference cost; of several functions, the mean.
        social_value: what it scores for social value, in [0, 1].
        at_home: whether it has sites where the commissioner's patients are.
        public: whether it is an NHS trust.
        sme: whether it is a small or medium-sized enterprise.
        spare: free capacity for the work in question, pence of reference cost a year.
    """

    trust: float
    experience: float
    quality: float
    unit_cost: float
    social_value: float
    at_home: bool
    public: bool
    sme: bool
    spare: int


class Weights(NamedTuple):
    """Weights that configuration gives to some criteria, on the scale of trust.

    Attributes:
        social_value: weight of social value in the award (``policy.weight_social_value``).
        away: what a provider that is not at home loses (``behaviour.procurement.place_penalty``).
        experience: weight of experience (``behaviour.learning.partner_weight``).
    """

    social_value: float
    away: float
    experience: float


def best_value(other: SupplierView, cost: float, worth: float) -> Rank:
    """Cost less what the points that the supplier earns are worth to the bid."""
    return (cost - worth,)


def most_trusted(other: SupplierView, weights: Weights) -> Rank:
    """Trust and quality."""
    return (-(other.trust + other.quality),)


def least_cost(other: SupplierView, weights: Weights) -> Rank:
    """Unit cost."""
    return (other.unit_cost,)


def most_room(other: SupplierView, weights: Weights) -> Rank:
    """Free capacity."""
    return (-other.spare,)


def public_first(other: SupplierView, weights: Weights) -> Rank:
    """An NHS trust, which cannot refuse to keep a service open, then whoever lacks least capacity."""
    return (not other.public, -other.spare)


@dataclass(frozen=True, slots=True)
class SupplierChoice:
    """A pluggable rule: one function for each occasion on which a lead chooses; all but ``asks`` have a default.

    Attributes:
        name: name in configuration.
        source: where the rule comes from.
        asks: in which order possible suppliers are asked for an offer, and conveners of alliances propose members.
        takes: in which order offers are taken, given a yearly cost in pence and what the supplier's points are worth.
        partners: whom to bid with, of those who add equally much to capacity.
        small: in which order small providers are asked where a lead lacks the share promised to them.
        replaces: who replaces a supplier that is gone, of those with room.
        hires: who replaces it where nobody has room and whoever is chosen must hire.
    """

    name: str
    source: str
    asks: Callable[[SupplierView, Weights], Rank]
    takes: Callable[[SupplierView, float, float], Rank] = best_value
    partners: Callable[[SupplierView, Weights], Rank] = most_trusted
    small: Callable[[SupplierView, Weights], Rank] = most_room
    replaces: Callable[[SupplierView, Weights], Rank] = least_cost
    hires: Callable[[SupplierView, Weights], Rank] = public_first
