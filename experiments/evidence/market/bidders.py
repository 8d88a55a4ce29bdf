"""Figures about who bids: bids and failures of tenders, defaults, entry, and the case of Cambridgeshire."""

from __future__ import annotations

from functools import partial

from caremarket.experiments.evidence.market.arms import CAMBRIDGESHIRE, DEFAULT, GENEROUS, WIDE
from caremarket.experiments.evidence.market.estimates import over_seeds, paired
from caremarket.experiments.evidence.market.figure import NUMBER, RATIO, SHARE, Figure, Found
from caremarket.experiments.evidence.market.runs import Runs

LOTS = """
with rounds as (
    select replicate, commissioner, pathways, functions, avg(bids) filter (round = 1) as first,
        avg(bids) filter (round > 1) as later
    from tenders where arm = ? and attempt = 1 group by all
)
select replicate, avg(later - first) as value from rounds
where first is not null and later is not null group by replicate
"""
FIRST_TENDER = """
select replicate, arg_min({column}, opened) as value from tenders where arm = ? group by replicate
"""


def summary(arm: str, name: str, runs: Runs) -> Found:
    """A measure of an arm, mean over seeds."""
    return over_seeds(runs.measure(arm, name))


def reprocurement(runs: Runs) -> Found:
    """Bids when a lot is bought again less bids when it was first bought, first attempts, wide and long lots."""
    return over_seeds(runs.by_seed(LOTS, WIDE))


def single_bids(runs: Runs) -> Found:
    """Tenders with one bid over tenders with a bid."""
    return over_seeds(
        runs.by_seed(
            "select replicate, avg((bids = 1)::double) as value from tenders "
            "where arm = ? and bids > 0 group by replicate",
            DEFAULT,
        )
    )


def of_the_first_tender(column: str, runs: Runs) -> Found:
    """A column of the first tender of Cambridgeshire, mean over seeds."""
    return over_seeds(runs.by_seed(FIRST_TENDER.format(column=column), CAMBRIDGESHIRE))


BIDDERS: tuple[Figure, ...] = (
    Figure(
        id="2 bids",
        name="bids for a tender, first rounds",
        unit=NUMBER,
        find=partial(summary, DEFAULT, "bidders_first_round"),
        says="2.5 to 4 bids a tender in first rounds",
        source="European and UK tenders, 2006 to 2015: the median fell from five offers to three",
        bar_low=2.5,
        bar_high=4.0,
    ),
    Figure(
        id="2 again",
        name="bids for a lot bought again less those of its own first round, wide and long lots",
        unit=NUMBER,
        find=reprocurement,
        says="fewer bids at re-procurement under wide and long lots",
        source="P 1.12",
        bar_high=0.0,
        sure=True,
    ),
    Figure(
        id="2 single",
        name="tenders with a single bid, of those with a bid",
        unit=SHARE,
        find=single_bids,
        says="20 to 30% of tenders have a single bid",
        source="EU 28% in 2024; UK large contracts 23% (NAO 2023)",
        bar_low=0.2,
        bar_high=0.3,
    ),
    Figure(
        id="2 no award",
        name="tenders that lead to no contract",
        unit=SHARE,
        find=partial(summary, DEFAULT, "no_award_share"),
        says="fewer than 20% of tenders lead to no contract",
        source="judgement",
        bar_high=0.2,
    ),
    Figure(
        id="2 default",
        name="contracts terminated for default, each contract-year",
        unit=SHARE,
        find=partial(summary, DEFAULT, "default_rate"),
        says="fewer than 2% of contracts a year are terminated for default",
        source="judgement: termination is rare",
        bar_high=0.02,
    ),
    Figure(
        id="2 entrants",
        name="entrants' discounted profit less cost of entry, over cost of entry",
        unit=RATIO,
        find=partial(summary, DEFAULT, "entrant_profit_to_cost"),
        says="entrants earn their cost of entry, within a tenth",
        source="theory of free entry",
        bar_low=-0.1,
        bar_high=0.1,
    ),
    Figure(
        id="2 entry",
        name="providers that enter, change with budgets a tenth higher",
        unit=NUMBER,
        find=lambda runs: paired(runs.measure(DEFAULT, "entries"), runs.measure(GENEROUS, "entries")),
        says="more entry where margins are higher",
        source="theory of free entry",
        bar_low=0.0,
        sure=True,
    ),
    Figure(
        id="2 qualified",
        name="bidders qualified in Cambridgeshire",
        unit=NUMBER,
        find=partial(of_the_first_tender, "qualified"),
        says="several qualify",
        source="three were shortlisted (P 1.5, P 1.10)",
        bar_low=2.0,
    ),
    Figure(
        id="2 final",
        name="final bids in Cambridgeshire",
        unit=NUMBER,
        find=partial(of_the_first_tender, "bids"),
        says="more than one reaches the end",
        source="three were shortlisted (P 1.5, P 1.10)",
        bar_low=2.0,
    ),
)
