"""Codes of reasons for decisions, recorded under ``detail`` in the event log.

A code names the first condition, in the order of the decision, that was not met. ``docs/tables.md`` is generated from
:data:`REASONS`; ``experiments/report/story`` has a phrase for each code. Kinds of events whose detail is a name (a care
function, a contract form, a reform) are not listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Why(NamedTuple):
    """Reason for a decision: its code, the money at stake in pence (0 if none), and the other organisation concerned.

    ``other`` is the index of that organisation, -1 for none.
    """

    code: str
    amount: int = 0
    other: int = -1


REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "refuses_subcontract": {
        "nothing_sure": "all of the pay depends on outcomes; amount is its cost of the work, pence a year",
        "below_cost": "the offer is below the cost of the work and of reporting; amount is the shortfall, pence a year",
        "staff": "the offer covers the work, but not the staff that transfer with it (P 3.19); amount is the shortfall",
        "risk": "the surplus over cost is below its risk premium; amount is that premium, pence a year",
        "reserves": "as `risk`, and one standard deviation of a year's result is more than its reserves: "
        "amount is that deviation, pence",
        "better_elsewhere": "the same effort earns more outside the market; amount is that income, pence a year",
        "holds_out": "the offer is acceptable, but the lead is likely to need it; "
        "amount is how much more it asks, pence a year",
    },
    "no_bid": {
        "partner_gone": "a member of its consortium has left the market",
        "no_partner": "it found no partner for a part of the lot that it cannot deliver itself",
        "no_small_partner": "it found too few small providers for the share that leads must promise to them",
        "too_little_itself": "it cannot deliver the minimum share of the lot that the form requires of a lead",
        "not_central": "it delivers none of the functions that a lead of this form must deliver itself (P 4.19)",
        "stays_out": "experience of earlier tenders favours not bidding",
        "price_too_low": "the price is fixed below its minimum price; amount is the shortfall, pence a year",
        "over_budget": "its best price is above the published budget; amount is the difference, pence a year",
        "no_surplus": "winning would earn no surplus at any price considered; amount is the best price, pence a year",
        "bid_cost": "chance of winning times gain is below the remaining cost of bidding; amount is that cost, pence",
    },
    "fails_selection": {
        "turnover": "turnover is below the minimum for the lot; amount is the shortfall, pence a year",
        "guarantee": "the guarantee it can offer is below the minimum; amount is the shortfall, pence",
        "experience": "it has not led other providers for as long as is asked",
        "default": "the fault behind an earlier default with this commissioner outweighs what it adds to competition",
    },
    "preferred": {
        "only_bid": "it was the only compliant bid",
        "price": "its largest lead over the runner-up was on price",
        "quality": "its largest lead over the runner-up was on quality",
        "social_value": "its largest lead over the runner-up was on social value",
        "integration": "its largest lead over the runner-up was on integration",
    },
    "passed_over": {
        "gone": "the bidder, or a member of a consortium that was to found a vehicle, has left the market",
        "no_equity": "the members of the consortium no longer have the equity for their vehicle",
        "no_room": "the bidder, or a supplier it needs, has won other work since and has no capacity left",
    },
    "challenge": {
        "interest": "the strongest ground is an undeclared interest",
        "close": "the strongest ground is that the scores were close",
        "complexity": "the strongest ground is the complexity of the route",
        "stakes": "there is no particular ground, but enough is at stake",
    },
    "impact_too_great": {
        "assessment": "the policy requires an impact assessment, and the award fails it",
        "extreme": "without a required assessment: the loser would fail, with more other care than the award moves",
    },
    "unbundled": {
        "nobody": "no provider could deliver the whole bundle",
        "too_dear": "the lowest bid was above any budget",
    },
    "volume_diverted": {
        "own_cheaper": "the lead can deliver the work for less than it pays for it",
        "other_cheaper": "another of its sub-contractors delivers it for less",
        "board": "all members of the alliance gain",
    },
    "volume_restored": {
        "no_gain": "the gain from keeping the volume is smaller",
        "no_room": "the provider that took over the volume no longer has capacity",
    },
    "consent_refused": {
        "quality": "the largest loss would be in quality",
        "social_value": "the largest loss would be in social value",
    },
    "remedial_plan_refused": {
        "beyond_repair": "a plan would not restore performance to the standard",
        "not_worth_it": "a plan costs more than the work still earns; amount is the cost, pence to the end",
    },
    "termination_withdrawn": {
        "recovered": "the deliverer has recovered during the notice",
        "no_longer_pays": "the commissioner expects going on to cost less than ending",
    },
    "handed_back": {
        "cheaper_to_walk": "staying and giving notice both cost more than its liability and loss of reputation",
    },
    "gives_notice": {
        "no_way_out": "staying costs more than giving notice, and it cannot hand the contract back",
        "cheaper_than_default": "giving notice costs less than staying, and no more than handing the contract back",
    },
    "paid_less": {
        "public_body": "a public body must continue",
        "still_pays": "staying is still profitable for it",
    },
    "refuses_to_go_on": {
        "below_cost": "the price no longer covers its cost of the care",
    },
    "leaves_scheme": {
        "below_cost": "the fixed price does not cover the cost of its patients; amount is the shortfall, pence a year",
        "risk": "the fixed price covers cost, but not its risk premium; amount is that premium, pence a year",
    },
    "caretaker": {
        "room": "it has capacity and the lowest unit cost; public bodies are asked first",
        "nobody_has_room": "no provider has capacity, so it has to hire",
    },
    "contract_ends": {
        "expired": "it reached its agreed end",
        "superseded": "its work was bought again before its agreed end",
        "notice": "its holder had given notice",
        "holder_insolvent": "its holder failed",
        "holder_withdrew": "its holder left the market",
        "poor_performance": "the commissioner ended it for failing care",
        "handed_back": "its holder handed it back",
        "decommissioned": "its commissioner could not afford the service",
    },
    "terminated": {
        "holder_insolvent": "its holder failed",
        "holder_withdrew": "its holder left the market",
        "poor_performance": "the commissioner ended it for failing care",
        "handed_back": "its holder handed it back",
    },
    "exit": {
        "insolvent": "reserves and credit are used up, without a present source of losses",
        "insolvent_contracts": "reserves and credit are used up; the largest loss is on its contracts and "
        "sub-contracts, most of all on `contract`",
        "insolvent_stranded": "reserves and credit are used up; the largest loss is the fixed cost of lost work",
        "insolvent_unpaid": "reserves and credit are used up, but dues from leads for work done would have sufficed; "
        "`other` owes most",
        "withdrew": "it has lost many tenders in a row and has no work left",
        "dissolved": "too few members are left",
        "merged": "it has merged into another organisation",
    },
    "no_entry": {
        "no_tenders": "in the last year it could have answered no tender; amount is the least cost of entry, pence",
        "no_surplus": "it expects no surplus from any tender; amount is the least cost of entry, pence",
        "entry_cost": "its expected surplus is below the cost of entry; amount is the shortfall, pence",
        "no_funds": "entry would pay, but costs more than its reserves; amount is the shortfall, pence",
    },
    "practice_leaves": {
        "autonomy": "the value of membership is below the value of the autonomy it gives up",
        "risk": "the risk it perceives in the group is above its threshold",
        "others_left": "the risk it perceives is above its threshold only because other members have left",
        "shock": "a shock of the scenario makes it leave",
        "capital_call": "it prefers leaving to paying the capital requested; amount is that capital, pence",
    },
    "alliance_fails": {
        "commissioner_distrusts": "the commissioner does not trust `other` enough to share gain and pain with it",
        "convener_distrusts": "the convener does not trust `other`, the first it would have asked, enough",
        "member_distrusts": "another member does not trust `other`, the first it would have asked, enough",
        "nobody_able": "no provider has capacity for one of the functions",
        "no_work": "there is no cost to share",
        "member_would_lose": "the return to `other` would not cover its risk; amount is the shortfall, pence a year",
        "same_host": "another alliance with the same host already exists",
    },
    "merger_agreed": {
        "distress": "the smaller is in distress and is taken over",
        "complement": "each can deliver care that the other cannot, and they trust each other",
    },
    "merger_forbidden": {
        "concentration": "it would raise concentration by more than the limit, to above 2,000",
    },
    "abuse_found": {
        "diversion": "it took promised work back from named sub-contractors",
        "price": "its price is excessive compared with cost and with other prices",
        "refusal": "it refuses to supply",
    },
}
"""Kind of event -> code -> its meaning, with the meaning of ``amount`` and ``other`` if it depends on the code."""
