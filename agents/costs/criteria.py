"""Whether a commissioner is as well off when somebody else does the work that one provider was to do (P 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.levers import PolicySpec


def award_points_gained(terms: PolicySpec, loser: Provider, gainer: Provider, quality: float | None = None) -> float:
    """Points for quality and social value, share of all points, that work gains by going from one provider to another.

    ``quality`` is what the loser's has sunk to.
    """
    gain = terms.weight_quality * (gainer.quality - (loser.quality if quality is None else quality))
    return gain + terms.weight_social_value * (gainer.social_value - loser.social_value)


def consents(terms: PolicySpec, loser: Provider, gainer: Provider, quality: float | None = None) -> bool:
    """Does the commissioner agree that work moves down the chain: is it no worse off, by its own criteria (P 2.6)?

    What it pays does not change, so quality and social value decide. ``quality`` is what the loser's has sunk to.
    """
    return award_points_gained(terms, loser, gainer, quality) >= 0.0


def worst_criterion(terms: PolicySpec, loser: Provider, gainer: Provider, quality: float | None = None) -> str:
    """On which of the two criteria of :func:`consents` a move of work would lose most."""
    gain = terms.weight_quality * (gainer.quality - (loser.quality if quality is None else quality))
    social = terms.weight_social_value * (gainer.social_value - loser.social_value)
    return "quality" if gain <= social else "social_value"
