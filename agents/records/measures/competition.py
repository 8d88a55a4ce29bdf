"""Competition in tenders. A tender is a procurement with a notice that has closed; each attempt counts."""

from __future__ import annotations

from caremarket.agents.records.measures.base import Measure
from caremarket.market.measures import ratio

MEASURE = (
    Measure(
        "bids_per_tender",
        "Competition",
        "number",
        "bids over tenders",
        lambda view: ratio(view.tally.bids, view.tally.tenders),
        null_when="no tender closed",
        headline=True,
        noun="the number of bids for a tender",
    ),
    Measure(
        "single_bid_share",
        "Competition",
        "share",
        "tenders with exactly one bid",
        lambda view: ratio(view.tally.single_bids, view.tally.tenders),
        null_when="no tender closed",
    ),
    Measure(
        "no_award_share",
        "Competition",
        "share",
        "tenders that led to no contract",
        lambda view: ratio(view.tally.no_awards, view.tally.tenders),
        null_when="no tender closed",
    ),
    Measure(
        "price_to_budget",
        "Competition",
        "ratio",
        "price payable for the best bid over budget, mean over tenders with a preferred bidder",
        lambda view: ratio(view.tally.price_to_budget, view.tally.competitive_awards),
        null_when="no tender had a preferred bidder",
        headline=True,
        noun="the best price over the budget",
    ),
    Measure(
        "winner_margin",
        "Competition",
        "score, 0 to 1",
        "best score less second best, mean over tenders with two compliant bids or more",
        lambda view: ratio(view.tally.winner_margin, view.tally.margins),
        null_when="there was no such tender",
    ),
    Measure(
        "entrant_award_share",
        "Competition",
        "share",
        "tenders in which a provider that entered in the run made the best bid, over tenders with a preferred bidder",
        lambda view: ratio(view.tally.entrant_wins, view.tally.competitive_awards),
        null_when="no tender had a preferred bidder",
    ),
    Measure(
        "entrant_profit_to_cost",
        "Competition",
        "ratio",
        "discounted profit of entrants up to the horizon of their plans, less cost of entry, over cost of entry",
        lambda view: ratio(view.tally.entrant_profit - view.tally.entrant_cost, view.tally.entrant_cost),
        null_when="no entrant has been in the market for as long as its plan reaches",
    ),
    Measure(
        "incumbent_win_rate",
        "Competition",
        "share",
        "tenders in which a present holder of the work made the best bid, alone, with others or through a vehicle, "
        "over tenders with a present holder",
        lambda view: ratio(view.tally.incumbent_wins, view.tally.incumbent_chances),
        null_when="there was no such tender",
    ),
    Measure(
        "bidders_first_round",
        "Competition",
        "number",
        "bids per tender, first attempts at lots bought for the first time in the run",
        lambda view: ratio(view.tally.first_round[1], view.tally.first_round[0]),
        null_when="there was no such tender",
    ),
    Measure(
        "bidders_reprocurement",
        "Competition",
        "number",
        "bids per tender, first attempts at lots bought again",
        lambda view: ratio(view.tally.later_rounds[1], view.tally.later_rounds[0]),
        null_when="there was no such tender",
    ),
    Measure(
        "challenge_rate",
        "Competition",
        "share",
        "awards challenged by a loser over tenders with a preferred bidder",
        lambda view: ratio(view.market.desk.challenges, view.tally.competitive_awards),
        null_when="no tender had a preferred bidder",
    ),
    Measure(
        "award_withdrawal_rate",
        "Competition",
        "share",
        "awards withdrawn after a challenge or an impact assessment, over tenders with a preferred bidder",
        lambda view: ratio(view.market.desk.withdrawn, view.tally.competitive_awards),
        null_when="no tender had a preferred bidder",
    ),
    Measure(
        "joint_bid_share",
        "Competition",
        "share",
        "bids by consortia, joint ventures and alliances over all bids",
        lambda view: ratio(view.tally.joint_bids, view.tally.bids),
        null_when="there was no bid",
    ),
)
