"""Basis of a bid: cost, margin and risk premium, and beliefs about rivals, budget and the chance to win."""

from __future__ import annotations

from caremarket.experiments.report.story.facts import Row
from caremarket.experiments.report.story.wording import listed, money, number, sentence


def basis_of(bid: Row) -> str:
    """Basis of a bid, a row of the ``bids`` table, in two sentences."""
    return f"{sentence(_priced(bid))} {sentence(_believed(bid))}"


def _priced(bid: Row) -> str:
    said = f"it took the work to cost {money(bid['cost_estimate'])} a year"
    margin = round(100.0 * bid["markup"])
    risk = [f"{money(bid['risk_premium'])} for the risk"] if bid["risk_premium"] > 0 else []
    if margin < 0:
        return f"{said}, asked {-margin}% less" + (f", and added {risk[0]}" if risk else "")
    added = ([f"{margin}%"] if margin else []) + risk
    return f"{said}, and added {listed(added) or 'nothing'}"


def _believed(bid: Row) -> str:
    chance = bid["believed_chance"]
    likely = "less than 1%" if chance < 0.005 else f"{chance:.0%}"
    return (
        f"it expected {_rival_bids(bid['believed_rivals'])}, thought that the buyer could pay "
        f"{money(bid['believed_affordable'])} a year, and put its chance to win at {likely}"
    )


def _rival_bids(expected: float) -> str:
    """Expected number of rival bids, to one decimal place."""
    rounded = round(expected, 1)
    if rounded == 0.0:
        return "no rival bid"
    counted = number(int(rounded)) if rounded.is_integer() else f"{rounded:.1f}"
    return f"{counted} rival bid{'' if rounded == 1.0 else 's'}"
