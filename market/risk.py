"""What risk costs an organisation that cannot shed it: constant absolute risk aversion."""

from __future__ import annotations

from statistics import NormalDist

_STANDARD_NORMAL = NormalDist()


def absolute_risk_aversion(relative: float, wealth: float) -> float:
    """CARA coefficient per pence: relative aversion over wealth, so that it falls with size."""
    return relative / wealth if wealth > 0 else 0.0


def risk_premium(aversion: float, variance: float) -> float:
    """Certainty-equivalent cost in pence of a normal risk with ``variance`` pence squared: ``a/2 * variance``."""
    return 0.5 * aversion * variance


def loss_beyond(mean: float, sd: float, stake: float) -> float:
    """Expected loss in pence beyond ``stake`` of a normal surplus: what limited liability keeps from whoever owns it.

    ``E[max(0, -X - stake)]`` for ``X`` normal with ``mean`` and ``sd``, all in pence.
    """
    edge = mean + stake
    if sd <= 0.0:
        return max(0.0, -edge)
    return sd * _STANDARD_NORMAL.pdf(edge / sd) - edge * _STANDARD_NORMAL.cdf(-edge / sd)


def first_price_bid(cost: float, low: float, high: float, bidders: float) -> float:
    """Equilibrium bid of a risk-neutral bidder in a first-price tender with symmetric private costs.

    Costs are uniform on [low, high]; with ``bidders`` in all (this one counted) the bid is
    ``cost + (high - cost) / bidders``. A cost below ``low`` is bid as by a bidder who believes the same of its
    rivals; one above ``high`` cannot win and is bid at cost.
    """
    if cost >= high:
        return cost
    if cost >= low:
        return cost + (high - cost) / max(bidders, 1.0)
    # Below the support nobody undercuts: bid what the lowest type bids.
    return low + (high - low) / max(bidders, 1.0)
