"""Cost of risk to an organisation that cannot pass it on: constant absolute risk aversion."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist

_STANDARD_NORMAL = NormalDist()


def absolute_risk_aversion(relative: float, wealth: float) -> float:
    """CARA coefficient per pence: relative aversion over wealth, so that it falls with size."""
    return relative / wealth if wealth > 0 else 0.0


def risk_premium(aversion: float, variance: float) -> float:
    """Certainty-equivalent cost in pence of a normal risk with ``variance`` pence squared: ``a/2 * variance``."""
    return 0.5 * aversion * variance


def bearable_shares(work: Mapping[int, float], best: Mapping[int, float]) -> dict[int, float] | None:
    """Shares of a common gain or loss: in proportion to work, but at most the share that is best for each party.

    The other parties bear the remainder, again in proportion to work. Of an expected gain ``g`` with variance ``V`` the
    share that is best for a party with aversion ``a`` is ``g / (a V)``: there ``w g - a/2 w^2 V`` is largest.

    Args:
        work: each party's share of the work; shares add up to 1.
        best: the share that is best for each party.

    Returns:
        Shares that add up to 1; None if the best shares of all parties add up to less than 1.
    """
    shares: dict[int, float] = {}
    free = dict(work)
    left = 1.0
    while free:
        whole = sum(free.values())
        full = [i for i, part in free.items() if best[i] <= left * part / whole]
        if not full:
            return shares | {i: left * part / whole for i, part in free.items()}
        for i in full:
            shares[i] = best[i]
            del free[i]
        left = 1.0 - sum(shares.values())
    return None


def loss_beyond(mean: float, sd: float, stake: float) -> float:
    """Expected loss in pence beyond ``stake`` of a normal surplus: the loss that limited liability spares the owner.

    ``E[max(0, -X - stake)]`` for ``X`` normal with ``mean`` and ``sd``, all in pence.
    """
    edge = mean + stake
    if sd <= 0.0:
        return max(0.0, -edge)
    return sd * _STANDARD_NORMAL.pdf(edge / sd) - edge * _STANDARD_NORMAL.cdf(-edge / sd)


def first_price_bid(cost: float, low: float, high: float, bidders: float) -> float:
    """Equilibrium bid of a risk-neutral bidder in a first-price tender with symmetric private costs.

    Costs are uniform on [low, high]; with ``bidders`` in all (this one counted) the bid is
    ``cost + (high - cost) / bidders``. A bidder with a cost below ``low`` believes the
    same of its rivals; one with a cost above ``high`` cannot win and bids its cost.
    """
    if cost >= high:
        return cost
    if cost >= low:
        return cost + (high - cost) / max(bidders, 1.0)
    # No rival bids lower than the bidder with the lowest cost in the support: bid the same as that bidder.
    return low + (high - low) / max(bidders, 1.0)
