"""Commissioner's award criteria applied to a move of work between providers (P 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.levers import PolicySpec


def award_points_gained(terms: PolicySpec, loser: Provider, gainer: Provider, quality: float | None = None) -> float:
    """Award points gained when work moves from ``loser`` to ``gainer``, as a share of all points; may be negative.

    Quality and social value count. ``quality`` is the loser's present quality; None for its usual one.
    """
    on_quality, on_social_value = _points(terms, loser, gainer, quality)
    return on_quality + on_social_value


def _points(terms: PolicySpec, loser: Provider, gainer: Provider, quality: float | None) -> tuple[float, float]:
    """Award points gained on quality and on social value; arguments as in :func:`award_points_gained`."""
    on_quality = terms.weight_quality * (gainer.quality - (loser.quality if quality is None else quality))
    return on_quality, terms.weight_social_value * (gainer.social_value - loser.social_value)


def consents(terms: PolicySpec, loser: Provider, gainer: Provider, quality: float | None = None) -> bool:
    """True if the commissioner consents to a move of work: it is no worse off by its own criteria (P 2.6).

    Its payments do not change, so quality and social value decide. Arguments as in :func:`award_points_gained`.
    """
    return award_points_gained(terms, loser, gainer, quality) >= 0.0


def worst_criterion(terms: PolicySpec, loser: Provider, gainer: Provider, quality: float | None = None) -> str:
    """Criterion on which a move of work would lose most points: ``quality`` or ``social_value``."""
    on_quality, on_social_value = _points(terms, loser, gainer, quality)
    return "quality" if on_quality <= on_social_value else "social_value"
