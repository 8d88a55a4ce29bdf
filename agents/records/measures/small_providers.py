"""The part of small and medium-sized enterprises and of the third sector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.records.measures.base import Measure
from caremarket.market.measures import ratio

if TYPE_CHECKING:
    from caremarket.agents.records.measures.view import MarketView

DAYS_PER_MONTH = 365.25 / 12.0


def _margin(view: MarketView) -> float | None:
    """Invoiced work counts as earned: it has been done and its cost is in."""
    income = cost = 0
    for provider in view.market.providers:
        if provider.sme:
            income += provider.market_income + (provider.receivable if provider.alive else 0)
            cost += provider.market_cost
    return ratio(income - cost, income) if income else None


def _days_to_paid(view: MarketView) -> float | None:
    months = ratio(view.tally.paid_pence_months, view.tally.paid_pence)
    return None if months is None else months * DAYS_PER_MONTH


MEASURE = (
    Measure(
        "sme_value_share_direct",
        "SMEs and third sector, contracts in force",
        "share",
        "value held by SMEs over value held by all providers",
        lambda view: view.shares.of_smes(view.shares.direct),
        null_when="no contract is in force",
        yearly="in_force",
        place=0,
        headline=True,
        noun="the SME share of value held",
    ),
    Measure(
        "sme_value_share_delivered",
        "SMEs and third sector, contracts in force",
        "share",
        "value delivered by SMEs over value delivered by all providers",
        lambda view: view.shares.of_smes(view.shares.delivered),
        null_when="no contract is in force",
        yearly="in_force",
        place=0,
        headline=True,
        noun="the SME share of delivered value",
    ),
    Measure(
        "sme_contract_share",
        "SMEs and third sector, contracts in force",
        "share",
        "contracts held by SMEs over all contracts, by number",
        lambda view: ratio(view.shares.sme_contracts, view.shares.contracts),
        null_when="no contract is in force",
        yearly="in_force",
        place=0,
    ),
    Measure(
        "third_sector_value_share_direct",
        "SMEs and third sector, contracts in force",
        "share",
        "value held by third-sector providers over value held by all providers",
        lambda view: view.shares.of_third_sector(view.shares.direct),
        null_when="no contract is in force",
        yearly="in_force",
        place=0,
    ),
    Measure(
        "third_sector_value_share_delivered",
        "SMEs and third sector, contracts in force",
        "share",
        "value delivered by third-sector providers over value delivered by all providers",
        lambda view: view.shares.of_third_sector(view.shares.delivered),
        null_when="no contract is in force",
        yearly="in_force",
        place=0,
    ),
    Measure(
        "sme_bid_rate",
        "SMEs, whole run",
        "share",
        "bids by SMEs over notices that SMEs could have answered, counted once for each SME, tenders closed for bids",
        lambda view: ratio(view.tally.sme_bids_closed, view.tally.sme_opportunities),
        null_when="no SME could answer a notice",
    ),
    Measure(
        "sme_qualification_rate",
        "SMEs, whole run",
        "share",
        "SMEs that passed the turnover and guarantee tests over SMEs tested",
        lambda view: ratio(view.tally.sme_qualified, view.tally.sme_applications),
        null_when="no SME was tested",
        headline=True,
        noun="the share of SMEs that qualify",
    ),
    Measure(
        "sme_win_rate",
        "SMEs, whole run",
        "share",
        "SMEs with the best bid over bids by SMEs, tenders only",
        lambda view: ratio(view.tally.sme_wins, view.tally.sme_bids),
        null_when="no SME bid",
    ),
    Measure(
        "sme_subcontract_acceptance_rate",
        "SMEs, whole run",
        "share",
        "offers accepted over offers finally answered by SMEs, offers of leads preparing a bid",
        lambda view: ratio(view.tally.sme_acceptances, view.tally.sme_offers),
        null_when="no SME was asked (always under `separate`)",
        headline=True,
        noun="the share of subcontract offers that SMEs accept",
    ),
    Measure(
        "sme_promised_share",
        "SMEs, whole run",
        "share",
        "volume promised to SMEs over volume promised to all sub-contractors, in value",
        lambda view: ratio(view.tally.sme_promised, view.tally.all_promised),
        null_when="nothing was promised",
    ),
    Measure(
        "sme_delivered_to_promised",
        "SMEs, whole run",
        "ratio",
        "work given to SME sub-contractors over work promised to them, in value, ended and running sub-contracts",
        lambda view: ratio(view.tally.sme_delivered, view.tally.sme_promised),
        null_when="nothing was promised to an SME",
        headline=True,
        noun="work SMEs get over work they were promised",
    ),
    Measure(
        "sme_survival_rate",
        "SMEs, whole run",
        "share",
        "SMEs in the market at the start that are still in it, over SMEs in the market at the start",
        lambda view: ratio(view.heads.smes_alive, view.heads.smes),
        null_when="there was no SME at the start",
        yearly="now",
        place=6,
        headline=True,
        noun="the share of SMEs that survive",
    ),
    Measure(
        "sme_margin",
        "SMEs, whole run",
        "share",
        "income less cost over income of SMEs in the market, bid and stranded costs included",
        _margin,
        null_when="SMEs earned nothing",
    ),
    Measure(
        "sme_days_to_paid",
        "SMEs, whole run",
        "days",
        "days from invoice to payment of SMEs as holders or sub-contractors, weighted by amount",
        _days_to_paid,
        null_when="no SME was paid",
    ),
)
