"""Figures about prices: that they respond to competition, and that bidders' beliefs are calibrated."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from caremarket.experiments.evidence.market.arms import DEFAULT, DOUBLED
from caremarket.experiments.evidence.market.estimates import exponential, mean, over_seeds, paired, slope
from caremarket.experiments.evidence.market.figure import RATIO, SHARE, Figure, Found
from caremarket.experiments.evidence.market.runs import BURN_IN_MONTHS, Runs

if TYPE_CHECKING:
    import pandas as pd

ONUR = "Onur and Tas 2019"
FEWEST_TENDERS = 2_000
FEWEST_BIDS = 100
"""Fewest bids by which a tenth of believed chances is judged: the standard error of a share is then five points."""
MOST_BIDS = 5
"""Bids are counted up to this number in the regressions: five or more are one group."""
EFFECTS = "C(functions) + C(pathways)"
WINNERS = """
select replicate, functions, pathways, bids, least(bids, ?) as counted, price / budget as to_budget,
    price / reference_cost as to_reference, ln(price / reference_cost) as log_to_reference,
    ln(budget / reference_cost) as log_budget
from tenders where arm = ? and outcome = 'awarded' and bids > 0 and price > 0 and budget > 0 and reference_cost > 0
"""


def winners(runs: Runs) -> pd.DataFrame:
    """Awarded tenders of the default arm."""
    return runs.frame(WINNERS, MOST_BIDS, DEFAULT)


def _slope(outcome: str, control: str, runs: Runs) -> Found:
    return slope(winners(runs), f"{outcome} ~ counted + {EFFECTS}{control}", "counted")


def single_bid_premium(runs: Runs) -> Found:
    """Price over reference cost with a single bid, relative to that with three bids and more."""
    found = winners(runs)
    found = found[found.bids != 2].assign(alone=lambda frame: (frame.bids == 1).astype(float))
    if found.alone.nunique() < 2:
        return Found(None, None, None, len(found))
    return exponential(slope(found, f"log_to_reference ~ alone + {EFFECTS}", "alone"))


def alone_asks(runs: Runs) -> Found:
    """Price over what it believes affordable, bids in tenders by bidders that believe in no rival."""
    return over_seeds(
        runs.by_seed(
            "select replicate, avg(price / believed_affordable) as value from offers "
            "where arm = ? and believed_rivals = 0 and believed_affordable > 0 group by replicate",
            DEFAULT,
        )
    )


def winners_markup(runs: Runs, arm: str) -> pd.Series[float]:
    """Mean markup of winners of tenders, by seed."""
    return runs.by_seed(
        "select replicate, avg(markup) as value from offers where arm = ? and won group by replicate", arm
    )


def calibration(runs: Runs, tenth: int | None) -> Found:
    """Share won less believed chance, bids whose believed chance is in a tenth (0 to 9), or all bids."""
    found = runs.frame(
        "select replicate, won::double - believed_chance as surprise from offers "
        "where arm = ? and route = 'two_stage' and opened >= ? "
        "and (? is null or least(floor(10 * believed_chance), 9) = ?)",
        DEFAULT,
        BURN_IN_MONTHS,
        tenth,
        tenth,
    )
    return mean(found, "surprise")


_RESPONDS = (
    "winners' price falls with the number of bids, fixed effects of function and pathway, at least 2,000 tenders"
)
_CALIBRATED = "in each tenth of believed chances the share won lies within five points, first two years left out"

PRICES: tuple[Figure, ...] = (
    Figure(
        id="1a budget",
        name="price over budget, for each further bid",
        unit=RATIO,
        find=partial(_slope, "to_budget", ""),
        says=_RESPONDS,
        source=ONUR,
        bar_high=0.0,
        sure=True,
        least=FEWEST_TENDERS,
    ),
    Figure(
        id="1a reference",
        name="price over reference cost, for each further bid",
        unit=RATIO,
        find=partial(_slope, "to_reference", ""),
        says=_RESPONDS,
        source=ONUR,
        bar_high=0.0,
        sure=True,
        least=FEWEST_TENDERS,
    ),
    Figure(
        id="1a control",
        name="price over reference cost, for each further bid, given log(budget over reference cost)",
        unit=RATIO,
        find=partial(_slope, "to_reference", " + log_budget"),
        says="as before, among tenders with budgets equally generous",
        source=ONUR,
    ),
    Figure(
        id="1a premium",
        name="price over reference cost with a single bid, above three bids and more",
        unit=SHARE,
        find=single_bid_premium,
        says="a single bid costs 3 to 12% more than three and more bids",
        source=ONUR,
        bar_low=0.03,
        bar_high=0.12,
        least=FEWEST_TENDERS // 2,
    ),
    Figure(
        id="1b",
        name="price over what is believed affordable, bidders that believe in no rival",
        unit=RATIO,
        find=alone_asks,
        says="a bidder that knows it is alone asks at least 97% of what it believes affordable",
        source="theory of monopoly",
        bar_low=0.97,
    ),
    Figure(
        id="1c",
        name="markup of winners, change with twice the providers",
        unit=SHARE,
        find=lambda runs: paired(winners_markup(runs, DEFAULT), winners_markup(runs, DOUBLED)),
        says="with twice the providers markups fall, not only costs",
        source="theory of auctions",
        bar_high=0.0,
        sure=True,
    ),
    *(
        Figure(
            id=f"1d {tenth / 10:.1f}",
            name=f"share won less believed chance, believed chance of {tenth / 10:.1f} to {(tenth + 1) / 10:.1f}",
            unit=SHARE,
            find=partial(calibration, tenth=tenth),
            says=_CALIBRATED,
            source="calibration of beliefs",
            bar_low=-0.05,
            bar_high=0.05,
            least=FEWEST_BIDS,
        )
        for tenth in range(10)
    ),
    Figure(
        id="1d mean",
        name="share won less believed chance, all bids",
        unit=SHARE,
        find=partial(calibration, tenth=None),
        says=_CALIBRATED,
        source="calibration of beliefs",
        bar_low=-0.05,
        bar_high=0.05,
        least=FEWEST_BIDS,
    ),
)
